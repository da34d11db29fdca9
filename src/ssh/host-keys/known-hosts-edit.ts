import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '../../base/atomic-file.ts';
import { hasErrorCode } from '../../base/error-code.ts';
import { GatewayError } from '../../base/errors.ts';
import { withFileLock } from '../../base/file-lock.ts';
import { neutraliseLine } from '../../base/untrusted-text.ts';
import { matchPatterns } from '../../hosts/host-pattern.ts';
import { isFor, parseLine, splitLines, type KnownHostsLine } from './known-hosts.ts';
import { isSameKey, type PublicKey } from './public-key.ts';

/** A key for a name as `lookupName` makes it, in one file. */
export interface KnownHostsEntry {
  readonly path: string;
  readonly name: string;
  readonly key: PublicKey;
}

/** Appends the key's line, unless it is there. Everything else stays byte for byte; a torn line of old is ended first. */
export function addKnownKey({ path, name, key }: KnownHostsEntry): Promise<'added' | 'present'> {
  return editing({ path, name }, async (before, target) => {
    if (splitLines(before).some((line) => isPresent(parseLine(line), name, key))) return 'present';
    const newline = before.length > 0 && before.at(-1) !== 0x0a ? '\n' : '';
    await append(target, Buffer.from(`${newline}${lineOf(name, key)}`, 'latin1'));
    return 'added';
  });
}

/**
 * Makes the key the only one the file holds for the name, and says how many lines the others were in. Lines marked
 * `@revoked` and `@cert-authority` stay, and so does what a line says of other hosts.
 */
export function replaceKnownKeys({ path, name, key }: KnownHostsEntry): Promise<{ removed: number }> {
  return editing({ path, name }, async (before, target) => {
    let removed = 0;
    const kept = splitLines(before).flatMap((text) => {
      const line = parseLine(text);
      if (line?.marker !== 'none' || !isFor(line.host, name)) return [text];
      removed += 1;
      return withoutName(text, line, name);
    });
    const ended = kept.at(-1) === '' ? kept.slice(0, -1) : kept;
    await replaceFile(target, Buffer.from([...ended, lineOf(name, key)].join('\n'), 'latin1'));
    return { removed };
  });
}

type Place = Pick<KnownHostsEntry, 'path' | 'name'>;
type Edit<T> = (before: Buffer, target: string) => Promise<T>;

/** Gives the edit the file's content, alone among all processes of ours, and where the file really is. */
async function editing<T>({ path, name }: Place, edit: Edit<T>): Promise<T> {
  requirePlainName(name);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await withFileLock(path, async (target) => edit(await readOrEmpty(target), target));
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    const why = 'code' in cause ? String(cause.code) : 'it failed';
    const message = `The known_hosts file ${neutraliseLine(path)} cannot be changed (${why}). Check its directory and free space.`;
    throw new GatewayError('config_invalid', message, { cause });
  }
}

function lineOf(name: string, key: PublicKey): string {
  return `${name} ${key.type} ${key.blob.toString('base64')}\n`;
}

function isPresent(line: KnownHostsLine | undefined, name: string, key: PublicKey): boolean {
  return line?.marker === 'none' && isSameKey(line.key, key) && isFor(line.host, name);
}

/** The line for the other hosts it names, or nothing. Where a wildcard covers the name, it is excepted by `!name`. */
function withoutName(text: string, { host, hostText, hostStart }: KnownHostsLine, name: string): readonly string[] {
  if (host.kind === 'hashed') return [];
  const others = hostText.split(',').filter((_, index) => host.patterns[index] !== name);
  if (others.every((pattern) => pattern.startsWith('!'))) return [];
  const lowered = host.patterns.filter((pattern) => pattern !== name);
  const rest = matchPatterns(name, lowered) === 'matched' ? [`!${name}`, ...others] : others;
  return [text.slice(0, hostStart) + rest.join(',') + text.slice(hostStart + hostText.length)];
}

/** A comma, a wildcard or a marker in a name would make the line speak for hosts that nobody meant. */
function requirePlainName(name: string): void {
  if (/^[\x21-\x7E\x80-\xFF]+$/.test(name) && !/[,*?!]|^[|#@]/.test(name)) return;
  throw new GatewayError(
    'config_invalid',
    'The address of this host cannot stand in a known_hosts file. Mend its address.',
  );
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}

/** One write at the end, as ssh itself adds lines: one that ssh adds meanwhile is not lost. */
async function append(path: string, line: Buffer): Promise<void> {
  await using file = await open(path, 'a', 0o600);
  const { size } = await file.stat();
  try {
    await file.appendFile(line);
    await file.sync();
  } catch (error) {
    await file.truncate(size);
    throw error;
  }
}
