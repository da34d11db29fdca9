import type { Sftp } from './sftp.ts';

/** The first request for a file of unknown size, and for one that is larger than it was said to be. */
const firstReadBytes = 32 * 1024;

/** Requests are sent a few at a time: each time wakes the host's side. */
const refillBelow = 0.75;

export interface ReadPlan {
  readonly offset: number;
  /** At most so many bytes. */
  readonly length: number;
  /** The size the host gave. Not trusted: files under /proc say 0, and a file may grow or shrink while it is read. */
  readonly sizeBytes: number;
}

/**
 * The bytes of an open file in order, asked for ahead of the reader as far as the channel's share allows; ends early
 * at the end of the file. What has been asked for and not yet taken is all that is held.
 */
export async function* readChunks(
  sftp: Sftp,
  handle: Buffer,
  { offset, length, sizeBytes }: ReadPlan,
): AsyncGenerator<Buffer> {
  const { limits, transfers } = sftp.channel;
  const end = offset + length;
  /** Nothing beyond is asked for as long as there is no sign that there is anything: one byte more shows the end. */
  let horizon = Math.min(end, Math.max(sizeBytes + 1, offset + firstReadBytes));
  using _share = horizon - offset > limits.readBytes ? transfers.join() : undefined;
  const ahead: PendingRead[] = [];
  let next = offset;
  for (;;) {
    const bytes = sftp.channel.limits.readBytes;
    const depth = transfers.depth(bytes);
    const most = ahead.length <= depth * refillBelow ? depth : 0;
    while (next < horizon && ahead.length < most) {
      const size = Math.min(bytes, horizon - next);
      ahead.push(beginRead(sftp, handle, next, size));
      next += size;
    }
    const head = ahead.shift();
    if (head === undefined) return;
    let position = head.position;
    // A server may answer with less than was asked; only nothing, or the size it gave, is the end.
    for (let left = head.size; left > 0; left = head.position + head.size - position) {
      const chunk = await (left === head.size ? head.answer : sftp.read(handle, position, left));
      if (chunk.length === 0) return;
      position += chunk.length;
      yield chunk;
      if (position === sizeBytes && chunk.length < left) return;
    }
    if (position === horizon)
      horizon = Math.min(end, Math.max(horizon + firstReadBytes, offset + 2 * (horizon - offset)));
  }
}

interface PendingRead {
  readonly position: number;
  readonly size: number;
  readonly answer: Promise<Buffer>;
}

function beginRead(sftp: Sftp, handle: Buffer, position: number, size: number): PendingRead {
  const answer = sftp.read(handle, position, size);
  // Reads ahead of the one that fails fail too, with nobody there to hear it.
  answer.catch(() => undefined);
  return { position, size, answer };
}

/** Bytes to be written, in order. Asked for anew for each attempt; a buffer must not change once it was given. */
export type ByteSource = () => Iterable<Buffer> | AsyncIterable<Buffer>;

/** Writes all of a source to an open file from `offset` on, and returns how much that was. */
export async function writeChunks(sftp: Sftp, handle: Buffer, source: ByteSource, offset = 0): Promise<number> {
  const { transfers } = sftp.channel;
  using _share = transfers.join();
  const ahead: Promise<void>[] = [];
  let position = offset;
  for await (const buffer of source()) {
    for (let rest = buffer; rest.length > 0;) {
      const { writeBytes } = sftp.channel.limits;
      while (ahead.length >= transfers.depth(writeBytes)) await ahead.shift();
      const chunk = rest.subarray(0, writeBytes);
      rest = rest.subarray(writeBytes);
      const written = sftp.write(handle, position, chunk);
      written.catch(() => undefined);
      ahead.push(written);
      position += chunk.length;
    }
  }
  for (const written of ahead) await written;
  return position - offset;
}

/** The same for a file open for appending: one write at a time, for the server decides where each one goes. */
export async function appendChunks(sftp: Sftp, handle: Buffer, source: ByteSource, offset: number): Promise<number> {
  let position = offset;
  for await (const buffer of source()) {
    for (let rest = buffer; rest.length > 0;) {
      const chunk = rest.subarray(0, sftp.channel.limits.writeBytes);
      await sftp.write(handle, position, chunk);
      rest = rest.subarray(chunk.length);
      position += chunk.length;
    }
  }
  return position - offset;
}
