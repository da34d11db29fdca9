import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, readlink, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { hasErrorCode } from '../../base/error-code.ts';
import { GatewayError } from '../../base/errors.ts';
import { isMembers, readJsonFile, rewriteJsonFile, type JsonMembers } from '../../base/json-file.ts';
import type { Config } from '../../config/load.ts';
import { hashOfKey } from '../../identity/token-entry.ts';
import { askToConfirm } from '../ask.ts';
import { Cancelled } from '../exit-code.ts';
import { openConfig, type CommonOptions } from '../open-config.ts';
import { recorded } from '../recorded.ts';
import { createScreen } from '../screen.ts';
import { verifiedManifest, type Manifest } from './manifest.ts';
import { placesOf } from './places.ts';

export interface RestoreOptions extends CommonOptions {
  readonly replace?: boolean;
  readonly yes?: boolean;
}

/** Puts an installation back as a backup has it. Nothing is changed before every file of the backup has been verified. */
export async function restore(source: string, options: RestoreOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const directory = resolve(source);
  const manifest = await verifiedManifest(directory);
  await requireStopped(config);
  const present = targetsOf(config, manifest).filter(({ to }) => existsSync(to));
  if (present.length > 0 && options.replace !== true) {
    const message = `${present[0]?.to ?? ''} and ${present.length - 1} more exist. With --replace they are put aside.`;
    throw new GatewayError('already_exists', message);
  }
  screen.say(`Backup of ${manifest.made_at}, ${manifest.files.length} files, by version ${manifest.version}`);
  const message = 'Put this installation back as it was then?';
  const isSure = await askToConfirm(screen, { flag: '--yes', message, given: options.yes, otherwise: 'refuse' });
  if (!isSure) throw new Cancelled();

  const known = await tokensNow(config);
  const aside = await putBack(config, manifest, directory);
  const disabled = known === undefined ? [] : await disableRevoked(config, known);
  const metadata = {
    operation: 'restore',
    path: directory,
    made_at: manifest.made_at,
    tokens_disabled: disabled.length,
  };
  await recorded({ tool: 'restore', eventType: 'file_operation', metadata }, { config, log }, async () => undefined);
  screen.show({
    text: [
      `✓ ${manifest.files.length} files put back`,
      ...(aside === undefined ? [] : [`What was there is beside it, with the ending ${aside}`]),
      ...disabled.map((name) => `Disabled, for it was revoked or disabled since: token '${name}'`),
      ...(known === undefined ? ['Revoke what tokens you have revoked since then: sallyport token list'] : []),
      'Next: sallyport doctor; sallyport audit verify',
    ],
    json: { success: true, files: manifest.files.length, put_aside: aside ?? null, tokens_disabled: disabled },
  });
}

interface Target {
  readonly from: string;
  readonly to: string;
  readonly mode: number;
}

function targetsOf(config: Config, { files }: Manifest, directory = ''): readonly Target[] {
  const places = placesOf(config);
  return files.flatMap(({ place, path, mode }) => {
    const at = places.get(place);
    return at === undefined ? [] : [{ from: join(directory, place, path), to: join(at, path), mode: mode & 0o755 }];
  });
}

/** Databases that a process has open must not be replaced below it. */
async function requireStopped({ dataDir }: Config): Promise<void> {
  const directory = await realpath(dataDir).catch(() => undefined);
  const pid = directory && (await processUsing(directory));
  if (pid === undefined) return;
  throw new GatewayError('busy', `Process ${pid} uses ${dataDir}: a gateway, most likely. Stop it first.`);
}

/** A process that has the directory open, or a file of it, among those that we may look at: proc(5), `fd`. */
async function processUsing(directory: string): Promise<string | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (pid === String(process.pid)) continue;
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const file = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (file === directory || file.startsWith(`${directory}/`)) return pid;
    }
  }
  return undefined;
}

/** Returns the ending under which what was there is found now. What does not fit on the disk changes nothing. */
async function putBack(config: Config, manifest: Manifest, directory: string): Promise<string | undefined> {
  const targets = targetsOf(config, manifest, directory);
  const newNameOf = ({ to }: Target): string => `${to}.restoring`;
  try {
    for (const target of targets) {
      await mkdir(dirname(target.to), { recursive: true, mode: 0o700 });
      await copyFile(target.from, newNameOf(target));
      await chmod(newNameOf(target), target.mode);
    }
  } catch (cause) {
    for (const target of targets) await rm(newNameOf(target), { force: true });
    const why = hasErrorCode(cause, 'ENOSPC') ? 'the disk is full' : 'a file cannot be written';
    throw new GatewayError('disk_full', `Not restored: ${why}. Nothing was changed.`, { cause });
  }
  const ending = `.before-restore-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  let wasThere = false;
  for (const target of targets) {
    for (const path of [target.to, `${target.to}-wal`, `${target.to}-shm`]) {
      if (!existsSync(path)) continue;
      await rename(path, `${path}${ending}`);
      wasThere = true;
    }
    await rename(newNameOf(target), target.to);
  }
  return wasThere ? ending : undefined;
}

/** The hashes of those tokens that may be used now; undefined where there is no file of tokens. */
async function tokensNow({ tokensFile }: Config): Promise<ReadonlySet<string | undefined> | undefined> {
  const json = await readJsonFile(tokensFile);
  if (json === undefined) return undefined;
  const tokens = tokensOf(json.value);
  const enabled = Object.keys(tokens).filter((key) => !isDisabled(tokens[key]));
  return new Set(enabled.map((key) => hashOfKey(key)?.hash));
}

/** A token that was taken away since the backup does not come back by it. */
async function disableRevoked(
  { tokensFile }: Config,
  known: ReadonlySet<string | undefined>,
): Promise<readonly string[]> {
  if (!existsSync(tokensFile)) return [];
  const disabled: string[] = [];
  await rewriteJsonFile(tokensFile, (members) => {
    const tokens = Object.entries(tokensOf(members)).map(([key, entry]): [string, unknown] => {
      if (known.has(hashOfKey(key)?.hash) || !isMembers(entry) || isDisabled(entry)) return [key, entry];
      disabled.push(typeof entry['name'] === 'string' ? entry['name'] : 'unnamed');
      return [key, { ...entry, enabled: false }];
    });
    return { ...members, tokens: Object.fromEntries(tokens) };
  });
  return disabled;
}

function tokensOf(value: unknown): JsonMembers {
  const tokens = isMembers(value) ? value['tokens'] : undefined;
  return isMembers(tokens) ? tokens : {};
}

function isDisabled(entry: unknown): boolean {
  return isMembers(entry) && entry['enabled'] === false;
}
