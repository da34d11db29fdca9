import { scopes, type Caller, type Scope } from '../identity/caller.ts';

/** All that whoever signs in may do. */
export const everything = 'mcp';

/** What clients can ask for. */
export const oauthScopes: readonly string[] = [everything, ...scopes.map(scopeName)];

export function scopeName(scope: Scope): string {
  return `${everything}:${scope}`;
}

/** Asked for by clients that ask everybody for it; nothing is granted for it. */
const ignored = new Set(['openid', 'profile', 'email', 'offline_access', '']);

/** What a client asks for that is about us. */
export function meantScopes(scope: string): readonly string[] {
  return scope.split(' ').filter((one) => !ignored.has(one));
}

/**
 * The scopes of a request as we take them: what we do not know is left out (RFC 6749, section 3.3), unless that is all
 * that is asked for. Empty where nothing is meant.
 */
export function knownScopes(scope: string): readonly string[] {
  const meant = meantScopes(scope);
  const known = meant.filter((one) => oauthScopes.includes(one));
  return known.length === 0 && meant.length > 0 ? [unknownScope] : known;
}

/** One that the authorization server refuses to every client. */
const unknownScope = 'openid';

/** What is left of a caller's scopes under those that were granted. */
export function narrowed(held: ReadonlySet<Scope>, granted: readonly string[]): ReadonlySet<Scope> {
  if (granted.includes(everything)) return held;
  return new Set(scopes.filter((scope) => held.has(scope) && granted.includes(scopeName(scope))));
}

/** Of what a client asks for, what can be granted to it under a caller's scopes. */
export function grantable({ scopes: held }: Pick<Caller, 'scopes'>, asked: readonly string[]): readonly string[] {
  const own = new Set([everything, ...[...held].map(scopeName)]);
  return oauthScopes.filter((scope) => asked.includes(scope) && own.has(scope));
}
