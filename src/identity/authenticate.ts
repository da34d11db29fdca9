import { GatewayError } from '../base/errors.ts';
import type { Caller } from './caller.ts';

/** What came with a call: a bearer token, or nothing but being the local user of this process. */
export type Credential =
  | {
      readonly kind: 'bearer';
      readonly token: string;
      /** The IP address it came from; undefined where it came over no network. */
      readonly address?: string | undefined;
    }
  | { readonly kind: 'local_user' }
  | { readonly kind: 'missing'; readonly message: string };

/** One way to recognise a credential. `undefined` means: not one of mine. */
export interface AuthMethod {
  authenticate(credential: Credential): Caller | undefined;
}

export type Authenticate = (credential: Credential) => Caller;

/** Tries the methods in order; a credential that none of them knows is refused. */
export function authenticateWith(methods: readonly AuthMethod[]): Authenticate {
  return (credential) => {
    for (const method of methods) {
      const caller = method.authenticate(credential);
      if (caller) return caller;
    }
    const message = credential.kind === 'missing' ? credential.message : 'Invalid or disabled token';
    throw new GatewayError('unauthenticated', `${message}. Ask the operator for a token: sallyport token create`);
  };
}
