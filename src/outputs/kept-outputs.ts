import type { PrincipalId } from '../identity/caller.ts';

/** Placeholder for the contract; replaced by the real store. */
export interface KeptOutputs {
  owner?: PrincipalId;
}
