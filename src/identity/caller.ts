import type { Brand } from '../base/brand.ts';
import { matchesGlob } from '../base/glob.ts';

export type PrincipalId = Brand<string, 'PrincipalId'>;

export const scopes = ['read', 'execute', 'write', 'install', 'manage'] as const;
export type Scope = (typeof scopes)[number];

/** What a person may do on the gateway's own pages. A role is no scope: it lets nobody call a tool. */
export const roles = ['approver', 'operator', 'auditor'] as const;
export type Role = (typeof roles)[number];

/** Why the gateway ends a job of its own accord. */
export const jobEnds = ['locked', 'credential_revoked', 'ended_by_operator'] as const;
export type JobEnd = (typeof jobEnds)[number];

/** Who somebody is at the issuer that vouches for them. */
export interface PersonId {
  readonly issuer: string;
  readonly subject: string;
}

/** Of a credential that has limits of its own. */
export interface DailyLimits {
  readonly commands?: number | undefined;
  readonly servers?: number | undefined;
  readonly bytes?: number | undefined;
}

/** An authenticated principal and what its credential lets it do. */
export interface Caller {
  readonly principal: PrincipalId;
  /** Name of the credential, as audit lines show it. */
  readonly name: string;
  /** Absent for whoever holds a token of ours. */
  readonly personId?: PersonId;
  readonly scopes: ReadonlySet<Scope>;
  /** What it could have if it asked for more; absent where it has all it can. */
  readonly couldHave?: ReadonlySet<Scope>;
  /** None where absent. */
  readonly roles?: ReadonlySet<Role>;
  /** Patterns of host names, where `*` stands for any characters. */
  readonly allowedServers: readonly string[];
  /** The profile or role of the policy by which it is judged. */
  readonly profile: string;
  /** Its share of the rate limits; 1 where absent. */
  readonly rateLimitMultiplier?: number;
  /** What it may use in any 24 hours, in place of what others may. */
  readonly dailyLimits?: DailyLimits;
  /** Set where the gateway itself calls, to end what must not go on: why. */
  readonly ends?: JobEnd;
  /** Aborts when the credential is revoked, disabled, removed or changed: everything begun under it must end. */
  readonly revoked: AbortSignal;
}

/** A credential with a role and no scope is for a person at the pages, and calls no tool at all. */
export function mayCallTools({ scopes, roles }: Pick<Caller, 'scopes' | 'roles'>): boolean {
  return scopes.size > 0 || roles === undefined || roles.size === 0;
}

export function mayReach(caller: Caller, hostName: string): boolean {
  return caller.allowedServers.some((pattern) => matchesGlob(pattern, hostName));
}

/** Whether every host there is may be reached, configured or not: a pattern that happens to match is not enough. */
export function mayReachAll(caller: Caller): boolean {
  return caller.allowedServers.includes('*');
}
