import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../test/fixtures/ports.ts';
import type { Sshd } from '../test/fixtures/sshd.ts';
import type { Contender } from './contender.ts';

const token = 'tok_1f2e3d4c5b6a79880716253443526170';
const main = join(import.meta.dirname, '../src/main.ts');

/** `sallyport serve` in a process of its own, called over HTTP on a connection that stays open. */
export async function gatewayOverHttp(sshd: Sshd): Promise<Contender> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const config = join(directory, 'config');
  mkdirSync(config, { mode: 0o700 });
  const server = { host: sshd.address, port: sshd.port, user: sshd.user, ssh_key_path: sshd.keyPath };
  const write = (name: string, text: string): void => writeFileSync(join(config, name), text, { mode: 0o600 });
  write('servers.json', JSON.stringify({ servers: { bench: server }, security: { forbidden_commands: ['mkfs'] } }));
  write('tokens.json', JSON.stringify({ tokens: { [token]: { name: 'bench', permissions: ['execute'] } } }));
  write('known_hosts', readFileSync(sshd.knownHostsPath, 'utf8'));
  const [port = 0] = await freePorts(1);
  const gateway = spawn(process.execPath, [main, 'serve', '--port', String(port)], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: directory, LOG_LEVEL: 'error' },
  });
  await untilReady(port);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let id = 0;
  return {
    name: 'gateway over HTTP',
    run: async (command) => {
      id += 1;
      const params = { name: 'execute_command', arguments: { server: 'bench', command } };
      const answer = await post(agent, port, JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }));
      const { result } = JSON.parse(answer) as { result?: { structuredContent?: { stdout?: string } } };
      return result?.structuredContent?.stdout ?? answer;
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      gateway.kill('SIGTERM');
      await once(gateway, 'exit');
      rmSync(directory, { recursive: true });
    },
  };
}

async function untilReady(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await sleep(100);
  }
  throw new Error('the gateway did not start');
}

function post(agent: Agent, port: number, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json',
    };
    const sent = request({ agent, port, host: '127.0.0.1', path: '/mcp', method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
