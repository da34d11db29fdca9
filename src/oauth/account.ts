import { z } from 'zod';
import type { Person } from '../identity/people.ts';
import type { TokenHash } from '../identity/token-entry.ts';

/** Who signed in, as the authorization server knows them. */
export type Account =
  /** Whoever holds that API token. */
  | { readonly kind: 'token'; readonly hash: TokenHash }
  /** Whom another issuer vouches for. */
  | (Person & { readonly kind: 'person' });

/** A person as they are kept. */
export const storedPerson = z.object({
  issuer: z.string(),
  subject: z.string(),
  email: z.string(),
  domain: z.string().optional(),
  groups: z.array(z.string()),
});

const isTokenHash = (text: string): text is TokenHash => /^[0-9a-f]{64}$/.test(text);

const stored = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), hash: z.string().refine(isTokenHash) }),
  z.object({ kind: z.literal('person'), ...storedPerson.shape }),
]);

/** Says all there is to know of the account, so that nothing else has to be kept of it. */
export function accountId(account: Account): string {
  return Buffer.from(JSON.stringify(account)).toString('base64url');
}

/** The account of an id that `accountId` made. */
export function accountOf(id: string): Account | undefined {
  try {
    const { data } = stored.safeParse(JSON.parse(Buffer.from(id, 'base64url').toString()));
    return data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The authority behind an account at this moment, for a request from that address; undefined: none any more. */
export type CallerOf<C> = (account: Account, address: string | undefined) => C | undefined;
