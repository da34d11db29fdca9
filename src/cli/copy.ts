import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Config } from '../config/load.ts';
import type { JsonObject } from '../tools/tool.ts';
import { Failed, UsageError } from './exit-code.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { callAsTyped, openOperatorGateway } from './operator-gateway.ts';
import { createScreen } from './screen.ts';
import { serverEntries } from '../hosts/edit-servers.ts';
import { stopSignal } from './stop-signal.ts';

export interface CopyOptions extends CommonOptions {
  readonly overwrite?: string;
}

/** A person waits as long as it takes, and stops it by hand. */
const timeoutSeconds = 86_400;

/** Copies a file or a directory between this machine and a server, or two servers, as `transfer_file` does. */
export async function copy(from: string, to: string, options: CopyOptions): Promise<void> {
  const screen = createScreen(options);
  const stop = stopSignal();
  const { config, log } = await openConfig(options);
  const names = new Set(Object.keys(await serverEntries(config.serversFile)));
  const [source, target] = [await endOf(from, names), await endOf(to, names)];
  if (source.server === undefined && target.server === undefined) {
    throw new UsageError(
      `one of the two must be on a server, as NAME:/path. Servers: ${[...names].join(', ') || 'none'}`,
    );
  }
  const input = {
    ...(source.server !== undefined && { from_server: source.server }),
    from_path: source.path,
    ...(target.server !== undefined && { to_server: target.server }),
    to_path: target.path,
    overwrite: options.overwrite ?? 'never',
    timeout: timeoutSeconds,
  };
  await using gateway = await openOperatorGateway(withWholeDisk(config), { log });
  const json = await callAsTyped(gateway, { tool: 'transfer_file', input }, { signal: stop, report });
  screen.show({ text: linesOf(json), json });
  if (json['success'] !== true) throw new Failed('not all of it was copied');
}

/** The person at the command line may read and write here what the account may. */
function withWholeDisk(config: Config): Config {
  return { ...config, transferDir: '/' };
}

interface End {
  readonly server: string | undefined;
  readonly path: string;
}

/** `name:path` is on the server of that name; all else is here, from the working directory on. */
async function endOf(text: string, servers: ReadonlySet<string>): Promise<End> {
  const [name = '', ...rest] = text.split(':');
  if (rest.length > 0 && servers.has(name)) return { server: name, path: rest.join(':') };
  const path = resolve(text);
  const parent = await realpath(dirname(path)).catch(() => dirname(path));
  return { server: undefined, path: path === '/' ? path : join(parent, basename(path)) };
}

function report(progress: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${progress}`);
}

function linesOf(json: JsonObject): readonly string[] {
  const { success, bytes, changed, left_out: leftOut, error } = json;
  const done = changed === false ? 'It was there already' : `${String(bytes)} bytes, verified by SHA-256`;
  const problems: readonly unknown[] = Array.isArray(leftOut) ? leftOut : [];
  return [
    success === true ? `✓ ${done}` : `✗ ${typeof error === 'string' ? error : 'Not all of it was copied'}`,
    ...problems.map((problem) => `Left out: ${typeof problem === 'string' ? problem : JSON.stringify(problem)}`),
  ];
}
