import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { hasErrorCode } from '../base/error-code.ts';
import { isMembers, type JsonMembers } from '../base/json-file.ts';
import type { Config } from '../config/load.ts';
import { editServers, isDemo, serverEntries } from '../hosts/edit-servers.ts';
import { readServers } from '../hosts/read-servers.ts';
import { parseJson } from '../base/json-file.ts';
import { startDemoServer, type DemoServer } from '../ssh/demo/demo-server.ts';
import { createKeyPair, publicHalf } from '../ssh/keys.ts';
import { replaceHostKeys } from '../ssh/host-keys/trust-host-key.ts';
import { makePrivateDirectory } from './open-config.ts';

export const demoName = 'demo';
const address = '127.0.0.1';

/** A host to try the gateway on, in this process. It is no sandbox: commands there run as whoever runs us. */
export interface DemoHost extends AsyncDisposable {
  /** Scratch directory in which commands start; removed at the end. */
  readonly home: string;
}

/** Whether servers.json holds a server that is not a demo. */
export async function hasRealServer(config: Config): Promise<boolean> {
  return Object.values(await serverEntries(config.serversFile)).some((entry) => !isDemo(entry));
}

export async function dropDemoEntries(config: Config): Promise<void> {
  const entries = Object.values(await serverEntries(config.serversFile));
  if (entries.some(isDemo)) await editServers(config.serversFile, withoutDemo);
}

function withoutDemo(servers: JsonMembers): JsonMembers {
  return Object.fromEntries(Object.entries(servers).filter(([, entry]) => !isDemo(entry)));
}

/** Starts the demo host, stores its key as known, and enters it in servers.json. */
export async function openDemoHost(config: Config): Promise<DemoHost> {
  await using stack = new AsyncDisposableStack();
  await makePrivateDirectory(config.keysDir);
  const clientKey = await demoKey(config, 'demo_ed25519');
  const hostKey = await demoKey(config, 'demo_host_ed25519');
  const home = await mkdtemp(join(tmpdir(), 'sallyport-demo-'));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'welcome.txt'), 'This is the scratch home of the demo server.\n');
  const options = { home, hostKey: await readFile(hostKey.path), authorizedKey: clientKey.line, address } as const;
  const server = stack.use(await startOn(await portOfLastTime(config), options));
  const entry = {
    host: address,
    port: server.port,
    user: userInfo().username,
    ssh_key_path: clientKey.path,
    ssh_key_passphrase_env: null,
    tags: ['demo'],
    enabled: true,
    description: 'Runs inside Sallyport, as the user who started it. Goes when a real server is added.',
    demo: true,
  };
  await trustDemoKey(config, entry, server.hostKey);
  await editServers(config.serversFile, (servers) => ({ ...withoutDemo(servers), [demoName]: entry }));
  const open = stack.move();
  return { home, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

async function demoKey(config: Config, name: string): Promise<{ readonly path: string; readonly line: string }> {
  const path = join(config.keysDir, name);
  if (!existsSync(path)) return { path, line: await createKeyPair(path, 'sallyport-demo') };
  const half = await publicHalf(path, 'sallyport-demo', undefined);
  if ('line' in half) return { path, line: half.line };
  throw new Error(`${path}: ${half.problem}. Remove it, and the next start makes a new one.`);
}

async function portOfLastTime(config: Config): Promise<number> {
  const entry = (await serverEntries(config.serversFile))[demoName];
  return isMembers(entry) && typeof entry['port'] === 'number' ? entry['port'] : 0;
}

async function startOn(
  port: number,
  options: Omit<Parameters<typeof startDemoServer>[0], 'port'>,
): Promise<DemoServer> {
  try {
    return await startDemoServer({ ...options, port });
  } catch (error) {
    if (port === 0 || !hasErrorCode(error, 'EADDRINUSE')) throw error;
    return await startDemoServer(options);
  }
}

async function trustDemoKey(config: Config, entry: JsonMembers, blob: Buffer): Promise<void> {
  const json = parseJson(config.serversFile, JSON.stringify({ servers: { [demoName]: entry } }));
  const reading = { ...config, knownHostsFiles: [config.knownHostsFile], use: 'team', demoEntries: 'served' } as const;
  const [host] = readServers(json, reading).hosts.values();
  if (host === undefined) throw new Error('the demo entry is not a server entry');
  await replaceHostKeys(host, blob);
}
