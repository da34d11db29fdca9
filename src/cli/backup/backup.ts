import { chmod, copyFile, lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { hasErrorCode } from '../../base/error-code.ts';
import { GatewayError } from '../../base/errors.ts';
import { copyStore, version } from '../../compose-stores.ts';
import type { Config } from '../../config/load.ts';
import { openConfig, type CommonOptions } from '../open-config.ts';
import { recorded } from '../recorded.ts';
import { createScreen } from '../screen.ts';
import { manifestName, sha256Of, type Manifest, type ManifestFile } from './manifest.ts';
import { databaseEnding, isLeftOut, placesOf } from './places.ts';

/** Copies an installation into a new directory, with its keys and its record, while it runs. */
export async function backup(target: string, options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const directory = resolve(target);
  const change = {
    tool: 'backup',
    eventType: 'file_operation',
    metadata: { operation: 'backup', path: directory },
  } as const;
  const { files, skipped } = await recorded(change, { config, log }, () => copyAll(config, directory));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  screen.show({
    text: [
      `✓ ${files.length} files, ${bytes} bytes, in ${directory}`,
      'It holds private keys: keep it as you keep those.',
      ...skipped.map((path) => `Left out: ${path} is no regular file`),
    ],
    json: { success: true, directory, files: files.length, bytes, skipped },
  });
}

async function copyAll(
  config: Config,
  directory: string,
): Promise<{ readonly files: readonly ManifestFile[]; readonly skipped: readonly string[] }> {
  await makeNew(directory);
  const files: ManifestFile[] = [];
  const skipped: string[] = [];
  for (const [place, from] of placesOf(config)) {
    for (const path of await entriesOf(from)) {
      if (isLeftOut(place, path) || resolve(from, path).startsWith(`${directory}/`)) continue;
      const stats = await lstat(join(from, path));
      if (!stats.isFile()) {
        skipped.push(join(from, path));
        continue;
      }
      const to = join(directory, place, path);
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      await copyOne(join(from, path), to);
      const { size } = await lstat(to);
      const mode = stats.mode & 0o777;
      files.push({ place: placeNamed(place), path, bytes: size, sha256: await sha256Of(to), mode });
    }
  }
  const manifest: Manifest = { format: 1, version, made_at: new Date().toISOString(), files };
  // Last: a backup without it is one that did not come to its end.
  await writeFile(join(directory, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
  return { files, skipped };
}

function placeNamed(place: string): ManifestFile['place'] {
  if (place === 'config' || place === 'keys' || place === 'data') return place;
  throw new Error(`${place} is no place of a backup`);
}

async function copyOne(from: string, to: string): Promise<void> {
  if (from.endsWith(databaseEnding)) {
    await copyStore(from, to);
  } else {
    await copyFile(from, to);
  }
  await chmod(to, 0o600);
}

/** Never into one that has something in it. */
async function makeNew(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST'))
      throw new GatewayError('already_exists', `${directory} exists. Name a new directory.`);
    if (hasErrorCode(error, 'ENOENT'))
      throw new GatewayError('path_not_found', `${dirname(directory)} does not exist.`);
    throw error;
  }
}

/** Everything below a directory but directories; nothing where it is not there. */
async function entriesOf(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .toSorted();
}
