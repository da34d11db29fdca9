import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aConsole, people as tokens, tokenEntries, type TestConsole } from '../fixtures/console.ts';
import { freePorts } from '../fixtures/ports.ts';
import { allow, beginLogin, callTool, exchange, register } from '../oauth/a-client.ts';
import { anIssuer, clientId, clientSecret, type Issuer } from '../oauth/an-issuer.ts';
import { TinyBrowser, type Page } from '../oauth/tiny-browser.ts';

const address = (name: string) => ({ sub: name, email: `${name}@example.com`, email_verified: true });
const ann = address('ann');

const approvers = '- { match: "group:approvers", roles: [approver] }';
const rules = `people:
  - { match: ann@example.com, roles: [approver], permissions: [read, execute] }
  - { match: oscar@example.com, roles: [operator, auditor] }
  - { match: webb@example.com, roles: [approver], allowed_servers: ["db-*"] }
  ${approvers}
  - { match: "@example.com", permissions: [read] }
`;

let issuer: Issuer;
let site: TestConsole;
let url: string;
beforeAll(async () => {
  const [port = 0] = await freePorts(1);
  issuer = await anIssuer(`http://127.0.0.1:${port}/oidc/callback`);
  site = await aConsole({
    port: String(port),
    settings: rules,
    environment: {
      OAUTH_ENABLED: 'true',
      OIDC_ISSUER: issuer.url,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_NAME: 'Example',
      ALLOWED_EMAIL: 'full@example.com',
      TRUSTED_PROXIES: '127.0.0.1',
    },
  });
  ({ url } = site);
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});
beforeEach(async () => {
  if ((await site.readSettings()) !== rules) await takeIn(rules);
});

async function takeIn(settings: string): Promise<void> {
  await site.writeSettings(settings);
  await site.serving.running.takeInAuthority();
}

/** From the sign-in page to the issuer, and to where that sends the browser back. */
async function visitIssuer(browser: TinyBrowser, next: string): Promise<URL> {
  const { text } = await browser.open(`${url}/console/login?next=${encodeURIComponent(next)}`);
  const link = /href="(\/login\/elsewhere[^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
  const { leadsTo } = await browser.open(`${url}${link}`);
  const { leadsTo: back } = await new TinyBrowser().open(leadsTo?.href ?? '');
  if (back === undefined) throw new Error('the issuer does not send the browser back');
  return back;
}

async function comeAs(who: Issuer['signedIn'], next = '/approvals'): Promise<Page & { readonly browser: TinyBrowser }> {
  issuer.signedIn = who;
  const browser = new TinyBrowser();
  const back = await visitIssuer(browser, next);
  return { ...(await browser.open(back.href)), browser };
}

async function decide(browser: TinyBrowser, id: string, fields = {}): Promise<number> {
  const { text } = await browser.open(`${url}/approvals`);
  const form_token = /name="form_token" value="([\w-]+)"/.exec(text)?.[1] ?? '';
  return (await browser.submit(`${url}/approvals/${id}`, { form_token, decision: 'approve', ...fields })).status;
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await site.serving.running.gateway.approvals.find(id))?.state;
}

async function isSignedIn(browser: TinyBrowser): Promise<boolean> {
  return !(await browser.open(`${url}/approvals`)).url.includes('/console/login');
}

describe('a person whom an issuer vouches for', () => {
  it('comes to the page that was wanted, by a page of our own', async () => {
    const { id } = await site.ask();
    const { browser, status, text, headers } = await comeAs(ann, `/approvals/${id}`);
    expect(status).toBe(200);
    expect(text).toContain(`<meta http-equiv="refresh" content="0;url=/approvals/${id}" />`);
    expect(headers.getSetCookie().at(-1)).toMatch(
      /^sallyport_login=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await browser.open(`${url}/approvals/${id}`)).text).toContain('ann@example.com</bdo> (approver)');
  });

  it('decides, and the audit says who, with issuer and subject', async () => {
    const { id } = await site.ask();
    const { browser } = await comeAs(ann);
    expect(await decide(browser, id)).toBe(200);
    expect(await stateOf(id)).toBe('approved');
    const who = { issuer: issuer.url, subject: 'ann' };
    const saying = (event_type: string, metadata: object) =>
      expect.objectContaining({
        event_type,
        token_name: 'ann@example.com',
        metadata: expect.objectContaining({ ...who, ...metadata }),
      });
    const lines = async () =>
      (await site.auditLog())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    await expect.poll(lines).toContainEqual(saying('approval_granted', { approval_id: id, channel: 'web' }));
    expect(await lines()).toContainEqual(saying('authentication', { operation: 'sign in' }));
    const { decision } = (await site.serving.running.gateway.approvals.find(id)) ?? {};
    expect(decision).toMatchObject({ name: 'ann@example.com', personId: who });
  });

  it.each([
    { who: address('oscar'), may: 'look on', status: 403 },
    { who: { ...address('gus'), groups: ['approvers'], email: 'gus@other.example' }, may: 'decide', status: 200 },
    { who: address('webb'), may: 'not see what is about other servers', status: 404 },
  ])('may $may, as the first rule says: $who.email', async ({ who, status }) => {
    const { id } = await site.ask();
    const { browser } = await comeAs(who);
    expect(await decide(browser, id)).toBe(status);
    expect(await stateOf(id)).toBe(status === 200 ? 'approved' : 'pending');
  });

  it.each([
    { who: address('nora'), why: 'a rule without a role' },
    { who: { ...address('full'), groups: [] }, why: 'ALLOWED_EMAIL alone' },
    { who: { ...address('eve'), email: 'eve@other.example' }, why: 'no rule' },
    { who: { ...ann, email_verified: false }, why: 'an address that is not verified' },
    { who: { ...address('gus'), email: 'gus@other.example', groups: 'approvers' }, why: 'groups as text' },
  ])('is not let in by $why', async ({ who }) => {
    const { browser, status, text } = await comeAs(who);
    expect(status).toBe(403);
    expect(text).toContain('role="alert"');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('does not decide what his own client asks, whatever it signed in with', async () => {
    issuer.signedIn = ann;
    const client = await register(url);
    const attempt = await beginLogin(url, client);
    const link = /href="(\/login\/elsewhere[^"]+)"/.exec(attempt.page.text)?.[1]?.replaceAll('&amp;', '&');
    const { leadsTo } = await attempt.browser.open(`${url}${link}`);
    const { leadsTo: back } = await new TinyBrowser().open(leadsTo?.href ?? '');
    const page = await attempt.browser.open(back?.href ?? '');
    const code = (await allow(url, { ...attempt, page }, '')).leadsTo?.searchParams.get('code') ?? '';
    const granted = (await (await exchange(url, client, { code, verifier: attempt.verifier })).json()) as {
      access_token: string;
    };
    expect((await callTool(url, granted.access_token)).status).toBe(200);
    const { gateway } = site.serving.running;
    const own = gateway.authenticate({ kind: 'bearer', token: granted.access_token });
    expect(own.roles).toBeUndefined();

    await site.writeTokens({ ...tokenEntries, [namedAfterAnn]: { name: 'Ann@example.com', permissions: ['execute'] } });
    await site.serving.running.takeInAuthority();
    const named = gateway.authenticate({ kind: 'bearer', token: namedAfterAnn });
    const { browser } = await comeAs(ann);
    for (const caller of [own, named]) {
      const { id } = await site.ask({}, caller);
      expect(await decide(browser, id)).toBe(403);
      expect(await stateOf(id)).toBe('pending');
      const other = await comeAs({ ...address('gus'), groups: ['approvers'] });
      expect(await decide(other.browser, id)).toBe(200);
    }
  });

  it.each([
    { change: 'removed', settings: rules.replace(/.*ann@.*\n/, '') },
    {
      change: 'another role',
      settings: rules.replace('roles: [approver], permissions', 'roles: [auditor], permissions'),
    },
    { change: 'fewer servers', settings: rules.replace('execute] }', 'execute], allowed_servers: ["db-*"] }') },
  ])('is signed out within two seconds of a rule that is $change, and decides nothing before', async ({ settings }) => {
    const { id } = await site.ask();
    const { browser } = await comeAs(ann);
    const other = await comeAs(address('oscar'));
    await browser.open(`${url}/approvals/${id}`);
    const page = await browser.open(`${url}/approvals`);
    const form_token = /name="form_token" value="([\w-]+)"/.exec(page.text)?.[1] ?? '';
    await site.writeSettings(settings);
    const { url: at } = await browser.submit(`${url}/approvals/${id}`, { form_token, decision: 'approve' });
    expect(at).toContain('/console/login');
    expect(await stateOf(id)).toBe('pending');
    expect(await isSignedIn(browser)).toBe(false);
    expect(await isSignedIn(other.browser)).toBe(true);
  });

  it('is signed out without asking for anything, and stays so where the rules come back', async () => {
    const { browser } = await comeAs(ann);
    const { caller } = callerOfAnn();
    await site.writeSettings('people: []\n');
    await expect.poll(() => caller.revoked.aborted, { timeout: 5_000 }).toBe(true);
    await takeIn(rules);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('keeps what the rules gave while they are broken, and while something else in the file changes', async () => {
    const { browser } = await comeAs(ann);
    for (const settings of ['people: [{ match: nobody }]\n', 'people: {\n', `${rules}log_level: error\n`]) {
      await takeIn(settings);
      expect(await isSignedIn(browser)).toBe(true);
    }
  });
});

const namedAfterAnn = 'tok_8192a3b4c5d6e7f8091a2b3c4d5e6f70';

function callerOfAnn() {
  const person = {
    kind: 'person',
    issuer: issuer.url,
    subject: 'ann',
    email: ann.email,
    domain: 'example.com',
  } as const;
  const caller = site.serving.running.oauth?.callerOf({ ...person, groups: [] });
  if (caller === undefined) throw new Error('ann is let in');
  return { caller };
}

describe('signing in elsewhere for the pages', () => {
  it('is begun by our own pages alone', async () => {
    const path = '/login/elsewhere?with=Example&next=/approvals';
    for (const site_ of ['cross-site', 'same-site']) {
      const response = await site.visit(path, { headers: { 'sec-fetch-site': site_ } });
      expect([response.status, response.headers.getSetCookie()]).toEqual([400, []]);
    }
    expect((await site.visit('/login/elsewhere?with=Other')).status).toBe(400);
  });

  it('is begun by one address so many times in ten minutes, and by others all the same', async () => {
    const begin = async (from: string) =>
      await site.visit('/login/elsewhere?with=Example', { headers: { 'x-forwarded-for': from } });
    for (let n = 0; n < 100; n += 1) expect((await begin('198.51.100.1')).status).toBe(303);
    const refused = await begin('198.51.100.1');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect((await begin('198.51.100.2')).status).toBe(303);
  });

  it('leads to our own pages alone', async () => {
    for (const next of ['https://evil.example/', '//evil.example', '/approvals/../x', '/console/logout']) {
      const browser = new TinyBrowser();
      const query = new URLSearchParams({ with: 'Example', next }).toString();
      const { leadsTo } = await browser.open(`${url}/login/elsewhere?${query}`);
      const { leadsTo: back } = await new TinyBrowser().open(leadsTo?.href ?? '');
      expect((await browser.open(back?.href ?? '')).text).toContain('content="0;url=/approvals"');
    }
  });

  it('signs nobody in by the link of another browser, and nobody twice', async () => {
    issuer.signedIn = ann;
    const mine = new TinyBrowser();
    const back = await visitIssuer(mine, '/approvals');
    const victim = new TinyBrowser();
    await visitIssuer(victim, '/approvals');
    for (const other of [victim, new TinyBrowser()]) expect((await other.open(back.href)).status).toBe(400);
    expect((await mine.open(back.href)).status).toBe(200);
    expect((await mine.open(back.href)).status).toBe(400);
  });

  it('gives a client nothing: what was begun for the pages allows no access', async () => {
    issuer.signedIn = ann;
    const client = await register(url);
    const attempt = await beginLogin(url, client);
    const back = await visitIssuer(attempt.browser, '/approvals');
    expect((await attempt.browser.open(back.href)).text).toContain('content="0;url=/approvals"');
    const { status, leadsTo } = await allow(url, attempt, '');
    expect([status, leadsTo]).toEqual([401, undefined]);
  });
});

describe('a login with a token that is bound to addresses', () => {
  const bound = 'tok_92a3b4c5d6e7f8091a2b3c4d5e6f7081';

  it('is one from those addresses alone, at every request', async () => {
    const entry = { name: 'bound', roles: ['approver'], allowed_ips: ['192.0.2.0/24'] };
    await site.writeTokens({ ...tokenEntries, [bound]: entry });
    await site.serving.running.takeInAuthority();
    const from = (ip: string) => ({ 'x-forwarded-for': ip });
    const refused = await site.visit('/console/login', { form: { token: bound }, headers: from('198.51.100.7') });
    expect(refused.status).toBe(401);
    const signedIn = await site.visit('/console/login', { form: { token: bound }, headers: from('192.0.2.7') });
    const cookie = /^[^;]+/.exec(signedIn.headers.getSetCookie().at(-1) ?? '')?.[0] ?? '';
    const { id } = await site.ask();
    const page = await site.visit('/approvals', { cookie, headers: from('192.0.2.8') });
    const form_token = /name="form_token" value="([\w-]+)"/.exec(await page.text())?.[1] ?? '';
    const form = { form_token, decision: 'approve' };

    for (const path of ['/approvals', `/approvals/${id}`, '/console', '/console/events']) {
      expect((await site.visit(path, { cookie, headers: from('198.51.100.7') })).status).toBe(303);
    }
    for (const headers of [from('198.51.100.7'), {}]) {
      const response = await site.visit(`/approvals/${id}`, { cookie, form, headers });
      expect([response.status, response.headers.get('location')]).toEqual([303, expect.stringContaining('/login')]);
    }
    expect(await stateOf(id)).toBe('pending');
    const decided = await site.visit(`/approvals/${id}`, { cookie, form, headers: from('192.0.2.9') });
    expect(decided.headers.get('location')).toBe(`/approvals/${id}`);
    expect(await stateOf(id)).toBe('approved');
  });

  it('ends before the next decision when the token is removed', async () => {
    const { id } = await site.ask();
    const cookie = await site.signIn(tokens.bob);
    const form = { form_token: await site.formToken('/approvals', cookie), decision: 'approve' };
    const { [tokens.bob]: _bob, ...others } = tokenEntries;
    await site.writeTokens(others);
    expect((await site.visit(`/approvals/${id}`, { cookie, form })).status).toBe(303);
    expect(await stateOf(id)).toBe('pending');
  });
});
