import { randomBytes } from 'node:crypto';
import { Secret } from '../base/secret.ts';
import type { AuthMethod } from './authenticate.ts';
import { scopes, type Caller } from './caller.ts';
import { principalId } from './principal.ts';
import { hashToken } from './token-entry.ts';

/** Auth method for calls this process makes of itself: one random token, in memory alone, dead once disposed. */
export class OwnCalls implements AuthMethod, Disposable {
  readonly token = new Secret(randomBytes(32).toString('base64url'));
  readonly #hash = hashToken(this.token.reveal());
  readonly #end = new AbortController();
  readonly #caller: Caller = {
    principal: principalId('local', 'sallyport'),
    name: 'sallyport itself',
    scopes: new Set(scopes),
    allowedServers: ['*'],
    profile: 'standard',
    revoked: this.#end.signal,
  };

  authenticate(credential: Parameters<AuthMethod['authenticate']>[0]): Caller | undefined {
    if (this.#end.signal.aborted || credential.kind !== 'bearer') return undefined;
    return hashToken(credential.token) === this.#hash ? this.#caller : undefined;
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }
}
