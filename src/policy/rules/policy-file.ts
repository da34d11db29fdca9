import { readFile } from 'node:fs/promises';
import { hasErrorCode } from '../../base/error-code.ts';
import { GatewayError } from '../../base/errors.ts';
import { checkConfigFile } from '../../base/file-modes.ts';
import type { Log } from '../../base/log.ts';
import { configInvalid } from '../../base/problem.ts';
import { fileStamp, watchFile } from '../../base/watch-file.ts';
import { builtInPolicy } from './built-in-policy.ts';
import type { LoadedPolicy } from './loaded-policy.ts';

export interface PolicyFileOptions {
  readonly file: string;
  readonly log: Log;
  /** Told of the policy that is in force, at once and whenever it changes. */
  readonly onPolicy: (policy: LoadedPolicy) => void;
}

export interface PolicyFile extends Disposable {
  /** Undefined while what is in force is what the file says. */
  problem(): string | undefined;
}

/**
 * Keeps the policy of policy.yaml in force until disposed. A missing file means the built-in profiles alone. Throws
 * `config_invalid` where the file is bad at the start; one that turns bad later leaves the policy as it was.
 */
export async function openPolicyFile({ file, log, onPolicy }: PolicyFileOptions): Promise<PolicyFile> {
  const stamp = await fileStamp(file);
  let version = '';
  let isBroken = false;
  const take = (policy: LoadedPolicy): boolean => {
    const isNew = policy.version !== version;
    version = policy.version;
    if (isNew) onPolicy(policy);
    return isNew;
  };
  take(await loadPolicy(file, log));
  const reload = async (): Promise<void> => {
    try {
      if (take(await loadPolicy(file, log))) log.info({ version }, `${file} was taken in`);
      isBroken = false;
    } catch (error) {
      isBroken = true;
      if (!(error instanceof GatewayError)) throw error;
      log.error(`${error.message}. The old policy stays.`);
    }
  };
  const watch = watchFile(file, { stamp, onChange: reload, log });
  return {
    problem: () => (isBroken ? 'policy.yaml has a mistake: what it said before is in force' : undefined),
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
}

export async function loadPolicy(file: string, log: Log): Promise<LoadedPolicy> {
  const text = await textOf(file, log);
  if (text === undefined) return builtInPolicy;
  // Loaded here, for those who have such a file.
  const { readPolicy } = await import('./read-policy.ts');
  return await readPolicy(file, text);
}

/** Until the file changes, trying again would not help. */
const lasting = ['EACCES', 'ELOOP', 'ENOTDIR'];

async function textOf(file: string, log: Log): Promise<string | undefined> {
  try {
    for (const warning of await checkConfigFile(file)) log.warn(warning);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    const code = lasting.find((one) => hasErrorCode(error, one));
    throw code === undefined ? error : configInvalid([`${file}: cannot be read (${code})`]);
  }
}
