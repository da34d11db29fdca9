import { GatewayError } from '../base/errors.ts';
import type { Authenticate } from '../identity/authenticate.ts';
import type { McpAccess } from '../mcp/http.ts';

/** RFC 6750, section 2.1. */
const bearer = /^bearer +([\w.~+/:-]+=*)$/i;

const description = 'Authentication required';

/** The caller behind the `Authorization` header, or undefined where it has to be challenged. */
export function admit(
  authorization: string | undefined,
  address: string | undefined,
  authenticate: Authenticate,
): McpAccess | undefined {
  const token = bearer.exec(authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  const credential = { kind: 'bearer', token, address } as const;
  try {
    return { credential, caller: authenticate(credential) };
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'unauthenticated') return undefined;
    throw error;
  }
}

/** RFC 6750, section 3. The same for a missing token as for a wrong one. */
export function challenge(): Response {
  return Response.json(
    { error: 'invalid_token', error_description: description },
    {
      status: 401,
      headers: { 'www-authenticate': `Bearer error="invalid_token", error_description="${description}"` },
    },
  );
}
