import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../fixtures/ports.ts';
import { allow, register } from '../oauth/a-client.ts';
import { anOAuthGateway, token } from '../oauth/an-oauth-gateway.ts';
import { TinyBrowser } from '../oauth/tiny-browser.ts';

export interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** The suite against our authorization server: where it asks for a person, one signs in and allows it. */
export async function runAuthorization(suite: string, revision: string): Promise<Ended> {
  await using gateway = await anOAuthGateway();
  const [port = 0] = await freePorts(1);
  const client = await register(gateway.url, {
    redirect_uris: [`http://127.0.0.1:${port}/callback`],
    token_endpoint_auth_method: 'none',
  });
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'));
  const of = ['--url', gateway.url, '--resource', `${gateway.url}/mcp`, '--spec-version', revision];
  const as = ['--client-id', client.clientId, '--port', String(port)];
  const args = [suite, 'authorization', ...of, ...as, '--output-dir', directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let seen = 0;
  const visits: Promise<void>[] = [];
  const listen = (chunk: Buffer): void => {
    said += chunk.toString();
    for (const link of said.slice(seen).matchAll(/https?:\/\/\S+\/authorize\?\S+(?=\s)/g)) {
      seen += link.index + link[0].length;
      visits.push(visit(gateway.url, link[0]));
    }
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  try {
    const code = await new Promise<number | null>((settle) => child.once('close', settle));
    await Promise.all(visits);
    return { code, said };
  } finally {
    child.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function visit(url: string, link: string): Promise<void> {
  const browser = new TinyBrowser();
  const page = await browser.open(link);
  const { leadsTo } = await allow(url, { browser, page, verifier: '' }, token);
  if (leadsTo !== undefined) await new TinyBrowser().open(leadsTo.href);
}
