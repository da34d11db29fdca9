import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { changeAnswer, changeMetadata } from './change-answer.ts';
import { countLines, editText, type TextEdit } from './edit-lines.ts';
import { remotePath, textUpTo, wholeNumber } from './parameters.ts';
import { defineSshTool } from './ssh-tool.ts';
import { markWarning, mustKeepSecrets } from './written-marks.ts';

const operations = ['replace', 'insert_after', 'insert_before', 'delete_lines'] as const;
const maxTextBytes = 1024 * 1024;
const maxLine = 100_000_000;
const maxLineNumbers = 10_000;
const lineList = { error: 'must be a list of line numbers' };
const tooManyLines = { error: `has more than ${maxLineNumbers} entries` };

const input = z.object({
  path: remotePath.describe('Absolute, or relative to the home directory'),
  operation: z.enum(operations, { error: ({ input: given }) => unknownOperation(given) }).describe('What to do'),
  old_text: textUpTo(maxTextBytes).optional().describe('replace: every occurrence of this'),
  new_text: textUpTo(maxTextBytes).optional().describe('replace: becomes this. insert: whole lines'),
  line_number: wholeNumber(0, maxLine).optional().describe('insert: after or before this line, counted from 1'),
  line_numbers: z
    .array(wholeNumber(1, maxLine), lineList)
    .max(maxLineNumbers, tooManyLines)
    .optional()
    .describe('delete_lines: these, counted from 1'),
});
type Input = z.output<typeof input>;

export const sshEditFile = defineSshTool({
  name: 'ssh_edit_file',
  title: 'Edit a file over SSH',
  description:
    'Changes a text file on a server in one step: replaces all occurrences of a text, inserts lines, or deletes lines. ' +
    'Returns changes_made; 0 means that old_text is not in the file.',
  scope: 'write',
  readOnly: false,
  needs: 'changes',
  destructive: true,
  idempotent: false,
  input,
  actions: ({ path }, host) => [
    { kind: 'write_path', host, path },
    { kind: 'read_path', host, path },
  ],
  echo: ({ path, operation }) => ({ path, operation }),
  async run(asked, { hosts, host, settings, secrets }) {
    const { path, operation } = asked;
    checkArguments(asked);
    const { maxEditBytes: maxBytes } = settings;
    const { data, sizeBytes, sha256 } = await hosts.readFile(host, path, { offset: 0, maxBytes });
    if (sha256 === null || sizeBytes > maxBytes) {
      const message = `${path} has more than the ${maxBytes} bytes that are edited. Use a command, such as sed -i.`;
      throw new GatewayError('too_large', message);
    }
    const { data: edited, changes } = editText(data, editOf(asked, data));
    mustKeepSecrets(data, edited.toString(), secrets);
    const whileIs = { kind: 'file', sizeBytes, sha256 } as const;
    const becomes = { kind: 'replaced', contents: edited } as const;
    const change = edited.equals(data)
      ? undefined
      : await hosts.changeFile(host, path, { operation: 'edit', becomes, whileIs });
    return {
      json: {
        path,
        operation,
        changes_made: changes,
        ...(change && changeAnswer(change)),
        ...markWarning(edited.toString(), data.toString()),
      },
      outcome: {
        success: true,
        metadata: {
          operation: `edit_${operation}`,
          changes,
          bytes: edited.length,
          ...(change && changeMetadata(change)),
        },
      },
    };
  },
});

function unknownOperation(given: unknown): string {
  const known = `must be ${operations.join(' or ')}`;
  return typeof given === 'string' ? `${known}. Unknown operation: ${given.slice(0, 40)}` : known;
}

/** What the operation needs besides what every operation needs. */
function checkArguments({ operation, old_text, new_text, line_number, line_numbers }: Input): void {
  switch (operation) {
    case 'replace':
      if (!old_text || new_text === undefined) throw invalid('replace operation requires old_text and new_text');
      return;
    case 'insert_after':
    case 'insert_before':
      if (line_number === undefined || new_text === undefined) {
        throw invalid(`${operation} requires line_number and new_text`);
      }
      return;
    case 'delete_lines':
      if (line_numbers === undefined || line_numbers.length === 0) {
        throw invalid('delete_lines requires line_numbers list');
      }
  }
}

function editOf(
  { operation, old_text = '', new_text = '', line_number = 0, line_numbers = [] }: Input,
  file: Buffer,
): TextEdit {
  const lines = countLines(file.toString('latin1'));
  switch (operation) {
    case 'replace':
      return { kind: 'replace', oldText: old_text, newText: new_text };
    case 'insert_after':
      checkLine(line_number, 0, lines);
      return { kind: 'insert', before: line_number + 1, newText: new_text };
    case 'insert_before':
      checkLine(line_number, 1, lines + 1);
      return { kind: 'insert', before: line_number, newText: new_text };
    case 'delete_lines':
      for (const line of line_numbers) checkLine(line, 1, lines);
      return { kind: 'delete', lines: line_numbers };
  }
}

function checkLine(line: number, first: number, last: number): void {
  if (line < first || line > last) throw invalid(`line_number ${line} out of range (${first}-${last})`);
}

function invalid(message: string): GatewayError {
  return new GatewayError('invalid_input', message);
}
