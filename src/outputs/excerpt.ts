import { neutralise } from '../base/untrusted-text.ts';
import { completeLength, continuationLength } from '../base/utf8.ts';
import type { HeadAndTail } from './head-and-tail.ts';

/** The bytes of a stream that an excerpt leaves out. */
export interface Gap {
  readonly from: number;
  readonly bytes: number;
}

/** The whole stream as text, or undefined where its text takes more than `maxBytes`. */
export function wholeText(stream: HeadAndTail, maxBytes: number): string | undefined {
  if (stream.bytes > maxBytes) return undefined;
  const text = visible(stream.first(maxBytes));
  return Buffer.byteLength(text) <= maxBytes ? text : undefined;
}

/**
 * The beginning and end of a stream whose text takes more than `maxBytes`: about as much of it, with a line between them
 * that says what is missing.
 */
export function excerpt(stream: HeadAndTail, maxBytes: number, describe: (gap: Gap) => string): string {
  const half = Math.floor(maxBytes / 2);
  const head = fit(half, (count) => wholeLinesBefore(stream.first(count)));
  const tail = fit(half, (count) => wholeLinesAfter(stream.last(count)));
  const gap = describe({ from: head.bytes, bytes: stream.bytes - head.bytes - tail.bytes });
  return `${head.text}${head.text === '' || head.text.endsWith('\n') ? '' : '\n'}${gap}\n${tail.text}`;
}

/** Escapes and replacement characters take more room than the bytes they stand for: takes fewer until the text fits. */
function fit(maxBytes: number, take: (count: number) => Buffer): { readonly text: string; readonly bytes: number } {
  let count = maxBytes;
  for (;;) {
    const bytes = take(count);
    const text = visible(bytes);
    const size = Buffer.byteLength(text);
    if (size <= maxBytes) return { text, bytes: bytes.length };
    count = Math.min(bytes.length - 1, Math.floor((bytes.length * maxBytes) / size));
  }
}

function visible(bytes: Buffer): string {
  return neutralise(bytes.toString());
}

/** Ends after a line, unless that would cost more than half; never inside a character. */
function wholeLinesBefore(bytes: Buffer): Buffer {
  const lineEnd = bytes.lastIndexOf(10) + 1;
  return bytes.subarray(0, lineEnd > bytes.length / 2 ? lineEnd : completeLength(bytes));
}

/** Begins with a line, unless that would cost more than half; never inside a character. */
function wholeLinesAfter(bytes: Buffer): Buffer {
  const lineStart = bytes.indexOf(10) + 1;
  return bytes.subarray(lineStart > 0 && lineStart < bytes.length / 2 ? lineStart : continuationLength(bytes));
}
