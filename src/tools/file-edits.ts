import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { countMarks } from '../base/secrets-shown.ts';
import { applyDiff } from './apply-diff.ts';
import { countLines, editString } from './edit-lines.ts';
import { flag, textUpTo, wholeNumber } from './parameters.ts';

const maxTextBytes = 1024 * 1024;
const maxLine = 100_000_000;

/** The arguments of one edit. */
export const editShape = {
  old_text: textUpTo(maxTextBytes).optional().describe('Replace this, which must be there once'),
  new_text: textUpTo(maxTextBytes).optional().describe('By this; or the lines to insert'),
  all: flag.optional().describe('Replace every occurrence'),
  insert_line: wholeNumber(1, maxLine).optional().describe('Insert before this line'),
  delete_from: wholeNumber(1, maxLine).optional().describe('Delete from this line'),
  delete_to: wholeNumber(1, maxLine).optional().describe('To this one'),
  diff: textUpTo(maxTextBytes).optional().describe('Unified diff, whose lines must match exactly'),
};
const editSchema = z.object(editShape);

/** One edit that was understood. Lines are counted from one. */
export type FileEdit =
  | { readonly kind: 'replace'; readonly oldText: string; readonly newText: string; readonly which: 'only' | 'all' }
  | { readonly kind: 'insert'; readonly before: number; readonly newText: string }
  | { readonly kind: 'delete'; readonly from: number; readonly to: number }
  | { readonly kind: 'diff'; readonly diff: string };

/** Several edits, as a client gives them. */
export const editList = z
  .array(z.record(z.string(), z.unknown()), { error: 'must be a list of edits' })
  .min(1, { error: 'is empty' })
  .max(100, { error: 'has more than 100 entries' })
  .transform((given, context) =>
    given.map((one, index) => {
      const present = Object.entries(one).filter(([, value]) => value !== null);
      const edit = understood(Object.fromEntries(present));
      if (typeof edit !== 'string') return edit;
      context.issues.push({ code: 'custom', message: `has a mistake in edit ${index + 1}: ${edit}`, input: undefined });
      return z.NEVER;
    }),
  );

/** The edit, or what is wrong with it. */
export function understood(given: object): FileEdit | string {
  const parsed = editSchema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${issue?.path.join('.')} ${issue?.message}`;
  }
  const { old_text, new_text, all = false, insert_line, delete_from, delete_to, diff } = parsed.data;
  const kinds = [old_text, insert_line, delete_from, diff].filter((key) => key !== undefined).length;
  if (kinds !== 1) return 'give one of old_text, insert_line, delete_from and diff';
  if (diff !== undefined) return { kind: 'diff', diff };
  if (delete_from !== undefined) return deletion(delete_from, delete_to ?? delete_from);
  if (new_text === undefined) return 'new_text is missing';
  if (insert_line !== undefined) return { kind: 'insert', before: insert_line, newText: new_text };
  if (old_text === undefined || old_text === '') return 'old_text is empty';
  return { kind: 'replace', oldText: old_text, newText: new_text, which: all ? 'all' : 'only' };
}

function deletion(from: number, to: number): FileEdit | string {
  return to < from ? 'delete_to is before delete_from' : { kind: 'delete', from, to };
}

/** The text after an edit, and in how many places it was changed. Throws `conflict` or `invalid_input`. */
export function applyEdit(text: string, edit: FileEdit): { readonly text: string; readonly changes: number } {
  const own = (...texts: readonly string[]): readonly string[] => withOwnEnds(text, texts);
  switch (edit.kind) {
    case 'replace': {
      const [oldText = '', newText = ''] = own(edit.oldText, edit.newText);
      mustMatch(text, oldText, edit.which);
      return editString(text, { kind: 'replace', oldText, newText });
    }
    case 'insert': {
      mustBeLine(edit.before, text, 1);
      const [newText = ''] = own(edit.newText);
      return editString(text, { kind: 'insert', before: edit.before, newText });
    }
    case 'delete': {
      mustBeLine(edit.to, text, 0);
      const lines = Array.from({ length: edit.to - edit.from + 1 }, (_, n) => edit.from + n);
      return editString(text, { kind: 'delete', lines });
    }
    case 'diff': {
      const [diff = ''] = own(edit.diff);
      return { text: applyDiff(text, diff), changes: 1 };
    }
  }
}

/** Where every line of a file ends with `\r\n`, texts without any `\r` mean those ends too. */
function withOwnEnds(file: string, texts: readonly string[]): readonly string[] {
  const isAllCrlf = file.includes('\r\n') && !/(?<!\r)\n/.test(file);
  if (!isAllCrlf || texts.some((text) => text.includes('\r'))) return texts;
  return texts.map((text) => text.replaceAll('\n', '\r\n'));
}

function mustMatch(text: string, oldText: string, which: 'only' | 'all'): void {
  const first = text.indexOf(oldText);
  if (first === -1) {
    const message =
      countMarks(oldText) > 0
        ? 'old_text is not in the file. Nothing was changed. Its mark [redacted] stands for a secret: give a text without.'
        : 'old_text is not in the file. Nothing was changed. Read the file again: blanks and line ends count.';
    throw new GatewayError('conflict', message);
  }
  // The next one may overlap the first: which of them is meant cannot be told either.
  if (which === 'all' || text.indexOf(oldText, first + 1) === -1) return;
  const lines = [first, text.indexOf(oldText, first + 1)].map((at) => countLines(text.slice(0, at + 1)));
  throw new GatewayError(
    'invalid_input',
    `old_text is in the file several times, as in lines ${lines.join(' and ')}. Nothing was changed. Give more of what stands around it, or all.`,
  );
}

function mustBeLine(line: number, text: string, beyond: number): void {
  const last = countLines(text) + beyond;
  if (line <= last) return;
  throw new GatewayError(
    'invalid_input',
    `Line ${line} is not in the file, which ends with line ${last - beyond}. Nothing was changed.`,
  );
}
