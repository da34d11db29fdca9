import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityProblems, startBrowser } from '../fixtures/browser.ts';
import { aConsole, people, tokenEntries, type TestConsole } from '../fixtures/console.ts';
import { serverEntry } from '../fixtures/gateway.ts';
import { processesMentioning } from '../fixtures/lingering.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let browser: Browser;
let site: TestConsole;

beforeAll(async () => {
  [sshd, browser] = await Promise.all([startSshd(), startBrowser()]);
  const knownHosts = readFileSync(sshd.knownHostsPath, 'utf8');
  const servers = {
    'web-1': serverEntry(sshd),
    'db-1': { ...serverEntry(sshd), port: 1 },
    'off-1': { ...serverEntry(sshd), enabled: false },
  };
  site = await aConsole({ servers, knownHosts });
});
afterAll(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

/** A call of the agent's that goes on until it is ended. */
function aLongCall(command: string, more: object = { wait: 45 }): Promise<string> {
  const params = { name: 'execute_command', arguments: { server: 'web-1', command, ...more } };
  return fetch(`${site.url}/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${people.agent}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  }).then((response) => response.text());
}

async function untilRunning(command: string): Promise<void> {
  await expect
    .poll(() => processesMentioning(sshd.mark).some(({ commandLine }) => commandLine.includes(command)))
    .toBe(true);
}

const pageFor = async (token: string): Promise<string> =>
  await (await site.visit('/console', { cookie: await site.signIn(token) })).text();

describe('the live page', () => {
  it('shows a call while it is under way, and an operator ends it there, with all that it started', async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
    context.setDefaultTimeout(10_000);
    const page = await context.newPage();
    await page.goto(`${site.url}/console`);
    await page.getByLabel('Token').fill(people.bob);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('No call is under way.').waitFor();
    const call = aLongCall('sleep 511');
    await page.getByText('sleep 511').first().waitFor();
    expect(await page.locator('.card.call').innerText()).toMatch(/execute_command on web-1, by agent, for \d+ s/);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
    await untilRunning('sleep 511');
    await page.getByRole('button', { name: 'End execute_command' }).click();
    expect(await call).toMatch(/ended_by_operator/);
    expect(processesMentioning(sshd.mark).filter(({ commandLine }) => commandLine.includes('sleep 511'))).toEqual([]);
    await page.getByText('No call is under way.').waitFor();
    await page.getByText('web-1').first().waitFor();
    await page.getByText('connected').first().waitFor();
    await page.getByText('disabled').first().waitFor();
    await page.getByRole('button', { name: 'Lock db-1' }).click();
    await page.getByRole('alert').waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Unlock db-1' }).click();
    await page.getByRole('button', { name: 'Lock db-1', exact: true }).waitFor();
    expect(await site.auditLog()).toMatch(/"lock".*"bob".*"end calls"/);
    await context.close();
  });

  it('ends all calls at once, without a script too', async () => {
    const calls = [aLongCall('sleep 512'), aLongCall('sleep 513')];
    await untilRunning('sleep 512');
    await untilRunning('sleep 513');
    const cookie = await site.signIn(people.bob);
    const form_token = await site.formToken('/console', cookie);
    await site.visit('/console/end', { cookie, form: { form_token, call: 'all' } });
    for (const answer of await Promise.all(calls)) expect(answer).toContain('ended_by_operator');
  });

  it('lets only operators end calls, and only those of servers that they may reach', async () => {
    await site.writeTokens({
      ...tokenEntries,
      tok_8192a3b4c5d6e7f8091a2b3c4d5e6f70: { name: 'dbs', roles: ['operator'], allowed_servers: ['db-*'] },
    });
    const call = aLongCall('sleep 514');
    await untilRunning('sleep 514');
    await expect
      .poll(() => pageFor('tok_8192a3b4c5d6e7f8091a2b3c4d5e6f70').catch(() => ''), { timeout: 4_000 })
      .toContain('db-1');
    for (const token of [people.ann, 'tok_8192a3b4c5d6e7f8091a2b3c4d5e6f70']) {
      const cookie = await site.signIn(token);
      const form_token = await site.formToken('/console', cookie);
      await site.visit('/console/end', { cookie, form: { form_token, call: 'all' } });
    }
    expect(await pageFor(people.ann)).toContain('sleep 514');
    expect(await pageFor(people.ann)).not.toContain('/console/end');
    expect(await pageFor('tok_8192a3b4c5d6e7f8091a2b3c4d5e6f70')).not.toMatch(/sleep 51|web-1/);
    const cookie = await site.signIn(people.bob);
    const form_token = await site.formToken('/console', cookie);
    await site.visit('/console/end', { cookie, form: { form_token, call: 'all' } });
    await call;
  });

  it('shows what an agent wrote as text', async () => {
    const call = aLongCall(`sleep 515 # <script>alert(1)</script>\u0430`);
    await untilRunning('sleep 515');
    const page = await pageFor(people.bob);
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).toContain('U+0430 Cyrillic');
    expect(page.match(/<script/g)).toHaveLength(1);
    const cookie = await site.signIn(people.bob);
    const form_token = await site.formToken('/console', cookie);
    await site.visit('/console/end', { cookie, form: { form_token, call: 'all' } });
    await call;
  });

  it('keeps up to date at most three pages of a login, and none that nobody reads', async () => {
    const cookie = await site.signIn(people.auditor);
    const head = await fetch(`${site.url}/console/events`, { method: 'HEAD', headers: { cookie } });
    expect(head.status).toBe(503);
    const open = [];
    for (let page = 0; page < 4; page += 1) open.push(await site.visit('/console/events', { cookie }));
    expect(open.map(({ status }) => status)).toEqual([200, 200, 200, 503]);
    for (const { body } of open) await body?.cancel();
    await expect
      .poll(
        async () => {
          const again = await site.visit('/console/events', { cookie });
          await again.body?.cancel();
          return again.status;
        },
        { timeout: 5_000 },
      )
      .toBe(200);
  });

  it('lets an operator end a job', async () => {
    const started = await aLongCall('sleep 516', { background: true });
    const [job = ''] = /job_[\da-f]{32}/.exec(started) ?? [];
    await untilRunning('sleep 516');
    const cookie = await site.signIn(people.bob);
    expect(await (await site.visit('/console', { cookie })).text()).toContain(job);
    const form_token = await site.formToken('/console', cookie);
    await site.visit('/console/end-job', { cookie, form: { form_token, job } });
    await expect
      .poll(() => processesMentioning(sshd.mark).some(({ commandLine }) => commandLine.includes('sleep 516')), {
        timeout: 10_000,
      })
      .toBe(false);
  });

  it('lets an operator lock and unlock a server, or everything, and nobody who reaches less', async () => {
    const bob = await site.signIn(people.bob);
    const dbs = await site.signIn('tok_8192a3b4c5d6e7f8091a2b3c4d5e6f70');
    const press = async (cookie: string, form: Record<string, string>): Promise<number> => {
      const form_token = await site.formToken('/console', cookie);
      return (await site.visit('/console/lock', { cookie, form: { ...form, form_token } })).status;
    };
    expect(await press(dbs, { state: 'locked' })).toBe(403);
    expect(await press(dbs, { state: 'locked', host: 'web-1' })).toBe(403);
    expect(await aLongCall('true')).toContain('exited');
    expect(await press(bob, { state: 'locked', host: 'web-1' })).toBe(303);
    expect(await aLongCall('true')).toContain('is locked');
    expect(await pageFor(people.ann)).toContain('server web-1 is locked');
    expect(await press(bob, { state: 'unlocked', host: 'web-1' })).toBe(303);
    expect(await aLongCall('true')).toContain('exited');
    const long = aLongCall('sleep 517');
    await untilRunning('sleep 517');
    expect(await press(bob, { state: 'locked' })).toBe(303);
    expect(await long).toContain('locked');
    expect(await press(bob, { state: 'unlocked' })).toBe(303);
    expect(await aLongCall('true')).toContain('exited');
  });

  it('keeps itself up to date for as long as the person is signed in, and no longer', async () => {
    const cookie = await site.signIn(people.auditor);
    const response = await site.visit('/console/events', { cookie });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toMatch(/^event: live\ndata: ".*Servers/);
    const form_token = await site.formToken('/approvals', cookie);
    await site.visit('/console/logout', { cookie, form: { form_token } });
    let received = '';
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) received += part.value;
    expect(received).toMatch(/event: over\n/);
  });
});
