import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog, type Log } from '../../src/base/log.ts';
import { listen } from '../../src/cli/listen.ts';
import { composeGateway, type RunningGateway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load.ts';
import { freePorts } from '../fixtures/ports.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

export const token = 'tok_5f0c9a7e31b84d26a1c3e5f7b9d80246';
export const readOnlyToken = 'tok_0f9e8d7c6b5a49382716f5e4d3c2b1a0';

export const fullEntry = { name: 'full', permissions: ['read', 'execute', 'write', 'install', 'manage'] };
export const readOnlyEntry = { name: 'reader', permissions: ['read'] };

export interface OAuthGateway extends AsyncDisposable {
  readonly url: string;
  readonly running: RunningGateway;
  writeTokens(tokens: Readonly<Record<string, object>>): void;
  /** Ends the process, as far as anybody can see, and starts another on the same files. */
  restart(): Promise<void>;
  path(name: string): string;
  write(name: string, text: string): void;
  /** The text of a file in its folder; empty where there is none. */
  read(name: string): string;
  mode(name: string): number;
}

export interface OAuthGatewayOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly log?: Log;
  /** A free one unless given. */
  readonly port?: number;
  /** The text of sallyport.yaml. */
  readonly settings?: string;
  /** How documents of clients are fetched. */
  readonly fetchDocument?: (url: string) => Promise<Response>;
}

/** The gateway with its listener and OAuth on, on files and a port of its own; it has no servers. */
export async function anOAuthGateway({
  environment = {},
  log = silentLog,
  port,
  settings,
  fetchDocument,
}: OAuthGatewayOptions = {}): Promise<OAuthGateway> {
  const folder = temporaryFolder();
  mkdirSync(join(folder.path, 'config'), { mode: 0o700 });
  const path = (name: string): string => join(folder.path, name);
  const configure = (name: string, content: object): void =>
    writeFileSync(join(folder.path, 'config', name), JSON.stringify(content), { mode: 0o600 });
  const writeTokens = (tokens: Readonly<Record<string, object>>): void => configure('tokens.json', { tokens });
  configure('servers.json', { servers: {} });
  writeTokens({ [token]: fullEntry, [readOnlyToken]: readOnlyEntry });
  if (settings !== undefined) writeFileSync(path('config/sallyport.yaml'), settings, { mode: 0o600 });
  const [free] = await freePorts(1);
  const config = await loadConfig({
    use: 'serve',
    flags: {},
    environment: { PORT: String(port ?? free), OAUTH_ENABLED: 'true', ...environment },
    workingDir: folder.path,
  });
  const start = async () => {
    const composed = await composeGateway(config, { log });
    const oauth = composed.oauth && { ...composed.oauth, ...(fetchDocument && { fetchDocument }) };
    const running = { ...composed, oauth };
    return { running, listener: await listen(config, running, log) };
  };
  const stop = async ({ running, listener }: Awaited<ReturnType<typeof start>>): Promise<void> => {
    await listener.close({ graceMs: 0 });
    await running[Symbol.asyncDispose]();
  };
  let started = await start();
  return {
    get url() {
      return started.listener.url;
    },
    get running() {
      return started.running;
    },
    writeTokens,
    path,
    write: (name, text) => writeFileSync(path(name), text, { mode: 0o600 }),
    read: (name) => (existsSync(path(name)) ? readFileSync(path(name), 'latin1') : ''),
    mode: (name) => statSync(path(name)).mode & 0o777,
    async restart() {
      await stop(started);
      started = await start();
    },
    async [Symbol.asyncDispose]() {
      await stop(started);
      folder[Symbol.dispose]();
    },
  };
}
