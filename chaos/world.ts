import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSshd, type Sshd } from '../test/fixtures/sshd.ts';
import { startTcpProxy, type TcpProxy } from '../test/fixtures/tcp-proxy.ts';
import { temporaryFolder } from '../test/fixtures/temporary-folder.ts';
import { prepareFiles } from './files.ts';
import { GatewayProcess } from './gateway-process.ts';
import type { Place } from './kind.ts';

/** A host that is several servers to the gateway, each behind a proxy that can cut it off; and the gateway as it is shipped. */
export interface World extends Place, AsyncDisposable {
  readonly sshd: Sshd;
  readonly proxies: readonly TcpProxy[];
  readonly gateway: GatewayProcess;
  /** By which all that the calls start is known. */
  readonly tag: string;
  /** How often each call's command ran so far, by `call:port`. */
  executions(): ReadonlyMap<string, number>;
}

export interface WorldOptions {
  readonly seed: number;
  readonly hosts?: number;
  /** Whether the way to each host can be cut. */
  readonly links?: 'proxied' | 'direct';
}

export async function aWorld({ seed, hosts = 2, links = 'proxied' }: WorldOptions): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const sshd = stack.use(await startSshd({ ports: hosts, maxSessions: 10 }));
  const proxies: TcpProxy[] = [];
  if (links === 'proxied') for (const port of sshd.ports) proxies.push(stack.use(await startTcpProxy(port)));
  const ports = links === 'proxied' ? proxies.map(({ port }) => port) : sshd.ports;
  const directory = join(realpathSync(folder.path), 'on-the-host');
  mkdirSync(directory);
  prepareFiles(directory);
  const counter = join(folder.path, 'counter');
  writeFileSync(counter, '');
  const servers = ports.map((port, index): [string, object] => {
    const known = { host_key: sshd.hostKeys[0]?.publicLine ?? '' };
    return [`host-${index + 1}`, { host: sshd.address, port, user: sshd.user, ssh_key_path: sshd.keyPath, ...known }];
  });
  const gateway = stack.use(await GatewayProcess.start(join(folder.path, 'gateway'), Object.fromEntries(servers)));
  const tag = `chaos-${process.pid}-${seed}`;
  const open = stack.move();
  return {
    sshd,
    proxies,
    gateway,
    tag,
    directory,
    servers: servers.map(([name]) => name),
    begin: (n) => `export CHAOS_CALL=${tag}-${n}; echo "${n}:\${SSH_CONNECTION##* }" >>'${counter}'`,
    executions: () => {
      const counts = new Map<string, number>();
      for (const line of readFileSync(counter, 'utf8').split('\n').filter(Boolean)) {
        counts.set(line, (counts.get(line) ?? 0) + 1);
      }
      return counts;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
