/** How the bytes of a text file stand for characters. Without a mark at its beginning, a file is UTF-8, or else Latin-1. */
export type TextEncoding = 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be' | 'latin-1';

/** A text file as characters; `encodeText` gives back the very same bytes. */
export interface TextFile {
  readonly encoding: TextEncoding;
  /** Without the byte order mark. */
  readonly text: string;
}

const marks = {
  'utf-8-bom': Buffer.of(0xef, 0xbb, 0xbf),
  'utf-16le': Buffer.of(0xff, 0xfe),
  'utf-16be': Buffer.of(0xfe, 0xff),
} as const;

/** What the first bytes of a file say of its encoding; undefined where they bear no mark. */
export function markedEncoding(head: Buffer): keyof typeof marks | undefined {
  if (startsWith(head, marks['utf-8-bom'])) return 'utf-8-bom';
  if (startsWith(head, marks['utf-16le'])) return 'utf-16le';
  return startsWith(head, marks['utf-16be']) ? 'utf-16be' : undefined;
}

/** Bytes of the mark that a file of this encoding begins with. */
export function markLength(encoding: TextEncoding): number {
  return encoding === 'utf-8' || encoding === 'latin-1' ? 0 : marks[encoding].length;
}

/** Undefined where the bytes are no text: with NUL in them, or not what their mark says. */
export function decodeText(bytes: Buffer): TextFile | undefined {
  const marked = markedEncoding(bytes);
  const encoding = marked ?? (isUtf8(bytes) ? 'utf-8' : 'latin-1');
  const text = decodeAs(encoding, bytes.subarray(markLength(encoding)));
  if (text.includes('\0')) return undefined;
  const file: TextFile = { encoding, text };
  return marked === undefined || encodeText(file)?.equals(bytes) ? file : undefined;
}

/** The characters of bytes that have no mark before them. */
export function decodeAs(encoding: TextEncoding, bytes: Buffer): string {
  switch (encoding) {
    case 'utf-8':
    case 'utf-8-bom':
      return bytes.toString('utf8');
    case 'utf-16le':
      return bytes.toString('utf16le');
    case 'utf-16be':
      return swapped(bytes).toString('utf16le');
    case 'latin-1':
      return bytes.toString('latin1');
  }
}

/** Undefined where the text has characters that the encoding has not. */
export function encodeText({ encoding, text }: TextFile): Buffer | undefined {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(text);
    case 'utf-8-bom':
      return Buffer.concat([marks[encoding], Buffer.from(text)]);
    case 'utf-16le':
      return Buffer.concat([marks[encoding], Buffer.from(text, 'utf16le')]);
    case 'utf-16be':
      return Buffer.concat([marks[encoding], swapped(Buffer.from(text, 'utf16le'))]);
    case 'latin-1':
      return /^[\0-\xff]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined;
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function isUtf8(bytes: Buffer): boolean {
  try {
    strictUtf8.decode(bytes);
    return true;
  } catch {
    // The one way in which it tells.
    return false;
  }
}

function swapped(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
}

function startsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark);
}
