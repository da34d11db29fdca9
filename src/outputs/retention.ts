import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsent, isOutputId } from './output-file.ts';

interface Entry {
  readonly directory: string;
  /** Milliseconds since the epoch, of the last file made in it. */
  readonly at: number;
  readonly bytes: number;
}

/**
 * Removes outputs made before `notBefore`, then the oldest until the rest fits in `maxBytes`.
 *
 * Looks at the disk, not at what this process made: several processes share the directory. Never follows a link, and
 * leaves alone what does not bear one of our ids.
 */
export async function prune(parent: string, limits: { notBefore: number; maxBytes: number }): Promise<void> {
  const entries = await listEntries(parent);
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  for (const entry of entries.sort((a, b) => a.at - b.at)) {
    if (entry.at >= limits.notBefore && bytes <= limits.maxBytes) return;
    await rm(entry.directory, { recursive: true, force: true });
    bytes -= entry.bytes;
  }
}

async function listEntries(parent: string): Promise<Entry[]> {
  const found = await readdir(parent, { withFileTypes: true });
  const names = found.filter((entry) => entry.isDirectory() && isOutputId(entry.name)).map((entry) => entry.name);
  const entries: Entry[] = [];
  for (const name of names) {
    const entry = await measure(join(parent, name));
    if (entry) entries.push(entry);
  }
  return entries;
}

/** Undefined when another process was faster. */
async function measure(directory: string): Promise<Entry | undefined> {
  try {
    const { mtimeMs } = await stat(directory);
    const files = await Promise.all((await readdir(directory)).map((file) => stat(join(directory, file))));
    return { directory, at: mtimeMs, bytes: files.reduce((sum, file) => sum + file.size, 0) };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
