import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from '../config/load.ts';
import { createKeyPair, publicHalf } from '../ssh/keys.ts';
import { UsageError } from './exit-code.ts';
import { makePrivateDirectory } from './open-config.ts';

export interface KeyFlags {
  /** An existing private key to use instead of one of our own. */
  readonly key?: string;
  /** Name of the environment variable that holds its passphrase. */
  readonly keyPassphraseEnv?: string;
}

export interface ServerKey {
  /** Absolute, as it will stand in servers.json. */
  readonly path: string;
  readonly publicLine: string;
  /** `given`: the operator has put it on the host. `made`: it cannot be there yet. */
  readonly origin: 'given' | 'found' | 'made';
}

/** The key of a server: the one named, else the one made for it before, else a new one. */
export async function keyForServer(name: string, flags: KeyFlags, config: Config): Promise<ServerKey> {
  const comment = `mcp-server@${name.replace(/[^\w.-]/g, '_')}`;
  const path = flags.key === undefined ? join(config.keysDir, `${name}_ed25519`) : resolve(flags.key);
  if (flags.key === undefined && !existsSync(path)) {
    await makePrivateDirectory(config.keysDir);
    return { path, publicLine: await createKeyPair(path, comment), origin: 'made' };
  }
  const { keyPassphraseEnv: variable } = flags;
  const half = await publicHalf(path, comment, variable === undefined ? undefined : config.secretFromEnv(variable));
  if ('line' in half) return { path, publicLine: half.line, origin: flags.key === undefined ? 'found' : 'given' };
  const hint = half.problem.startsWith('passphrase') ? ' Name its variable with --key-passphrase-env.' : '';
  throw new UsageError(`--key: ${path}: ${half.problem}.${hint}`);
}
