import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { GatewayError } from '../base/errors.ts';
import type { LetIn } from '../console/sign-in.ts';
import type { Authenticate } from '../identity/authenticate.ts';
import type { McpAccess } from '../mcp/http.ts';

/** The authorization server, as far as requests have to do with it. */
export interface OAuthSurface {
  /** To be awaited before a token is presented. */
  readonly lookUp: (token: string) => Promise<void>;
  /** By path, what clients are told that have no token. */
  readonly documents: () => ReadonlyMap<string, object>;
  /** What a challenge on that path says besides. */
  readonly challenge: (path: string) => string;
  /** `letIn`: where people who signed in elsewhere may come to the pages. */
  readonly routes: (
    addressOf: (c: Context<{ Bindings: HttpBindings }>) => string | undefined,
    letIn: LetIn | undefined,
  ) => Hono<{ Bindings: HttpBindings }>;
}

export interface Gate {
  readonly authenticate: Authenticate;
  readonly oauth?: Pick<OAuthSurface, 'lookUp'>;
}

/** RFC 6750, section 2.1. */
const bearer = /^bearer +([\w.~+/:-]+=*)$/i;

const description = 'Authentication required';

/** The caller behind the `Authorization` header, or undefined where it has to be challenged. */
export async function admit(
  authorization: string | undefined,
  address: string | undefined,
  { authenticate, oauth }: Gate,
): Promise<McpAccess | undefined> {
  const token = bearer.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  await oauth?.lookUp(token);
  const credential = { kind: 'bearer', token, address } as const;
  try {
    return { credential, caller: authenticate(credential) };
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unauthenticated') return undefined;
    throw error;
  }
}

/** RFC 6750, section 3. The same for a missing token as for a wrong one. */
export function challenge(more: string | undefined): Response {
  const parameters = [
    `error="invalid_token"`,
    `error_description="${description}"`,
    ...(more === undefined ? [] : [more]),
  ];
  return Response.json(
    { error: 'invalid_token', error_description: description },
    { status: 401, headers: { 'www-authenticate': `Bearer ${parameters.join(', ')}` } },
  );
}
