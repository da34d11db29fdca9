import { createHash } from 'node:crypto';
import { GatewayError } from '../../base/errors.ts';
import { headBytes, maxHashedBytes, type ReadableFile } from './read-file.ts';
import { Surroundings, type SurroundingSizes } from './surroundings.ts';

/** So far lines are counted in a file. */
const maxScannedBytes = 256 * 1024 * 1024;

export interface LinesWanted {
  /** The first line, counted from one. */
  readonly start: number;
  readonly count: number;
  readonly maxBytes: number;
  /** Bytes before them that are given too, where there are so many; and after them, where they were cut. */
  readonly around?: SurroundingSizes;
}

export interface FileLines {
  readonly data: Buffer;
  readonly before: Buffer;
  readonly after: Buffer;
  /** Where the first line begins; where the file ends, if it has fewer lines. */
  readonly offset: number;
  /** Lines that begin in `data`. */
  readonly lines: number;
  readonly sizeBytes: number;
  /** Null where the file is not read to its end. */
  readonly totalLines: number | null;
  readonly sha256: string | null;
  /** The beginning of the file. */
  readonly head: Buffer;
}

/** Reads lines by their numbers. A file that is small enough is read to its end, for its hash and how many lines there are. */
export async function readLines(
  file: ReadableFile,
  { start, count, maxBytes, around = { before: 0, after: 0 } }: LinesWanted,
): Promise<FileLines> {
  const hash = createHash('sha256');
  const wanted: Buffer[] = [];
  let head = Buffer.alloc(0);
  const surroundings = new Surroundings(around);
  let [position, line, taken, takenLines] = [0, 1, 0, 0];
  let offset: number | undefined = start === 1 ? 0 : undefined;
  let endsLine = true;
  for await (const chunk of inPairs(file.chunks({ offset: 0, length: maxScannedBytes + 1 }))) {
    hash.update(chunk);
    if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
    const nextLine = lineEnds(head);
    for (let at = 0; at < chunk.length;) {
      const end = nextLine(chunk, at);
      const part = chunk.subarray(at, end === -1 ? chunk.length : end);
      if (line >= start && line < start + count) {
        offset ??= position + at;
        if (endsLine && taken < maxBytes) takenLines += 1;
        const fits = part.subarray(0, maxBytes - taken);
        if (fits.length > 0) wanted.push(fits);
        taken += fits.length;
      }
      at += part.length;
      endsLine = end !== -1;
      if (endsLine) line += 1;
    }
    const cut = offset !== undefined && taken >= maxBytes ? offset + maxBytes : undefined;
    surroundings.take(chunk, position, { from: offset, end: cut });
    position += chunk.length;
    const isEnough = cut === undefined ? line >= start + count : surroundings.after.length >= around.after;
    if (isEnough && file.sizeBytes > maxHashedBytes) {
      const sizeBytes = Math.max(file.sizeBytes, position);
      const { before, after } = surroundings;
      const rest = { sizeBytes, totalLines: null, sha256: null, head, before, after };
      return { data: Buffer.concat(wanted), offset: offset ?? position, lines: takenLines, ...rest };
    }
    if (position > maxScannedBytes) throw tooFar();
  }
  const totalLines = endsLine ? line - 1 : line;
  const { before, after } = surroundings;
  const whole = { sizeBytes: position, totalLines, sha256: hash.digest('hex'), head, before, after };
  return { data: Buffer.concat(wanted), offset: offset ?? position, lines: takenLines, ...whole };
}

/** The place after the next end of a line in a chunk that begins with a whole character; -1 where there is none. */
function lineEnds(head: Buffer): (chunk: Buffer, from: number) => number {
  const isLittle = head[0] === 0xff && head[1] === 0xfe;
  const isBig = head[0] === 0xfe && head[1] === 0xff;
  if (!isLittle && !isBig) return (chunk, from) => chunk.indexOf(0x0a, from) + 1 || -1;
  const newline = isLittle ? Buffer.of(0x0a, 0) : Buffer.of(0, 0x0a);
  return (chunk, from) => {
    let at = chunk.indexOf(newline, from);
    while (at !== -1 && at % 2 === 1) at = chunk.indexOf(newline, at + 1);
    return at === -1 ? -1 : at + 2;
  };
}

/** The same bytes in pieces of even length, but for the last: no character of UTF-16 is torn. */
async function* inPairs(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let odd = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const joined = odd.length === 0 ? chunk : Buffer.concat([odd, chunk]);
    const even = joined.length - (joined.length % 2);
    odd = Buffer.from(joined.subarray(even));
    if (even > 0) yield joined.subarray(0, even);
  }
  if (odd.length > 0) yield odd;
}

function tooFar(): GatewayError {
  const message =
    'Lines are counted in the first 256 MB of a file only. Read it by offset, or use a command, such as sed -n.';
  return new GatewayError('too_large', message);
}
