/** `node scripts/console-pictures.ts`: takes the pictures of the live page and of a question in docs/, of a gateway with real hosts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../test/fixtures/browser.ts';
import { aConsole, people, type TestConsole } from '../test/fixtures/console.ts';
import { serverEntry } from '../test/fixtures/gateway.ts';
import { startSshd } from '../test/fixtures/sshd.ts';

const docs = join(import.meta.dirname, '../docs');
const desk = { width: 1000, height: 900 };
const phone = { width: 390, height: 844 };
/** What is further down is more of the same. */
const tallest = 1_500;

await using sshd = await startSshd();
const entry = serverEntry(sshd);
await using site = await aConsole({
  servers: {
    'web-1': entry,
    'web-2': entry,
    'db-1': { ...entry, port: 1 },
    'old-1': { ...entry, enabled: false },
  },
  knownHosts: readFileSync(sshd.knownHostsPath, 'utf8'),
});
const browser = await startBrowser();
try {
  await take(browser, site);
} finally {
  await browser.close();
}

async function take(on: Browser, { url }: TestConsole): Promise<void> {
  const running = [
    call('web-1', 'tail -F /var/log/nginx/error.log', { wait: 45 }),
    call('web-2', 'du -sh /usr; sleep 40', { wait: 45 }),
  ];
  await call('web-1', 'sleep 60', { background: true });
  await call('db-1', 'uptime');
  await call('web-1', 'rm -r /srv/releases/2026-10');
  const page = await on.newPage({ viewport: desk });
  await signIn(page, url);
  await page.getByText('tail -F').first().waitFor();
  // As long as the calls take to be more than begun.
  await page.waitForTimeout(5_000);
  await picture(page, 'console.png');
  await page.setViewportSize(phone);
  await picture(page, 'console-phone.png');
  await page.getByRole('link', { name: 'rm -r' }).click();
  await page.getByRole('heading', { name: 'execute_command on web-1' }).waitFor();
  await picture(page, 'approval-phone.png');
  await page.goto(`${url}/console`);
  await page.getByRole('button', { name: 'End every call' }).click();
  await Promise.all(running);
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/console`);
  await page.getByLabel('Token').fill(people.bob);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function picture(page: Page, name: string): Promise<void> {
  const path = join(docs, name);
  const height = Math.min(tallest, Number(await page.evaluate('document.documentElement.scrollHeight')));
  const { width = 0 } = page.viewportSize() ?? {};
  await page.screenshot({ path, animations: 'disabled', fullPage: true, clip: { x: 0, y: 0, width, height } });
  console.log(`wrote ${path}`);
}

async function call(server: string, command: string, more: object = {}): Promise<void> {
  const params = { name: 'execute_command', arguments: { server, command, ...more } };
  const response = await fetch(`${site.url}/mcp`, {
    method: 'POST',
    headers: { authorization: `Bearer ${people.agent}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  await response.text();
}
