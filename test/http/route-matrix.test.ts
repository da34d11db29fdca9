import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { consoleServices } from '../../src/cli/console-services.ts';
import { LiveView } from '../../src/cli/live-view.ts';
import { oauthSurface } from '../../src/cli/oauth-surface.ts';
import { mcpServices } from '../../src/cli/services.ts';
import { AllowedNames } from '../../src/http/allowed-names.ts';
import { createApp } from '../../src/http/app.ts';
import { httpDefaults } from '../../src/http/listen.ts';
import { Networks } from '../../src/base/networks.ts';
import { createMcpHttp } from '../../src/mcp/http.ts';
import { aConsole, people, type TestConsole } from '../fixtures/console.ts';
import { freePorts } from '../fixtures/ports.ts';

/** With nothing, with an agent's token, and as people who signed in with these roles. */
const credentials = ['nothing', 'token', 'auditor', 'approver', 'operator'] as const;
type Answers = Readonly<Record<(typeof credentials)[number], number>>;

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
const expected: Readonly<Record<string, Answers>> = Object.fromEntries([
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
]);

let site: TestConsole;
let asked: string;
beforeAll(async () => {
  const [port] = await freePorts(1);
  site = await aConsole({
    environment: { OAUTH_ENABLED: 'true', METRICS_TOKEN: 'Zk3-metrics-9vQ2mX7bT4wR8yL1pN6c' },
    port: String(port),
  });
  ({ id: asked } = await site.ask());
});
afterAll(() => site[Symbol.asyncDispose]());

/** The routes of the very app that `serve` has. Middleware is for all methods, and answers for no route of its own. */
async function routes(): Promise<readonly string[]> {
  const { config } = site;
  const { running } = site.serving;
  await using live = new LiveView(config, running, silentLog);
  const oauth = await oauthSurface(config, running, silentLog);
  const app = createApp(
    {
      mcp: createMcpHttp(mcpServices(running, silentLog)),
      authenticate: running.gateway.authenticate,
      console: consoleServices(config, running, { live, log: silentLog }),
      ...(oauth && { oauth }),
      ...(running.metrics && { metrics: running.metrics }),
      version: '1.2.3',
      log: silentLog,
      refusedLogin: () => undefined,
      connections: () => ({ total: 0, alive: 0 }),
      problems: () => [],
      warnings: () => [],
    },
    new AllowedNames({ host: '127.0.0.1', publicBaseUrl: undefined, allowedHosts: [], allowedOrigins: [] }, 1),
    { ...httpDefaults, trustedProxies: new Networks([]) },
    () => false,
  );
  const all = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  return [...new Set(all)];
}

async function answerTo(route: string, credential: (typeof credentials)[number]): Promise<number> {
  const [method = '', pattern = ''] = route.split(' ');
  const path = pattern.replace(':id', asked).replace(':uid', 'nobody');
  const headers: Record<string, string> = credential === 'token' ? { authorization: `Bearer ${people.agent}` } : {};
  const person = { auditor: people.auditor, approver: people.ann, operator: people.operator } as const;
  const form = new URLSearchParams();
  if (credential !== 'nothing' && credential !== 'token') {
    headers['cookie'] = await site.signIn(person[credential]);
    form.set('form_token', await site.formToken('/approvals', headers['cookie']));
  }
  const end = new AbortController();
  const isForm = method === 'POST' && /^\/(?:console|approvals)/.test(path);
  const response = await fetch(`${site.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...headers,
      ...(isForm ? { origin: site.url } : { 'content-type': 'application/json' }),
      ...(path.startsWith('/sse') && { accept: 'text/event-stream' }),
    },
    ...(isForm && { body: form }),
    signal: end.signal,
  });
  end.abort();
  return response.status;
}

describe('every route', () => {
  it('is in the table', async () => {
    expect((await routes()).toSorted()).toEqual(Object.keys(expected).toSorted());
  });

  it.each(Object.entries(expected))('answers each credential as the table says: %s', async (route, answers) => {
    const seen = [];
    for (const credential of credentials) seen.push([credential, await answerTo(route, credential)]);
    expect(Object.fromEntries(seen)).toEqual(answers);
  });
});
