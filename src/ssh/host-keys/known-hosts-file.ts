import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, type BigIntStats } from 'node:fs';
import { hasErrorCode } from '../../base/error-code.ts';
import { GatewayError } from '../../base/errors.ts';
import { neutraliseLine } from '../../base/untrusted-text.ts';
import { KnownHosts } from './known-hosts.ts';

const maxFileBytes = 64 * 1024 * 1024;
const maxCachedFiles = 64;
/** A file changed this recently may change again without its times showing it: the kernel's clock ticks every 4 ms. */
const settledAfterMs = 100;

interface CachedFile {
  readonly version: string;
  readonly settled: boolean;
  readonly knownHosts: KnownHosts;
}

const empty = new KnownHosts(Buffer.alloc(0));
const cache = new Map<string, CachedFile>();

/**
 * The file as it is now, parsed once per version of it. A missing file is empty.
 *
 * A file that cannot be read is an error, unlike in OpenSSH: it may hold the line that revokes the key. So is one that
 * anybody on the machine may write to.
 */
export function readKnownHosts(path: string): KnownHosts {
  const before = facts(path);
  if (before === undefined || before.isCharacterDevice()) return empty;
  const cached = cache.get(path);
  if (cached?.settled && cached.version === versionOf(before)) return cached.knownHosts;
  const read = readVersion(path, before);
  if (cache.size >= maxCachedFiles) cache.clear();
  cache.set(path, read);
  return read.knownHosts;
}

function facts(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch (cause) {
    if (hasErrorCode(cause, 'ENOENT') || hasErrorCode(cause, 'ENOTDIR')) return undefined;
    throw unusable(path, 'cannot be read', cause);
  }
}

function readVersion(path: string, before: BigIntStats): CachedFile {
  if (!before.isFile()) throw unusable(path, 'is not a file');
  if ((before.mode & 0o002n) !== 0n)
    throw unusable(path, `may be written by anybody: chmod o-w ${neutraliseLine(path)}`);
  if (before.size > BigInt(maxFileBytes)) throw unusable(path, `is larger than ${maxFileBytes} bytes`);
  try {
    // Non-blocking: a pipe put in the file's place must not hold us up.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const opened = fstatSync(descriptor, { bigint: true });
      const settled = Date.now() - Number(opened.ctimeMs) > settledAfterMs;
      return { version: versionOf(opened), settled, knownHosts: new KnownHosts(readFileSync(descriptor)) };
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw unusable(path, 'cannot be read', cause);
  }
}

function versionOf({ dev, ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs, mode].join(':');
}

function unusable(path: string, why: string, cause?: unknown): GatewayError {
  const message = `The known_hosts file ${neutraliseLine(path)} ${why}. No host key can be verified until that is mended.`;
  return new GatewayError('config_invalid', message, { cause });
}
