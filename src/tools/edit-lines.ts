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
  const text = file.toString('latin1');
  switch (edit.kind) {
    case 'replace': {
      const [oldText, newText] = [bytesOf(edit.oldText), bytesOf(edit.newText)];
      const parts = text.split(oldText);
      const changes = parts.length - 1;
      if (text.length + changes * (newText.length - oldText.length) > maxEditedBytes) throw tooLong(changes);
      return edited(parts.join(newText), changes);
    }
    case 'insert': {
      const lines = linesOf(text);
      const before = lines.slice(0, edit.before - 1).join('');
      const after = lines.slice(edit.before - 1).join('');
      const start = before === '' ? '' : ended(before, text);
      return edited(`${start}${ended(bytesOf(edit.newText), text)}${after}`, 1);
    }
    case 'delete': {
      const doomed = new Set(edit.lines);
      const lines = linesOf(text);
      const kept = lines.filter((_, index) => !doomed.has(index + 1));
      return edited(kept.join(''), lines.length - kept.length);
    }
  }
}

/** How many lines there are; the last may lack its end. */
export function countLines(file: Buffer): number {
  return linesOf(file.toString('latin1')).length;
}

function tooLong(places: number): GatewayError {
  const message = `Replaced in all ${places} places, the file would have more than 16 MB. Use a command, such as sed -i.`;
  return new GatewayError('too_large', message);
}

function edited(text: string, changes: number): EditedText {
  return { data: Buffer.from(text, 'latin1'), changes };
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
