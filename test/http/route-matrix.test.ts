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
import { credentials, everythingOn, expected, pathOf } from './every-route.ts';

let site: TestConsole;
let asked: string;
beforeAll(async () => {
  const [port] = await freePorts(1);
  site = await aConsole({ environment: everythingOn, port: String(port) });
  ({ id: asked } = await site.ask());
});
afterAll(() => site[Symbol.asyncDispose]());

/** The routes of the very app that `serve` has. Middleware is for all methods, and answers for no route of its own. */
async function routes(): Promise<readonly string[]> {
  const { config } = site;
  const { running } = site.serving;
  await using live = new LiveView(config, running, silentLog);
  const oauth = await oauthSurface(config, running, silentLog);
  const services = mcpServices(running, silentLog);
  const app = createApp(
    {
      mcp: createMcpHttp(services),
      authenticate: running.gateway.authenticate,
      console: consoleServices(config, running, { live, log: silentLog }),
      ...(oauth && { oauth }),
      rest: { services, publicBaseUrl: undefined },
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

const logins = new Map<string, { readonly cookie: string; readonly formToken: string }>();

async function loginOf(token: string) {
  const cookie = await site.signIn(token);
  return { cookie, formToken: await site.formToken('/approvals', cookie) };
}

async function answerTo(route: string, credential: (typeof credentials)[number]): Promise<number> {
  const [method = ''] = route.split(' ');
  const path = pathOf(route, { approval: asked });
  const headers: Record<string, string> = credential === 'token' ? { authorization: `Bearer ${people.agent}` } : {};
  const person = { auditor: people.auditor, approver: people.ann, operator: people.operator } as const;
  const form = new URLSearchParams();
  if (credential !== 'nothing' && credential !== 'token') {
    const login = logins.get(credential) ?? (await loginOf(person[credential]));
    logins.set(credential, login);
    // It ends there.
    if (route === 'POST /console/logout') logins.delete(credential);
    headers['cookie'] = login.cookie;
    form.set('form_token', login.formToken);
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
