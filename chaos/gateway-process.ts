import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../test/fixtures/ports.ts';
import { runOrThrow } from '../test/fixtures/run.ts';
import type { Answer } from './kind.ts';

const token = 'tok_9c1b5a7d3e8f40216a5d7c9e1b3f5082';
const metricsToken = 'the-figures-of-a-gateway-that-is-tried';
const main = join(import.meta.dirname, '../src/main.ts');

/** `sallyport serve` in a process of its own, which is killed and started again. */
export class GatewayProcess implements AsyncDisposable {
  readonly directory: string;
  readonly #port: number;
  #process: ChildProcess | undefined;

  constructor(directory: string, port: number) {
    this.directory = directory;
    this.#port = port;
  }

  /** On a configuration that holds these servers. */
  static async start(directory: string, servers: Readonly<Record<string, object>>): Promise<GatewayProcess> {
    const config = join(directory, 'config');
    mkdirSync(config, { recursive: true, mode: 0o700 });
    const write = (name: string, json: object): void =>
      writeFileSync(join(config, name), JSON.stringify(json), { mode: 0o600 });
    write('servers.json', { servers });
    write('tokens.json', { tokens: { [token]: { name: 'chaos', permissions: ['execute', 'read', 'write'] } } });
    const [port = 0] = await freePorts(1);
    const gateway = new GatewayProcess(directory, port);
    await gateway.begin();
    return gateway;
  }

  /** Ends it, and waits until it has ended. */
  async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const running = this.#process;
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  }

  /** Of the process that runs now; undefined where none does. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** What it answers at /metrics. */
  async metrics(): Promise<string> {
    const headers = { authorization: `Bearer ${metricsToken}` };
    return await (await fetch(`http://127.0.0.1:${this.#port}/metrics`, { headers })).text();
  }

  async begin(): Promise<void> {
    const child = spawn(process.execPath, [main, 'serve', '--port', String(this.#port)], {
      cwd: this.directory,
      env: this.#environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.#process = child;
    for (let tries = 0; tries < 600 && child.exitCode === null; tries += 1) {
      const isReady = await fetch(`http://127.0.0.1:${this.#port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      await sleep(50);
    }
    throw new Error('the gateway did not start');
  }

  /** Runs a command of Sallyport, and returns what it printed as JSON. */
  async command(...args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const options = { cwd: this.directory, env: this.#environment };
    const printed: unknown = JSON.parse(await runOrThrow(process.execPath, [main, ...args, '--json'], options));
    return printed as Readonly<Record<string, unknown>>;
  }

  /** Calls a tool. A call that could not be sent is sent again, once the gateway is back. */
  async call(name: string, args: object, signal: AbortSignal): Promise<Answer> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    for (;;) {
      try {
        const sent = { method: 'POST', headers, body, signal };
        const response = await fetch(`http://127.0.0.1:${this.#port}/mcp`, sent);
        if (!response.ok) return { kind: 'refused', why: `${response.status} ${await response.text()}` };
        const { result } = (await response.json()) as { result?: { structuredContent?: Record<string, unknown> } };
        if (!result?.structuredContent) throw new Error(`${name} was answered without a result`);
        return { kind: 'result', json: result.structuredContent };
      } catch (error) {
        if (!(error instanceof Error) || signal.aborted) return { kind: 'none' };
        if (!isRefused(error)) {
          if (error.message.includes('without a result')) throw error;
          return { kind: 'none' };
        }
        await sleep(100);
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop('SIGKILL');
  }

  get #environment(): Record<string, string> {
    const { directory } = this;
    const settings = {
      LOG_LEVEL: 'fatal',
      RATE_LIMIT_ENABLED: 'false',
      SALLYPORT_JOBS_PER_CALLER: '10000',
      METRICS_TOKEN: metricsToken,
    };
    return { PATH: process.env['PATH'] ?? '', HOME: directory, ...settings };
  }
}

/** Nobody listened: nothing was sent. */
function isRefused({ cause }: Error): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}
