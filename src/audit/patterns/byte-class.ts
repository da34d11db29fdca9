import { byteAt, maxRestBytes, type Rest, type View } from './secret-pattern.ts';

/** A set of bytes: 1 for those in it. */
export type ByteClass = Uint8Array;

/** As in a regular expression between brackets: `a-z0-9_-`. */
export function byteClass(ranges: string): ByteClass {
  const bytes = new Uint8Array(256);
  const isIn = new RegExp(`^[${ranges}]$`);
  for (let byte = 0; byte < 128; byte += 1) bytes[byte] = isIn.test(String.fromCharCode(byte)) ? 1 : 0;
  return bytes;
}

export function orNonAscii(of: ByteClass): ByteClass {
  return of.map((is, byte) => (byte < 128 ? is : 1));
}

export const alphanumeric = byteClass('A-Za-z0-9');
export const wordBytes = byteClass('A-Za-z0-9_');
export const wordOrDash = byteClass('A-Za-z0-9_-');
export const hex = byteClass('a-f0-9');
export const upperOrDigit = byteClass('A-Z0-9');
export const base64 = byteClass('A-Za-z0-9+/=_-');

/** Where the bytes of the class end, from `at` on; at most `max` of them. */
export function runEnd({ bytes }: View, at: number, of: ByteClass, max = maxRestBytes): number {
  const last = Math.min(bytes.length, at + max);
  let end = at;
  while (end < last && of[bytes[end] ?? 0] === 1) end += 1;
  return end;
}

/** All that follows of a class belongs to it. */
export function restOf(of: ByteClass, max = maxRestBytes): Rest {
  let left = max;
  return {
    next: (view, at) => {
      const end = runEnd(view, at, of, left);
      left -= end - at;
      return { end, done: end < view.bytes.length || left === 0 || view.isWhole };
    },
  };
}

/** Whether a word can begin at `at`: at a boundary, or after an escape such as `\n` or `%3D`. */
export function isWordStart(view: View, at: number): boolean {
  const [third, second, first] = [byteAt(view, at - 3), byteAt(view, at - 2), byteAt(view, at - 1)];
  if (wordBytes[first] !== 1) return true;
  return (
    (second === 0x5c && escapeLetters[first] === 1) ||
    (third === 0x25 && hexDigits[second] === 1 && hexDigits[first] === 1)
  );
}

const escapeLetters = byteClass('nrt');
const hexDigits = byteClass('A-Fa-f0-9');
