import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anIssuer, clientId, clientSecret } from '../oauth/an-issuer.ts';
import { freePorts } from '../fixtures/ports.ts';
import { accessibilityProblems, startBrowser } from '../fixtures/browser.ts';
import { aConsole, people, type TestConsole } from '../fixtures/console.ts';

const sizes = {
  wide: { width: 1280, height: 900 },
  phone: { width: 360, height: 640 },
} as const;

let browser: Browser;
let site: TestConsole;

beforeAll(async () => {
  [browser, site] = await Promise.all([startBrowser(), aConsole()]);
});
afterAll(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

/** A person's browser of that size. */
async function aPerson(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext & AsyncDisposable> {
  const context = await browser.newContext({ viewport: sizes.wide, ...options });
  context.setDefaultTimeout(8_000);
  return Object.assign(context, { [Symbol.asyncDispose]: () => context.close() });
}

async function signIn(page: Page, token: string, path = '/approvals'): Promise<void> {
  await page.goto(`${site.url}${path}`);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function stateOf(id: string): Promise<string | undefined> {
  return (await site.serving.running.gateway.approvals.find(id))?.state;
}

const hostile = {
  hosts: [
    { name: 'web-1', address: '192.0.2.1', user: 'deploy', tags: ['web'], labels: { env: 'prod' } },
    { name: 'web-2', address: '192.0.2.2', user: 'root', tags: [], labels: {} },
  ],
  steps: [
    {
      does: 'run_command',
      hosts: ['web-1', 'web-2'],
      about: `rm -rf /srv/\u0430pp \u202e${'x'.repeat(300)} "><script>document.title='owned'</script>`,
      really: 'rm -rf -- /srv/data',
      programs: [['rm', '-rf', '/srv/\u0430pp', 'a b']],
      findings: ['removes a tree'],
    },
  ],
  change: {
    path: '/etc/app.conf',
    before: 'a'.repeat(64),
    after: 'b'.repeat(64),
    diff: `@@ -1,2 +1,2 @@\n-port = 80\n+port = 8080\n ${'long '.repeat(60)}`,
    note: undefined,
  },
};

describe.each([
  { screen: 'wide', colorScheme: 'light' },
  { screen: 'phone', colorScheme: 'dark' },
  { screen: 'phone', colorScheme: 'light' },
] as const)('on a $screen $colorScheme screen', ({ screen, colorScheme }) => {
  it('every page is accessible, and fits the width', async () => {
    await using person = await aPerson({ viewport: sizes[screen], colorScheme });
    const page = await person.newPage();
    const { id } = await site.ask(hostile);
    const check = async (): Promise<void> => {
      expect(await accessibilityProblems(page)).toEqual([]);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      expect(overflow).toBeLessThanOrEqual(0);
    };
    await page.goto(`${site.url}/console/login`);
    await check();
    await page.getByLabel('Token').fill('tok_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('not known here');
    await check();
    await signIn(page, people.ann);
    await check();
    await page.goto(`${site.url}/approvals/${id}`);
    expect(await page.title()).not.toBe('owned');
    expect(await page.locator('pre.diff').innerText()).toMatch(/^@@.*\n-port = 80\n\+port = 8080\n/);
    await check();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('approved, not begun yet').waitFor();
    await check();
    await page.goto(`${site.url}/approvals/apr_none`);
    await check();
  });
});

describe('a person', () => {
  it('who has no script decides: from the link through signing in to the answer', async () => {
    await using person = await aPerson({ viewport: sizes.phone, javaScriptEnabled: false });
    const page = await person.newPage();
    const { id } = await site.ask();
    await signIn(page, people.ann, `/approvals/${id}`);
    expect(page.url()).toBe(`${site.url}/approvals/${id}`);
    await page.getByLabel('Reason').fill('not today');
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByText('not today').waitFor();
    expect(await stateOf(id)).toBe('declined');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(`${site.url}/approvals/${id}`);
    expect(page.url()).toContain('/console/login');
  });

  it('who uses the keyboard alone decides', async () => {
    await using person = await aPerson();
    const page = await person.newPage();
    const { id } = await site.ask();
    await page.goto(`${site.url}/approvals/${id}`);
    const focused = (): Promise<unknown> =>
      page.evaluate(
        `(({ tagName, id, value, textContent }) => id || value || textContent || tagName)(document.activeElement)`,
      );
    const tabTo = async (wanted: string): Promise<void> => {
      for (let press = 0; press < 20; press += 1) {
        await page.keyboard.press('Tab');
        if ((await focused()) === wanted) return;
      }
      throw new Error(`${wanted} is not reached`);
    };
    await tabTo('token');
    await page.keyboard.type(people.ann);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/approvals/${id}`);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('To the content');
    await tabTo('reason');
    await page.keyboard.type('by keys');
    await page.keyboard.press('Enter');
    expect(await stateOf(id)).toBe('pending');
    await tabTo('approve');
    await page.keyboard.press('Space');
    await page.getByText('by keys').waitFor();
    expect(await stateOf(id)).toBe('approved');
  });

  it('who has signed in comes to the page by a link on another site', async () => {
    await using person = await aPerson();
    const page = await person.newPage();
    const { id } = await site.ask();
    await signIn(page, people.ann);
    const { hostname, port } = new URL(site.url);
    await page.route('http://chat.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<a href="http://${hostname}:${port}/approvals/${id}">an approval waits</a>`,
      }),
    );
    await page.goto('http://chat.example/');
    await page.getByRole('link').click();
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    expect(page.url()).toBe(`${site.url}/approvals/${id}`);
  });

  it('is not made to decide by another site’s form', async () => {
    await using person = await aPerson();
    const page = await person.newPage();
    const { id } = await site.ask();
    await signIn(page, people.ann);
    await page.route('http://evil.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${site.url}/approvals/${id}"><input name="decision" value="approve"><button>go</button></form>`,
      }),
    );
    await page.goto('http://evil.example/');
    await page.getByRole('button').click();
    await page.waitForURL(`${site.url}/**`);
    expect(await page.content()).toContain('forbidden');
    expect(await stateOf(id)).toBe('pending');
  });

  it('gets nothing from a script that somebody smuggled in, for none is run', async () => {
    await using person = await aPerson();
    const page = await person.newPage();
    const refused: string[] = [];
    page.on('console', (message) => void refused.push(message.text()));
    await page.goto(`${site.url}/console/login`);
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="document.title=1">');
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = 2' }))`);
    expect(await page.title()).toBe('Sign in · Sallyport');
    expect(refused.join('\n')).toContain('Content Security Policy');
  });
});

it('a person who signs in at an issuer comes back to the question, and decides it', async () => {
  const [port = 0] = await freePorts(1);
  await using issuer = await anIssuer(`http://127.0.0.1:${port}/oidc/callback`);
  await using own = await aConsole({
    port: String(port),
    settings: 'people: [{ match: "ann@example.com", roles: [approver] }]\n',
    environment: {
      OAUTH_ENABLED: 'true',
      OIDC_ISSUER: issuer.url,
      OIDC_CLIENT_ID: clientId,
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_NAME: 'Example',
    },
  });
  const { id } = await own.ask();
  await using person = await aPerson({ javaScriptEnabled: false, viewport: sizes.phone });
  const page = await person.newPage();
  await page.goto(`${own.url}/approvals/${id}`);
  await page.getByRole('link', { name: 'Sign in with Example instead' }).click();
  await page.getByRole('button', { name: 'Approve, once' }).click();
  await page.getByText('ann@example.com').first().waitFor();
  expect((await own.serving.running.gateway.approvals.find(id))?.state).toBe('approved');
  const cookie = (await person.cookies()).find(({ name }) => name === 'sallyport_login');
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });

  await using looker = await aPerson();
  const signIn = await looker.newPage();
  await signIn.goto(`${own.url}/console/login`);
  expect(await accessibilityProblems(signIn)).toEqual([]);
});
