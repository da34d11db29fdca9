import { posix } from 'node:path';
import { GatewayError } from '../../base/errors.ts';
import { statusOf } from './file-error.ts';
import { statusCode } from './sftp-packets.ts';
import type { Sftp } from './sftp.ts';

/** Links followed by hand before a chain of them is taken for a loop; Linux stops at 40 too (path_resolution(7)). */
const maxLinks = 40;
/** PATH_MAX of Linux, in bytes. */
const maxPathBytes = 4096;

/**
 * Where a path leads on the host: absolute, without symlinks, `.` or `..`.
 *
 * Relative paths start at the account's home, and so does a leading `~/`. A path that does not exist yet resolves to
 * its parent's real path plus the last name; a dangling symlink to the place it points at.
 */
export async function resolvePath(sftp: Sftp, path: string): Promise<string> {
  let wanted = await expandHome(sftp, path);
  for (let links = 0; links < maxLinks; links += 1) {
    try {
      return absolute(await sftp.realpath(wanted));
    } catch (error) {
      if (statusOf(error) !== statusCode.noSuchFile) throw error;
    }
    const parent = absolute(await sftp.realpath(posix.dirname(wanted)));
    const last = posix.join(parent, posix.basename(wanted));
    const target = await sftp.readlink(last).catch((error: unknown) => {
      if (statusOf(error) === undefined) throw error;
      return undefined;
    });
    if (target === undefined) return last;
    wanted = posix.resolve(parent, target);
  }
  throw new GatewayError('path_not_permitted', `${path} is a loop of symbolic links. Name the file itself.`);
}

async function expandHome(sftp: Sftp, path: string): Promise<string> {
  if (path === '~') return sftp.realpath('.');
  if (path.startsWith('~/')) return posix.join(await sftp.realpath('.'), path.slice(2));
  return path;
}

/** A hostile server could answer anything; only a clean absolute path is judged and used. */
export function absolute(path: string): string {
  const isShort = Buffer.byteLength(path) <= maxPathBytes;
  if (isShort && path.startsWith('/') && !path.includes('\0') && posix.normalize(path) === path) return path;
  const message = 'The host says that the path leads to something that is no absolute path. Tell the operator.';
  throw new GatewayError('path_not_permitted', message);
}
