/** The part of `oidc-provider` (which has no types of its own) that we use. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export type StoredPayload = Readonly<Record<string, unknown>>;

  /** What it asks of a store, one adapter for each of its models. */
  export interface Adapter {
    upsert(id: string, payload: StoredPayload, expiresInS: number | undefined): Promise<void>;
    find(id: string): Promise<StoredPayload | undefined>;
    findByUid(uid: string): Promise<StoredPayload | undefined>;
    findByUserCode(userCode: string): Promise<StoredPayload | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  export interface Client {
    readonly clientId: string;
    readonly clientName?: string;
    grantTypeAllowed(grantType: string): boolean;
  }

  export interface Interaction {
    readonly uid: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly returnTo: string;
    readonly exp: number;
    result?: object;
    save(ttlS: number): Promise<string>;
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    /** Not asked for again in this login. */
    rejectResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }

  interface Context {
    readonly headers: Readonly<Record<string, string | undefined>>;
    type: string;
    body: unknown;
    set(name: string, value: string): void;
  }

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    readonly Client: {
      find(id: string): Promise<Client | undefined>;
      readonly prototype: { compareClientSecret: (this: { readonly clientSecret: string }, secret: string) => boolean };
    };
    readonly Grant: new (of: { readonly accountId: string; readonly clientId: string }) => Grant;
    readonly Interaction: { find(uid: string): Promise<Interaction | undefined> };
    /** Whether `X-Forwarded-*` count. */
    proxy: boolean;
    /** Whether it leaves standard error alone. */
    silent: boolean;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    /** Rejects with `errors.SessionNotFound` where the browser has none. */
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
    on(event: 'grant.revoked', listener: (context: Context, grantId: string) => void): this;
    on(event: 'server_error', listener: (context: Context, error: Error) => void): this;
  }

  export const errors: {
    readonly InvalidGrant: new (detail: string) => Error;
    readonly InvalidTarget: new (description?: string) => Error;
    readonly SessionNotFound: new (...args: readonly never[]) => Error;
  };
}
