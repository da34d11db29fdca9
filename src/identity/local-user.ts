import type { AuthMethod } from './authenticate.ts';
import { scopes, type Caller } from './caller.ts';
import { principalId } from './principal.ts';

/**
 * Auth method: whoever runs this process, with every scope on every host.
 *
 * Only for a process that nobody else can talk to. `isOpen` is asked at every call: it closes where tokens are in use.
 */
export function localUser(
  { name: userName, profile }: { readonly name: string; readonly profile: string },
  isOpen: () => boolean,
): AuthMethod {
  const caller: Caller = {
    principal: principalId('local', userName),
    name: `local:${userName}`,
    scopes: new Set(scopes),
    allowedServers: ['*'],
    profile,
    revoked: new AbortController().signal,
  };
  return {
    authenticate: (credential) => (credential.kind === 'local_user' && isOpen() ? caller : undefined),
  };
}
