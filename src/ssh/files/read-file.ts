import { createHash } from 'node:crypto';
import type { FileRange } from './file-access.ts';
import { mustBeRegular, mustLeadToItself } from './file-checks.ts';
import { readChunks } from './file-chunks.ts';
import type { Sftp } from './sftp.ts';

/** Files up to this size are read whole to give their hash. */
export const maxHashedBytes = 16 * 1024 * 1024;

/** As much of the beginning of a file as tells what it is. */
export const headBytes = 4096;

interface Range {
  readonly offset: number;
  readonly maxBytes: number;
}

/** Reads one range of a file, and as much around it as is needed to tell the size and hash of the whole. */
export async function readFile(sftp: Sftp, path: string, range: Range): Promise<FileRange> {
  await using file = await openToRead(sftp, path);
  return await readRange(file, range);
}

/** As `readFile`, of a file that is open. */
export async function readRange(file: ReadableFile, range: Range): Promise<FileRange> {
  if (file.sizeBytes <= maxHashedBytes) {
    const whole = await readWhole(file, range);
    if (whole) return whole;
  }
  const parts: Buffer[] = [];
  for await (const chunk of file.chunks({ offset: range.offset, length: range.maxBytes })) parts.push(chunk);
  const data = Buffer.concat(parts);
  // Where the size is not to be believed there is at least what was read, and at a full range perhaps more.
  const read = range.offset + data.length + (data.length < range.maxBytes ? 0 : 1);
  const sizeBytes = file.sizeBytes > maxHashedBytes ? file.sizeBytes : Math.max(read, maxHashedBytes + 1);
  return { data, sizeBytes, sha256: null, head: await headOf(file, range, data) };
}

/** The last bytes of a file; of one whose size is not said, such as those of /proc, the last that are read. */
export async function readEnd(file: ReadableFile, maxBytes: number): Promise<Omit<FileRange, 'sha256'>> {
  const offset = Math.max(0, file.sizeBytes - maxBytes);
  const length = file.sizeBytes === 0 ? maxHashedBytes : file.sizeBytes - offset;
  const parts: Buffer[] = [];
  for await (const chunk of file.chunks({ offset, length })) parts.push(chunk);
  const data = Buffer.concat(parts);
  const sizeBytes = offset + data.length;
  const head = await headOf(file, { offset, maxBytes: length }, data);
  return { data: data.subarray(Math.max(0, data.length - maxBytes)), sizeBytes, head };
}

async function headOf(file: ReadableFile, { offset }: Range, data: Buffer): Promise<Buffer> {
  if (offset === 0 && data.length >= headBytes) return data.subarray(0, headBytes);
  const parts: Buffer[] = [];
  for await (const chunk of file.chunks({ offset: 0, length: headBytes })) parts.push(chunk);
  return Buffer.concat(parts);
}

/** The SHA-256 of a whole file, however large, as lower-case hex. */
export async function hashFile(sftp: Sftp, path: string): Promise<string> {
  await using file = await openToRead(sftp, path);
  const hash = createHash('sha256');
  // One byte more than it said to have, for a file that grows not to be taken for what it was, and to have an end.
  for await (const chunk of file.chunks({ offset: 0, length: file.sizeBytes + 1 })) hash.update(chunk);
  return hash.digest('hex');
}

/** A file open for reading. Disposing closes it. */
export interface ReadableFile extends AsyncDisposable {
  /** As the host gave it when the file was opened. */
  readonly sizeBytes: number;
  /** The bytes of a range in order, streamed: what is not taken is not asked for. */
  chunks(range: { readonly offset: number; readonly length: number }): AsyncIterable<Buffer>;
}

/** Opens a regular file to stream it from the host. */
export async function openToRead(sftp: Sftp, path: string): Promise<ReadableFile> {
  mustBeRegular(await sftp.stat(path), path);
  const handle = await sftp.open(path, 'read');
  // Nobody waits for it: what was read is read.
  const close = (): void => void sftp.close(handle);
  try {
    const [attributes] = await Promise.all([sftp.fstat(handle), mustLeadToItself(sftp, path)]);
    mustBeRegular(attributes, path);
    const { size: sizeBytes = 0 } = attributes;
    return {
      sizeBytes,
      chunks: ({ offset, length }) => readChunks(sftp, handle, { offset, length, sizeBytes }),
      [Symbol.asyncDispose]: async () => close(),
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Undefined where the file turns out larger than is read whole. */
async function readWhole(file: ReadableFile, { offset, maxBytes }: Range): Promise<FileRange | undefined> {
  const hash = createHash('sha256');
  const wanted: Buffer[] = [];
  const head: Buffer[] = [];
  let position = 0;
  for await (const chunk of file.chunks({ offset: 0, length: maxHashedBytes + 1 })) {
    hash.update(chunk);
    if (position < headBytes) head.push(chunk.subarray(0, headBytes - position));
    const from = Math.max(0, offset - position);
    const part = chunk.subarray(from, Math.max(from, offset + maxBytes - position));
    if (part.length > 0) wanted.push(part);
    position += chunk.length;
  }
  if (position > maxHashedBytes) return undefined;
  return { data: Buffer.concat(wanted), sizeBytes: position, sha256: hash.digest('hex'), head: Buffer.concat(head) };
}
