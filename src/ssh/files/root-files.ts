import { GatewayError, type ErrorCode } from '../../base/errors.ts';
import { shellWord } from '../../base/shell-word.ts';
import type { FileAttributes, FileBefore } from '../../changes/change.ts';
import { hashOf } from './content-hash.ts';
import type { HostId } from '../../hosts/host.ts';
import type { Connection } from '../connect/connection.ts';
import { unlessAborted } from '../deadline.ts';
import { readAll } from '../runs/channel.ts';
import type { DirectoryEntry, DirectoryListing } from './file-access.ts';
import { typeLetters, typeOf } from './file-checks.ts';
import type { ByteSource } from './file-chunks.ts';
import type { HostFiles } from './host-files.ts';
import { maxHashedBytes, readRange, type ReadableFile } from './read-file.ts';
import { absolute } from './resolve-path.ts';
import { rootScript } from './root-script.ts';
import type { OverwriteOptions, WrittenFile } from './write-file.ts';

const firstReadBytes = 256 * 1024;
const nextReadBytes = 4 * 1024 * 1024;
const maxListingBytes = 8 * 1024 * 1024;
const maxListed = 10_000;
const headLineBytes = 256;
/** An answer must come before the caller gives up. */
const maxMs = 40_000;
const permissionBits = 0o7777;

export interface RootWay {
  readonly host: HostId;
  readonly connection: Connection;
  /** How the caller calls the file, for messages. */
  readonly shownPath: string;
  readonly signal: AbortSignal;
}

/** The files of a host with the rights of root, by `sudo -n` and a script of ours. Paths are resolved ones. */
export class RootFiles implements HostFiles {
  readonly #way: RootWay;
  #mayHaveChanged = false;

  /** Throws `host_permission_denied` where the operator has not said that the account may use sudo. */
  constructor(way: RootWay) {
    this.#way = way;
    if (way.connection.sudo) return;
    const message = `The account on ${way.host} may not use sudo. Do it without sudo, or ask the operator for "sudo": true in servers.json.`;
    throw new GatewayError('host_permission_denied', message);
  }

  get mayHaveChanged(): boolean {
    return this.#mayHaveChanged;
  }

  /** As `resolvePath`, for root. */
  async resolve(path: string): Promise<string> {
    const relative = path === '~' ? '.' : path.replace(/^~\/+/, './');
    const { data } = await this.#ask(['resolve', relative.startsWith('-') ? `./${relative}` : relative]);
    return absolute(data.toString());
  }

  async open(path: string): Promise<ReadableFile> {
    return this.#opened(path, await this.#read(path, 0, firstReadBytes));
  }

  async look(path: string, maxBytes: number): Promise<FileBefore> {
    const found = await this.#read(path, 0, firstReadBytes).catch((error: unknown) => {
      if (error instanceof GatewayError && error.code === 'path_not_found') return undefined;
      throw error;
    });
    if (!found) return { kind: 'absent' };
    const file = { kind: 'file', attributes: found.attributes } as const;
    if (found.sizeBytes > maxBytes || maxBytes === 0) {
      return { ...file, sizeBytes: found.sizeBytes, contents: undefined };
    }
    const range = { offset: 0, maxBytes };
    const { data, sizeBytes, sha256 } = await readRange(this.#opened(path, found), range);
    const isWhole = sha256 !== null && data.length === sizeBytes;
    return { ...file, sizeBytes, contents: isWhole ? { data, sha256 } : undefined };
  }

  async overwrite(path: string, source: ByteSource, options: OverwriteOptions): Promise<WrittenFile> {
    const data = await gathered(source, path);
    const sha256 = hashOf(data);
    const { replacing, attributes } = options;
    const held = replacing === undefined ? 'any' : typeof replacing === 'string' ? replacing : 'absent';
    const { mode, owner } = attributes ?? {};
    const words = [
      owner ? `${owner.uid}:${owner.gid}` : '-',
      mode === undefined ? '-' : (mode & permissionBits).toString(8),
    ];
    const {
      words: [how],
    } = await this.#change(['write', path, sha256, held, ...words], data);
    return {
      bytesWritten: data.length,
      sha256,
      created: how === 'created',
      inPlace: how === 'hard_links' ? 'hard_links' : undefined,
    };
  }

  async append(path: string, source: ByteSource): Promise<number> {
    const data = await gathered(source, path);
    await this.#change(['append', path, hashOf(data)], data);
    return data.length;
  }

  async remove(path: string, sha256: string): Promise<void> {
    await this.#change(['remove', path, sha256], Buffer.alloc(0));
  }

  async list(path: string): Promise<DirectoryListing> {
    const { data } = await this.#ask(['list', path, String(maxListingBytes)], { maxBytes: maxListingBytes });
    const text = data.toString();
    // A name has no slash in it: one that ends the name cannot be in it.
    const found = [...text.matchAll(/([0-9a-f]+) (\d+) (\d+) (\d+) (\S+) (\S+) \.\/([^/]+)\/\n/gy)].map(entryOf);
    const complete = data.length < maxListingBytes && found.length <= maxListed;
    return { entries: found.slice(0, maxListed), complete };
  }

  /** A file of which the beginning has been read. */
  #opened(path: string, first: FirstRead): ReadableFile {
    const read = async (position: number, length: number): Promise<Buffer> =>
      (await this.#read(path, position, length)).data;
    return {
      sizeBytes: first.sizeBytes,
      async *chunks({ offset, length }) {
        let position = offset;
        const known = first.data.subarray(offset, offset + length);
        if (known.length > 0) yield known;
        position += known.length;
        if (first.data.length < firstReadBytes) return;
        for (let left = offset + length - position; left > 0; left = offset + length - position) {
          const wanted = Math.min(left, nextReadBytes);
          const chunk = await read(position, wanted);
          if (chunk.length > 0) yield chunk;
          position += chunk.length;
          if (chunk.length < wanted) return;
        }
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  async #read(
    path: string,
    offset: number,
    length: number,
  ): Promise<FirstRead & { readonly attributes: FileAttributes }> {
    const asked = await this.#ask(['read', path, String(offset), String(length)], { maxBytes: length });
    const [mode = '0', size, uid, gid] = asked.words;
    return {
      data: asked.data,
      sizeBytes: Number(size),
      attributes: {
        mode: Number.parseInt(mode, 16) & permissionBits,
        owner: { uid: Number(uid), gid: Number(gid) },
      },
    };
  }

  async #change(words: readonly string[], input: Buffer): Promise<RootAnswer> {
    this.#mayHaveChanged = true;
    const answer = await this.#ask(words, { input }).catch((error: unknown) => {
      if (error instanceof GatewayError && error.ran === 'not_started') this.#mayHaveChanged = false;
      throw error;
    });
    return answer;
  }

  async #ask(
    words: readonly string[],
    { input = Buffer.alloc(0), maxBytes = 8192 }: { readonly input?: Buffer; readonly maxBytes?: number } = {},
  ): Promise<RootAnswer> {
    const { connection, signal } = this.#way;
    const command = ['exec', 'sudo', '-n', '--', 'sh', '-c', rootScript, 'sh', ...words].map(shellWord).join(' ');
    const started = await unlessAborted(connection.exec(command, 'open'), signal, (late) => late.stream.destroy());
    if (input.length > 0) started.stream.write(input);
    const read = readAll(started, { maxBytes: maxBytes + headLineBytes, timeoutMs: maxMs });
    const { stdout } = await unlessAborted(read, signal).finally(() => started.stream.destroy());
    const end = stdout.indexOf(0x0a);
    const [ours, word = '', ...rest] = stdout.subarray(0, Math.max(0, end)).toString().split(' ');
    if (connection.closed.aborted && end === -1) throw connection.closed.reason;
    if (ours !== 'sallyport') throw this.#refusedBySudo();
    if (word !== 'ok') throw this.#refusal(word);
    return { words: rest, data: stdout.subarray(end + 1) };
  }

  #refusedBySudo(): GatewayError {
    const { host } = this.#way;
    const message = `sudo on ${host} did not let the account run our script as root without a password. Ask the operator for a NOPASSWD rule in sudoers.`;
    return new GatewayError('host_permission_denied', message);
  }

  #refusal(word: string): GatewayError {
    const { host, shownPath: path } = this.#way;
    const [code, text] = refusals[word] ?? refusals['failed'] ?? ['host_permission_denied', 'failed'];
    const ran = word === 'half' ? 'may_have_run' : 'not_started';
    return new GatewayError(
      code,
      text.replace('PATH', () => path).replace('HOST', () => host),
      { ran },
    );
  }
}

interface FirstRead {
  readonly data: Buffer;
  readonly sizeBytes: number;
}

interface RootAnswer {
  /** What stands behind `ok`. */
  readonly words: readonly string[];
  readonly data: Buffer;
}

/** What the words of the script mean to the caller. */
const refusals: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  absent: ['path_not_found', 'There is no PATH on HOST. Look with list_directory.'],
  directory: ['is_a_directory', 'PATH is a directory. List it with list_directory.'],
  special: ['path_not_permitted', 'PATH is not a regular file: devices, sockets and pipes are not read or written.'],
  elsewhere: ['path_not_permitted', 'PATH leads elsewhere than it did a moment ago: a link was put in it. Try again.'],
  readonly: ['host_permission_denied', 'PATH is read-only. Change its mode first if it is to be written.'],
  conflict: ['conflict', 'PATH is not what it was when it was read. Read it again, then repeat this.'],
  unsafe: [
    'host_permission_denied',
    'PATH lies where an account other than root could lead root elsewhere: a directory on the way, or the file, belongs to it or is open to its writing. Log in as its owner, or use a command.',
  ],
  full: ['disk_full', 'The disk that holds PATH takes no more. Free some space there, then try again.'],
  cut: ['connection_lost', 'The new contents of PATH did not arrive whole. Nothing was changed. Try again.'],
  half: ['disk_full', 'PATH could be written in part only. Look at it, and undo the change.'],
  failed: ['host_permission_denied', 'HOST could not do that with PATH as root. Look at it with execute_command.'],
};

async function gathered(source: ByteSource, path: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of source()) {
    bytes += part.length;
    if (bytes > maxHashedBytes) {
      throw new GatewayError(
        'too_large',
        `${path} would have more than 16 MB, too much to be written by sudo. Use a command.`,
      );
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function entryOf([, mode = '0', size, modified, links, user, group, name = '']: RegExpExecArray): DirectoryEntry {
  const bits = Number.parseInt(mode, 16);
  const type = typeOf({ mode: bits });
  const when = new Date(Number(modified) * 1000).toISOString().slice(0, 16).replace('T', ' ');
  return {
    name,
    type,
    sizeBytes: Number(size),
    longName: `${permissions(type, bits)} ${links} ${user} ${group} ${size} ${when} ${name}`,
    mode: bits & permissionBits,
    modified: Number(modified),
  };
}

/** As `ls -l` writes them, but for what set-ID and sticky bits add. */
function permissions(type: DirectoryEntry['type'], mode: number): string {
  const bits = Array.from('rwxrwxrwx', (letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'));
  return `${typeLetters[type]}${bits.join('')}`;
}
