import { setImmediate as nextTurn } from 'node:timers/promises';
import { RE2JS, RE2JSException } from 're2js';
import { neutralise } from '../base/untrusted-text.ts';

const newline = 10;
/** A longer line is searched piece by piece. */
const maxPieceBytes = 16_384;
const maxShownCharacters = 400;
const contextCharacters = 80;
/** How long others may have to wait for us. */
const maxSliceMs = 10;

export interface Line {
  /** 1 for the first line of the stream. */
  readonly line: number;
  /** Of the line's first byte, for reading around it. */
  readonly offset: number;
  /** The line, or the part of a long one around the match. */
  readonly text: string;
}

export interface SearchLimits {
  /** Lines that begin before this byte are passed over. */
  readonly from: number;
  readonly maxMatches: number;
  /** Of the matching lines together. */
  readonly maxBytes: number;
  readonly maxMs: number;
}

export interface SearchResult {
  readonly matches: readonly Line[];
  /** Where to go on, or null when the end was reached. */
  readonly nextOffset: number | null;
}

/** RE2 syntax: linear in the text, whatever the pattern. A size bounds the factor. */
const maxProgramSize = 1_000;

/** The pattern, or what is wrong with it. */
export function compilePattern(pattern: string): RE2JS | string {
  try {
    const compiled = RE2JS.compile(pattern);
    return compiled.programSize() > maxProgramSize ? 'too complex' : compiled;
  } catch (error) {
    if (error instanceof RE2JSException) return error.message;
    throw error;
  }
}

/** The lines that match, in one pass over the stream, without hindering others for long. */
export async function searchLines(
  chunks: AsyncIterable<Buffer>,
  pattern: RE2JS,
  limits: SearchLimits,
): Promise<SearchResult> {
  const matches: Line[] = [];
  const deadline = performance.now() + limits.maxMs;
  let sliceEnd = performance.now() + maxSliceMs;
  let room = limits.maxBytes;
  for await (const { line, offset, bytes } of linesOf(chunks)) {
    const now = performance.now();
    if (offset < limits.from) continue;
    if (now > deadline) return { matches, nextOffset: offset };
    if (now > sliceEnd) {
      await nextTurn();
      sliceEnd = performance.now() + maxSliceMs;
    }
    const content = bytes.toString();
    if (!pattern.test(content)) continue;
    const text = around(content, pattern);
    room -= Buffer.byteLength(text);
    if (matches.length > 0 && (room < 0 || matches.length >= limits.maxMatches)) return { matches, nextOffset: offset };
    matches.push({ line, offset, text });
  }
  return { matches, nextOffset: null };
}

interface Piece {
  readonly line: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Lines without their ends. The last one needs no newline. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  let line = 1;
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      const end = bytes.indexOf(newline, at);
      if (end === -1 && bytes.length - at <= maxPieceBytes) break;
      const isWhole = end !== -1 && end - at <= maxPieceBytes;
      const pieceEnd = isWhole ? end : at + maxPieceBytes;
      yield { line, offset: offset + at, bytes: withoutReturn(bytes.subarray(at, pieceEnd)) };
      at = isWhole ? end + 1 : pieceEnd;
      if (isWhole) line += 1;
    }
    offset += at;
    rest = Buffer.from(bytes.subarray(at));
  }
  if (rest.length > 0) yield { line, offset, bytes: withoutReturn(rest) };
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes;
}

function around(content: string, pattern: RE2JS): string {
  if (content.length <= maxShownCharacters) return neutralise(content);
  const matcher = pattern.matcher(content);
  const start = matcher.find() ? Math.max(0, matcher.start() - contextCharacters) : 0;
  const shown = content.slice(start, start + maxShownCharacters).toWellFormed();
  return `${start > 0 ? '…' : ''}${neutralise(shown)}${start + maxShownCharacters < content.length ? '…' : ''}`;
}
