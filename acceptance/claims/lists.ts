import type { ClaimList } from '../claim.ts';
import { checklist } from './checklist.ts';
import { firstSeedClaims } from './first-seed.ts';
import { secondSeedClaims } from './second-seed.ts';

export const claimLists: readonly ClaimList[] = [checklist, firstSeedClaims, secondSeedClaims];
