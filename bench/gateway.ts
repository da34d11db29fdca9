import { spawn, type ChildProcess } from 'node:child_process';
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

/** What the launcher starts, on the built bundle: `npm run bench` builds it first. */
export const sallyport: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=2',
  '--external-memory-accounted-in-global-limit',
  '--initial-old-space-size=96',
  join(import.meta.dirname, '../dist/sallyport.js'),
];

export interface Installation extends Disposable {
  readonly directory: string;
  /** Names of the servers, one a port. */
  readonly servers: readonly string[];
}

/** A configuration directory that knows every given port of the host as a server of its own. */
export function anInstallation(sshd: Sshd, ports: readonly number[] = sshd.ports): Installation {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
  const config = join(directory, 'config');
  mkdirSync(config, { mode: 0o700 });
  const write = (name: string, text: string): void => writeFileSync(join(config, name), text, { mode: 0o600 });
  const key = sshd.hostKeys[0]?.publicLine ?? '';
  const entry = { host: sshd.address, user: sshd.user, ssh_key_path: sshd.keyPath, host_key: key };
  const servers = ports.map((port, n): [string, object] => [`bench-${n + 1}`, { ...entry, port }]);
  const security = { forbidden_commands: ['mkfs'] };
  write('servers.json', JSON.stringify({ servers: Object.fromEntries(servers), security }));
  write(
    'tokens.json',
    JSON.stringify({ tokens: { [token]: { name: 'bench', permissions: ['execute', 'read', 'write'] } } }),
  );
  write('known_hosts', readFileSync(sshd.knownHostsPath, 'utf8'));
  return {
    directory,
    servers: servers.map(([name]) => name),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

export interface Gateway extends AsyncDisposable {
  readonly servers: readonly string[];
  readonly pid: number;
  readonly url: string;
  /** The structured content of the tool's answer. */
  call(tool: string, args: object): Promise<Record<string, unknown>>;
}

export interface GatewayOptions {
  readonly ports?: readonly number[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** `sallyport serve` in a process of its own, called over HTTP on connections that stay open. */
export async function serveGateway(sshd: Sshd, { ports, environment }: GatewayOptions = {}): Promise<Gateway> {
  const installation = anInstallation(sshd, ports);
  const [port = 0] = await freePorts(1);
  const gateway = spawn(process.execPath, [...sallyport, 'serve', '--port', String(port)], {
    cwd: installation.directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: installation.directory, LOG_LEVEL: 'error', ...environment },
  });
  await untilReady(port, gateway);
  const agent = new Agent({ keepAlive: true });
  let id = 0;
  return {
    servers: installation.servers,
    pid: gateway.pid ?? 0,
    url: `http://127.0.0.1:${port}`,
    call: async (name, args) => {
      id += 1;
      const params = { name, arguments: args };
      const answer = await post(agent, port, JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }));
      const { result } = JSON.parse(answer) as { result?: { structuredContent?: Record<string, unknown> } };
      if (!result?.structuredContent) throw new Error(`${name} answered ${answer}`);
      return result.structuredContent;
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      gateway.kill('SIGTERM');
      await once(gateway, 'exit');
      installation[Symbol.dispose]();
    },
  };
}

/** Its first server, as a contender. The contender does not own the gateway. */
export function overHttp(gateway: Gateway): Contender {
  return {
    name: 'gateway over HTTP',
    run: async (command) => {
      const { stdout, error } = await gateway.call('execute_command', { server: gateway.servers[0], command });
      return typeof stdout === 'string' ? stdout : JSON.stringify(error);
    },
    async [Symbol.asyncDispose]() {},
  };
}

async function untilReady(port: number, gateway: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && gateway.exitCode === null; tries += 1) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await sleep(50);
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
