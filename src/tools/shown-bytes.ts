import { neutralise } from '../base/untrusted-text.ts';
import { completeLength, continuationLength } from '../base/utf8.ts';
import { mediaType } from './media-type.ts';
import { decodeAs, isUtf8, markedEncoding, markLength, type TextEncoding } from './text-file.ts';
import type { JsonObject } from './tool.ts';

export interface BytesOfFile {
  readonly data: Buffer;
  /** Where in the file they begin. */
  readonly offset: number;
  /** The beginning of the file. */
  readonly head: Buffer;
  /** Whether they go up to the end of the file. */
  readonly until: 'end' | 'more';
}

export interface ShownBytes {
  readonly contents: string;
  /** Of the bytes, from the first on: what is left out at the end belongs to a character that was cut. */
  readonly length: number;
  /** How the contents stand for the bytes, and what is lost. */
  readonly how: JsonObject;
}

/** Bytes of a file as an answer shows them: as text in the encoding they are in, else as base64. */
export function showBytes(bytes: BytesOfFile): ShownBytes {
  const encoding = encodingOf(bytes);
  const { data, offset, head } = bytes;
  if (encoding === 'base64') {
    const how = { encoding, media_type: mediaType(head) ?? 'application/octet-stream' };
    return { contents: data.toString('base64'), length: data.length, how };
  }
  const length = bytes.until === 'end' ? data.length : wholeCharacters(encoding, data);
  const shown = data.subarray(Math.max(0, markLength(encoding) - offset), length);
  const contents = decodeAs(encoding, shown);
  return { contents, length, how: { encoding, ...loss(encoding, shown, contents) } };
}

function encodingOf({ data, offset, head, until }: BytesOfFile): TextEncoding | 'base64' {
  const marked = markedEncoding(head);
  if (marked !== undefined) return marked;
  if (mediaType(head) !== undefined || head.includes(0) || data.includes(0)) return 'base64';
  // Characters that the range cuts are no sign of another encoding.
  const start = offset === 0 ? 0 : continuationLength(data);
  const end = until === 'end' ? data.length : completeLength(data);
  return isUtf8(data.subarray(start, end)) ? 'utf-8' : 'latin-1';
}

function wholeCharacters(encoding: TextEncoding, data: Buffer): number {
  switch (encoding) {
    case 'utf-8':
    case 'utf-8-bom':
      return completeLength(data);
    case 'latin-1':
      return data.length;
    case 'utf-16le':
    case 'utf-16be': {
      const even = data.length - (data.length % 2);
      const lead = data[even - (encoding === 'utf-16le' ? 1 : 2)] ?? 0;
      // The first half of a pair of surrogates stays with the second.
      return lead >= 0xd8 && lead <= 0xdb && even > 2 ? even - 2 : even;
    }
  }
}

function loss(encoding: TextEncoding, bytes: Buffer, text: string): JsonObject {
  if (encoding !== 'utf-8') return { exact: false, note: encodedNote };
  const isExact = neutralise(text) === text && Buffer.from(text).equals(bytes);
  return isExact ? {} : { exact: false, note: inexactNote };
}

const encodedNote =
  'Written back, these contents would change the file, for write_file writes plain UTF-8: edit_file keeps the encoding.';
const inexactNote =
  'The file holds bytes that are not UTF-8, or characters that cannot be seen; these are shown as escapes or as �. ' +
  'Writing these contents back would change the file.';
