import { minPatternBytes } from './pattern-set.ts';

/**
 * The byte strings a secret shows itself as: itself, percent-encoded (RFC 3986, either case of the hex digits), and in
 * base64 and base64url (RFC 4648) wherever in the encoded text it begins, as in `user:password` of a Basic header.
 */
export function formsOf(value: string): readonly Buffer[] {
  const bytes = Buffer.from(value);
  const percent = percentEncode(value);
  const encoded = bytes.toString('base64');
  const base64 = [encoded, encoded.replace(/=+$/, ''), ...[0, 1, 2].map((shift) => base64Core(bytes, shift))];
  const texts = [
    value,
    percent,
    percent.replace(/%../g, (code) => code.toLowerCase()),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  return [...new Set(texts)].map((text) => Buffer.from(text)).filter((form) => form.length >= minPatternBytes);
}

function percentEncode(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

/** The characters of base64 text that are the secret's alone when `shift` bytes come before it, modulo three. */
function base64Core(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
}
