import type { Caller, Scope } from '../identity/caller.ts';
import type { Tool } from '../tools/tool.ts';

/**
 * The scopes that a call needs, where its credential has not all of them but could have: those it has, and the tool's.
 * Undefined where asking for more would change nothing.
 */
export function neededScopes(message: object, caller: Caller, tools: readonly Tool[]): readonly Scope[] | undefined {
  if (caller.couldHave === undefined || !('method' in message) || message.method !== 'tools/call') return undefined;
  const name = 'params' in message && isNamed(message.params) ? message.params.name : undefined;
  const scope = tools.find((tool) => tool.name === name)?.scope;
  if (scope === undefined || caller.scopes.has(scope) || !caller.couldHave.has(scope)) return undefined;
  return [...caller.scopes, scope];
}

function isNamed(value: unknown): value is { readonly name: unknown } {
  return typeof value === 'object' && value !== null && 'name' in value;
}
