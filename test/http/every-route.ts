/** With nothing, with an agent's token, and as people who signed in with these roles. */
export const credentials = ['nothing', 'token', 'auditor', 'approver', 'operator'] as const;
export type Answers = Readonly<Record<(typeof credentials)[number], number>>;

function everybody(status: number): Answers {
  return { nothing: status, token: status, auditor: status, approver: status, operator: status };
}

/** Who signs in with a token of his own brings it with each request; a login at the pages is none. */
function agents(token: number): Answers {
  return { ...everybody(401), token };
}

/** Whoever has not signed in is sent to do so, whatever token he brings. */
function whoSignedIn(auditor: number, approver = auditor, operator = auditor): Answers {
  return { nothing: 303, token: 303, auditor, approver, operator };
}

function on(methods: readonly string[], paths: readonly string[], answers: Answers): readonly [string, Answers][] {
  return methods.flatMap((method) => paths.map((path): [string, Answers] => [`${method} ${path}`, answers]));
}

const serverDocuments = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

/** Every route there is, and how it answers a request without arguments. */
export const expected: Readonly<Record<string, Answers>> = Object.fromEntries([
  ...on(['GET'], ['/health', '/healthz', '/readyz'], everybody(200)),
  // With a token of its own, which nobody here has.
  ...on(['GET'], ['/metrics'], everybody(401)),
  ...on(['GET'], ['/mcp', '/mcp/'], everybody(200)),
  ...on(['POST'], ['/mcp', '/mcp/'], agents(400)),
  ...on(['DELETE'], ['/mcp', '/mcp/'], agents(405)),
  ...on(['PUT', 'PATCH', 'OPTIONS'], ['/mcp', '/mcp/'], everybody(405)),
  ...on(['GET'], ['/sse', '/sse/'], agents(200)),
  ...on(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ['/sse', '/sse/'], everybody(405)),
  ...on(['POST'], ['/messages', '/messages/'], agents(400)),
  ...on(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], ['/messages', '/messages/'], everybody(405)),

  ...on(['GET'], ['/console/style.css', '/console/login'], everybody(200)),
  ...on(['POST'], ['/console/login'], everybody(401)),
  ...on(['POST'], ['/console/logout'], whoSignedIn(303)),
  ...on(['GET'], ['/approvals', '/approvals/:id'], whoSignedIn(200)),
  ...on(['POST'], ['/approvals/:id'], whoSignedIn(403, 400, 403)),
  ...on(['GET'], ['/console', '/console/live.js', '/console/events'], whoSignedIn(200)),
  ...on(['POST'], ['/console/end', '/console/end-job', '/console/lock'], whoSignedIn(403, 403, 303)),

  ...on(
    ['GET'],
    ['', '/mcp', '/sse'].map((path) => `/.well-known/oauth-protected-resource${path}`),
    everybody(200),
  ),
  ...on(['GET'], [...serverDocuments, '/jwks'], everybody(200)),
  // No origin, no preflight.
  ...on(['OPTIONS'], [...serverDocuments, '/jwks', '/token', '/revoke'], everybody(404)),
  ...on(['GET'], ['/authorize', '/authorize/:uid', '/login', '/login/elsewhere'], everybody(400)),
  ...on(['POST'], ['/authorize'], everybody(303)),
  ...on(['POST'], ['/login/callback'], everybody(403)),
  ...on(['POST'], ['/register', '/token', '/revoke'], everybody(400)),
  // Nobody was sent to an issuer.
  ...on(['GET'], ['/google/callback', '/oidc/callback'], everybody(400)),

  ...on(['GET'], ['/openapi.json'], everybody(200)),
  ...on(['POST'], ['/shell'], agents(422)),
  ...on(['POST'], ['/tool/:name', '/tools/:name'], agents(200)),
]);

/** Everything that `serve` can offer over HTTP, switched on. */
export const everythingOn = {
  OAUTH_ENABLED: 'true',
  SALLYPORT_REST_BRIDGE: 'true',
  SALLYPORT_TOOLSETS: 'core,ssh-mcp-server',
  GOOGLE_CLIENT_ID: 'sallyport.apps.example',
  GOOGLE_CLIENT_SECRET: 'a-secret-of-the-gateway-at-google',
  OIDC_ISSUER: 'http://127.0.0.1:9',
  OIDC_CLIENT_ID: 'sallyport',
  ALLOWED_EMAIL: 'ann@example.com',
  METRICS_TOKEN: 'Zk3-metrics-9vQ2mX7bT4wR8yL1pN6c',
} as const;

/** A path of that route which leads somewhere. */
export function pathOf(route: string, { approval }: { readonly approval: string }): string {
  const [, pattern = ''] = route.split(' ');
  return pattern.replace(':id', approval).replace(':uid', 'nobody').replace(':name', 'list_servers');
}
