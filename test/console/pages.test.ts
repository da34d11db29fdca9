import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { aConsole, people, tokenEntries, type TestConsole } from '../fixtures/console.ts';

let site: TestConsole;
beforeAll(async () => {
  site = await aConsole();
});
afterAll(() => site[Symbol.asyncDispose]());

const pages = ['/console', '/approvals', '/approvals/apr_x'];

async function decide(id: string, cookie: string, fields: Readonly<Record<string, string>> = {}): Promise<Response> {
  const path = `/approvals/${id}`;
  const form_token = await site.formToken('/approvals', cookie);
  return await site.visit(path, { cookie, form: { form_token, decision: 'approve', ...fields } });
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await site.serving.running.gateway.approvals.find(id))?.state;
}

describe('a page', () => {
  it.each(pages)('is for people who have signed in, and %s leads back to itself', async (path) => {
    const response = await site.visit(path);
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      `/console/login?next=${encodeURIComponent(path)}`,
    ]);
    const post = await site.visit(path, { form: { decision: 'approve' } });
    expect([post.status, post.headers.get('location')]).toEqual([303, expect.stringMatching(/^\/console\/login/)]);
  });

  it.each(['/console/login', ...pages])(
    'lets %s load, run and frame nothing, and leaves no trace of it',
    async (path) => {
      const { headers } = await site.visit(path, { cookie: await site.signIn(people.ann) });
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'" +
          (path === '/console' ? "; script-src 'self'; connect-src 'self'" : ''),
      );
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    },
  );

  it('that another site leads to is come to again from our own, where the cookie is sent', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    const bounced = await site.visit('/approvals/apr_x', { headers });
    expect(bounced.status).toBe(200);
    expect(await bounced.text()).toContain('<meta http-equiv="refresh" content="0;url=/approvals/apr_x" />');
    expect((await site.visit('/console/nothing', { headers })).status).toBe(303);
  });

  it('that does not exist is not found', async () => {
    const cookie = await site.signIn(people.ann);
    expect((await site.visit('/approvals/apr_x', { cookie })).status).toBe(404);
    expect((await site.visit('/console/nothing', { cookie })).status).toBe(404);
  });

  it('is not served under a name that is not ours', async () => {
    const sent = request(`${site.url}/console/login`, { headers: { host: 'evil.example' } }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(response.resume().statusCode).toBe(403);
  });
});

describe('signing in', () => {
  it('takes a token with a role, and leads to the page that was wanted', async () => {
    const response = await site.visit('/console/login', {
      form: { token: ` ${people.ann}\n`, next: '/approvals/apr_x' },
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/approvals/apr_x']);
    expect(response.headers.getSetCookie().at(-1)).toMatch(
      /^sallyport_login=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect((await site.auditLog()).match(/"operation":"sign in"/g)?.length).toBeGreaterThan(0);
  });

  it.each(['//evil.example', 'https://evil.example', '/\\evil.example', '/approvals/../..//evil.example', '/mcp'])(
    'leads to no other place: %s',
    async (next) => {
      const response = await site.visit('/console/login', { form: { token: people.ann, next } });
      expect(response.headers.get('location')).toBe('/approvals');
      expect(await (await site.visit(`/console/login?next=${encodeURIComponent(next)}`)).text()).not.toContain('evil');
    },
  );

  it('refuses a wrong token and one without a role with the same words', async () => {
    await using other = await aConsole();
    const bodies = [];
    for (const token of ['', 'tok_wrong', people.roleless]) {
      const response = await other.visit('/console/login', { form: { token, next: '/approvals' } });
      expect(response.status).toBe(401);
      expect(response.headers.getSetCookie()).toEqual([]);
      bodies.push(await response.text());
    }
    expect(new Set(bodies).size).toBe(1);
    expect(bodies[0]).not.toContain('tok_wrong');
    await vi.waitFor(async () => expect(await other.auditLog()).toContain('"remote_address":"127.0.0.1"'));
  });

  it('makes whoever guesses wait, and says for how long', async () => {
    await using other = await aConsole();
    for (let guess = 0; guess < 10; guess += 1)
      await other.visit('/console/login', { form: { token: `tok_${guess}` } });
    const response = await other.visit('/console/login', { form: { token: people.ann } });
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(200);
  });

  it('with TLS sets a cookie that only this very host can have set', async () => {
    const environment = { PUBLIC_BASE_URL: 'https://gw.example.com' };
    await using other = await aConsole({ environment });
    const headers = { host: 'gw.example.com', origin: 'https://gw.example.com' };
    const response = await other.visit('/console/login', { form: { token: people.ann }, headers });
    expect(response.headers.getSetCookie().at(-1)).toMatch(
      /^__Host-sallyport_login=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const { id } = await other.ask();
    const [cookie = ''] = response.headers.getSetCookie().at(-1)?.split(';') ?? [];
    expect((await other.visit(`/approvals/${id}`, { cookie })).status).toBe(200);
    const bare = cookie.replace('__Host-', '');
    expect((await other.visit(`/approvals/${id}`, { cookie: bare })).status).toBe(303);
  });

  it('takes a login that was there before out of force, and out with it goes its cookie', async () => {
    const first = await site.signIn(people.ann);
    await site.visit('/console/login', { cookie: first, form: { token: people.bob } });
    expect((await site.visit('/approvals', { cookie: first })).status).toBe(303);
  });

  it('ends with signing out', async () => {
    const cookie = await site.signIn(people.ann);
    const form_token = await site.formToken('/approvals', cookie);
    expect((await site.visit('/console/logout', { cookie, form: { form_token: 'x' } })).status).toBe(403);
    const out = await site.visit('/console/logout', { cookie, form: { form_token } });
    expect([out.status, out.headers.get('location')]).toEqual([303, '/console/login']);
    expect(out.headers.getSetCookie().at(-1)).toMatch(/^sallyport_login=; Max-Age=0/);
    expect((await site.visit('/approvals', { cookie })).status).toBe(303);
  });

  it('ends within two seconds when its token is changed or removed', async () => {
    await using other = await aConsole();
    const [ann, bob] = [await other.signIn(people.ann), await other.signIn(people.bob)];
    const { [people.ann]: _ann, ...rest } = tokenEntries;
    await other.writeTokens({ ...rest, [people.bob]: { name: 'bob', roles: ['auditor'] } });
    const statuses = async () => [
      (await other.visit('/approvals', { cookie: ann })).status,
      (await other.visit('/approvals', { cookie: bob })).status,
    ];
    await vi.waitFor(async () => expect(await statuses()).toEqual([303, 303]), { timeout: 3_000 });
  });

  it('is not to be had where it cannot be recorded', async () => {
    await using other = await aConsole();
    await other.signIn(people.ann);
    await rename(join(other.directory, 'data', 'audit.db'), join(other.directory, 'data', 'gone.db'));
    const response = await other.visit('/console/login', { form: { token: people.ann } });
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
  });
});

describe('a form', () => {
  it.each<{ readonly what: string; readonly headers: Readonly<Record<string, string>>; readonly status?: number }>([
    { what: 'another site', headers: { origin: 'https://evil.example' } },
    { what: 'a sandbox, or a page that hides where it is', headers: { origin: 'null' } },
    { what: 'nobody says where', headers: { origin: '' } },
    { what: 'another port of this host', headers: { origin: 'http://127.0.0.1:1' } },
  ])('from $what is refused', async ({ headers }) => {
    const cookie = await site.signIn(people.ann);
    const { id } = await site.ask();
    const form_token = await site.formToken('/approvals', cookie);
    const response = await site.visit(`/approvals/${id}`, {
      cookie,
      form: { form_token, decision: 'approve' },
      headers,
    });
    expect(response.status).toBe(403);
    expect(await stateOf(id)).toBe('pending');
  });

  it('from an origin that may call MCP is refused too', async () => {
    await using other = await aConsole({ environment: { ALLOWED_ORIGINS: 'https://chat.example.com' } });
    const headers = { origin: 'https://chat.example.com' };
    const response = await other.visit('/console/login', { form: { token: people.ann }, headers });
    expect(response.status).toBe(403);
  });

  it('without the token of its login, with that of another, or of another kind, decides nothing', async () => {
    const [ann, bob] = [await site.signIn(people.ann), await site.signIn(people.bob)];
    const { id } = await site.ask();
    const form_token = await site.formToken('/approvals', bob);
    for (const form of [{ decision: 'approve' }, { decision: 'approve', form_token }]) {
      expect((await site.visit(`/approvals/${id}`, { cookie: ann, form })).status).toBe(403);
    }
    const own = await site.formToken('/approvals', ann);
    const body = JSON.stringify({ form_token: own, decision: 'approve' });
    const headers = { cookie: ann, origin: site.url, 'content-type': 'text/plain' };
    expect((await fetch(`${site.url}/approvals/${id}`, { method: 'POST', headers, body })).status).toBe(403);
    expect(await stateOf(id)).toBe('pending');
  });

  it('that is too large is not read', async () => {
    const response = await site.visit('/console/login', { form: { token: 'x'.repeat(20_000) } });
    expect(response.status).toBe(413);
  });
});

describe('an approval', () => {
  it('is decided by an approver, with a reason, and on record with who it was', async () => {
    const { id } = await site.ask();
    const cookie = await site.signIn(people.ann);
    const response = await decide(id, cookie, { reason: ' seen with\n Bob ' });
    expect([response.status, response.headers.get('location')]).toEqual([303, `/approvals/${id}`]);
    expect(await site.serving.running.gateway.approvals.find(id)).toMatchObject({
      state: 'approved',
      decision: { name: 'ann', channel: 'web', reason: 'seen with Bob' },
    });
    const page = await (await site.visit(`/approvals/${id}`, { cookie })).text();
    expect(page).toContain('seen with Bob');
    expect(page).not.toContain('value="approve"');
    await vi.waitFor(async () => expect(await site.auditLog()).toMatch(/approval_granted.*ann|ann.*approval_granted/));
  });

  it('is declined likewise', async () => {
    const { id } = await site.ask();
    await decide(id, await site.signIn(people.ann), { decision: 'decline' });
    expect(await stateOf(id)).toBe('declined');
  });

  it('is decided once: who comes second is told', async () => {
    const { id } = await site.ask();
    const [ann, bob] = [await site.signIn(people.ann), await site.signIn(people.bob)];
    const answers = await Promise.all([decide(id, ann), decide(id, bob, { decision: 'decline' })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409]);
  });

  it('is not decided by the credential that asked, whatever its roles', async () => {
    const { id } = await site.ask();
    const cookie = await site.signIn(people.agent);
    expect(await (await site.visit(`/approvals/${id}`, { cookie })).text()).not.toContain('value="approve"');
    expect((await decide(id, cookie)).status).toBe(403);
    expect(await stateOf(id)).toBe('pending');
  });

  it('is looked at, not decided, by who has another role', async () => {
    const { id } = await site.ask();
    const cookie = await site.signIn(people.auditor);
    const page = await site.visit(`/approvals/${id}`, { cookie });
    expect([page.status, (await page.text()).includes('value="approve"')]).toEqual([200, false]);
    expect((await decide(id, cookie)).status).toBe(403);
    expect(await stateOf(id)).toBe('pending');
  });

  it('is neither seen nor decided by who may not reach all of its servers', async () => {
    const host = { name: 'db-1', address: '192.0.2.9', user: 'root', tags: [], labels: {} };
    const { id } = await site.ask({ hosts: [host], steps: [] });
    const cookie = await site.signIn(people.webOnly);
    expect(await (await site.visit('/approvals', { cookie })).text()).not.toContain(id);
    expect((await site.visit(`/approvals/${id}`, { cookie })).status).toBe(404);
    expect((await decide(id, cookie)).status).toBe(404);
    expect(await stateOf(id)).toBe('pending');
  });

  it('needs an answer that is one of the two', async () => {
    const { id } = await site.ask();
    const cookie = await site.signIn(people.ann);
    for (const decision of ['', 'APPROVE', 'yes']) expect((await decide(id, cookie, { decision })).status).toBe(400);
    expect(await stateOf(id)).toBe('pending');
  });

  it('shows what an agent wrote as text: no markup of its, nothing hidden', async () => {
    const hostile = '<img src=x onerror=alert(1)>"\'</textarea></pre><script>\u202eevil\u0430';
    const { id } = await site.ask({
      tool: hostile,
      rule: hostile,
      reason: hostile,
      hosts: [{ name: 'web-1', address: hostile, user: hostile, tags: [hostile], labels: { [hostile]: hostile } }],
      steps: [
        {
          does: hostile,
          hosts: ['web-1'],
          about: hostile,
          really: `${hostile}!`,
          programs: [[hostile]],
          findings: [hostile],
        },
      ],
      change: {
        path: hostile,
        before: null,
        after: 'ab',
        diff: `+${hostile}\n-${hostile}\n ${hostile}`,
        note: hostile,
      },
    });
    const cookie = await site.signIn(people.ann);
    for (const path of ['/approvals', `/approvals/${id}`]) {
      const page = await (await site.visit(path, { cookie })).text();
      expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
      expect(page).toContain('U+202E right-to-left override');
      expect(page).not.toMatch(/<img|<script|\u202e|<\/textarea><\/pre>/);
    }
  });

  it('shows words with blanks in them, and empty ones, as what they are', async () => {
    const programs = [['touch', 'a b', '', "it's"]];
    const { id } = await site.ask({
      steps: [{ does: 'run_command', hosts: ['web-1'], about: 'touch …', really: undefined, programs, findings: [] }],
    });
    const page = await (await site.visit(`/approvals/${id}`, { cookie: await site.signIn(people.ann) })).text();
    expect(page.replace(/<\/?bdo[^>]*>/g, '')).toMatch(
      /<code class="word">touch<\/code>\s*<code class="word">a b<\/code>\s*<code class="word">empty<\/code>\s*<code class="word">it&#39;s<\/code>/,
    );
  });
});
