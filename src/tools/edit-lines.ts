import { GatewayError } from '../base/errors.ts';

/** A short text that stands in many places, replaced by a long one, would fill the memory of the gateway. */
const maxEditedBytes = 16 * 1024 * 1024;

/** One change to a text file. Lines are counted from one. */
export type TextEdit =
  /** Every occurrence. */
  | { readonly kind: 'replace'; readonly oldText: string; readonly newText: string }
  /** Before line `before`; one more than the file has lines is its end. */
  | { readonly kind: 'insert'; readonly before: number; readonly newText: string }
  | { readonly kind: 'delete'; readonly lines: readonly number[] };

export interface EditedText {
  readonly data: Buffer;
  /** Occurrences replaced, lines deleted, or one insertion. */
  readonly changes: number;
}

/**
 * The file after the edit. What the edit does not speak of keeps its bytes, whatever their encoding: UTF-8 text is
 * looked for, and put in, as bytes.
 *
 * Ends of lines are `\n`; a `\r` before it belongs to the line. The line numbers must lie in the file. Throws `too_large`
 * when replacing would make too long a file.
 */
export function editText(file: Buffer, edit: TextEdit): EditedText {
  // A character a byte, so that strings can be used and nothing is decoded.
  const { text, changes } = editString(file.toString('latin1'), asBytes(edit));
  return { data: Buffer.from(text, 'latin1'), changes };
}

/** As `editText`, on characters. */
export function editString(text: string, edit: TextEdit): { readonly text: string; readonly changes: number } {
  switch (edit.kind) {
    case 'replace': {
      const { oldText, newText } = edit;
      const parts = text.split(oldText);
      const changes = parts.length - 1;
      if (text.length + changes * (newText.length - oldText.length) > maxEditedBytes) throw tooLong(changes);
      return { text: parts.join(newText), changes };
    }
    case 'insert': {
      const lines = linesOf(text);
      const before = lines.slice(0, edit.before - 1).join('');
      const after = lines.slice(edit.before - 1).join('');
      const start = before === '' ? '' : ended(before, text);
      return { text: `${start}${ended(edit.newText, text)}${after}`, changes: 1 };
    }
    case 'delete': {
      const doomed = new Set(edit.lines);
      const lines = linesOf(text);
      const kept = lines.filter((_, index) => !doomed.has(index + 1));
      return { text: kept.join(''), changes: lines.length - kept.length };
    }
  }
}

/** How many lines there are; the last may lack its end. */
export function countLines(text: string): number {
  return linesOf(text).length;
}

function tooLong(places: number): GatewayError {
  const message = `Replaced in all ${places} places, the file would have more than 16 MB. Use a command, such as sed -i.`;
  return new GatewayError('too_large', message);
}

function asBytes(edit: TextEdit): TextEdit {
  switch (edit.kind) {
    case 'replace':
      return { kind: 'replace', oldText: bytesOf(edit.oldText), newText: bytesOf(edit.newText) };
    case 'insert':
      return { kind: 'insert', before: edit.before, newText: bytesOf(edit.newText) };
    case 'delete':
      return edit;
  }
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** With an end of line, as the file has them, unless it has one. */
function ended(part: string, file: string): string {
  if (part.endsWith('\n')) return part;
  return `${part}${/^[^\n]*\r\n/.test(file) ? '\r\n' : '\n'}`;
}
