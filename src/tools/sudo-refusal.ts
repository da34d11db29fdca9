import type { JsonObject } from './tool.ts';

/** sudo wanted a password on the server. `wanted` is what the account was not let do; `so` is a sentence on what became of it. */
export function sudoRefusal(server: string, wanted: string, so = ''): JsonObject {
  const what = `host_permission_denied: sudo on ${server} did not let the account ${wanted} without a password.`;
  const advice = 'Ask the operator for a NOPASSWD rule in sudoers for this account, or to log in as root.';
  return { code: 'host_permission_denied', error: [what, so, advice].filter(Boolean).join(' ') };
}
