import { scopes, type Caller, type Scope } from '../identity/caller.ts';

/** All that whoever signs in may do. */
export const everything = 'mcp';

/** What clients can ask for. */
export const oauthScopes: readonly string[] = [everything, ...scopes.map(scopeName)];

export function scopeName(scope: Scope): string {
  return `${everything}:${scope}`;
}

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
