import { GatewayError } from '../../base/errors.ts';
import type { DirectoryEntry } from './file-access.ts';
import type { Attributes } from './sftp-packets.ts';
import type { Sftp } from './sftp.ts';

const typeBits = 0o170000;
const types: Readonly<Record<number, DirectoryEntry['type']>> = {
  0o010000: 'pipe',
  0o020000: 'character_device',
  0o040000: 'directory',
  0o060000: 'block_device',
  0o100000: 'file',
  0o120000: 'symlink',
  0o140000: 'socket',
};

/** The letters of `ls -l`. */
export const typeLetters: Readonly<Record<DirectoryEntry['type'], string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  socket: 's',
  pipe: 'p',
  block_device: 'b',
  character_device: 'c',
  other: '?',
};

/** The type in the mode bits; `other` where the host gives none. */
export function typeOf({ mode = 0 }: Attributes): DirectoryEntry['type'] {
  return types[mode & typeBits] ?? 'other';
}

/** Refuses what is not a regular file. Opening a pipe could hang the server for all. */
export function mustBeRegular(attributes: Attributes, path: string): void {
  const type = typeOf(attributes);
  if (type === 'file') return;
  if (type === 'directory') {
    throw new GatewayError('is_a_directory', `${path} is a directory. List it with list_directory.`);
  }
  const message = `${path} is not a regular file: devices, sockets and pipes are not read or written.`;
  throw new GatewayError('path_not_permitted', message);
}

/** Checks after opening that `path` still leads where it led when it was judged: a link swapped in between is refused. */
export async function mustLeadToItself(sftp: Sftp, path: string): Promise<void> {
  if ((await sftp.realpath(path)) === path) return;
  throw new GatewayError('path_not_permitted', `${path} became a symbolic link while it was being opened. Try again.`);
}
