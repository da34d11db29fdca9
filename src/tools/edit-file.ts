import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { pathAction } from '../policy/action.ts';
import { changeAnswer, changeMetadata } from './change-answer.ts';
import { applyEdit, editList, editShape, understood, type FileEdit } from './file-edits.ts';
import { bySudo, filePath, flag, rightsOf, serverName } from './parameters.ts';
import { showDiff } from './show-diff.ts';
import { decodeText, encodeText, type TextFile } from './text-file.ts';
import { defineTool, type ToolContext } from './tool.ts';
import { markWarning, mustKeepSecrets } from './written-marks.ts';
import type { HostId } from '../hosts/host.ts';

const maxEditedBytes = 16 * 1024 * 1024;

const input = z.object({
  server: serverName,
  file_path: filePath,
  ...editShape,
  edits: editList.optional().describe('Several of the above, in turn'),
  expected_sha256: z
    .string({ error: 'must be text' })
    .regex(/^[0-9a-fA-F]{64}$/, { error: 'must be a SHA-256 in hex' })
    .optional()
    .describe('Only if the file has this hash'),
  dry_run: flag.default(false).describe('Change nothing'),
  sudo: bySudo,
});
type Input = z.output<typeof input>;

export const editFile = defineTool({
  name: 'edit_file',
  title: 'Edit a file',
  description:
    'Edits a text file on one server in one step: replaces a text that is there once (or `all`), inserts or deletes ' +
    'lines, or applies a unified diff; all edits or none. Returns the diff, both hashes and change_id.',
  scope: 'write',
  readOnly: false,
  needs: 'changes',
  destructive: true,
  idempotent: false,
  input,
  actions: ({ server: host, file_path: path, sudo }) => [
    pathAction('write', { host, path, sudo }),
    pathAction('read', { host, path, sudo }),
  ],
  echo: ({ server, file_path }) => ({ server, file_path }),
  async run(asked, context) {
    const { server, file_path, dry_run: isDryRun } = asked;
    const edits = await filledEdits(editsOf(asked), server, context);
    const { data, sha256 } = await readWhole(asked, context);
    const file = decodeText(data);
    if (!file) throw invalid(`${file_path} is not a text file: it is not edited. Write it whole, or use a command`);
    const { text, changes } = edits.reduce(
      (so, edit) => {
        const next = applyEdit(so.text, edit);
        return { text: next.text, changes: so.changes + next.changes };
      },
      { text: file.text, changes: 0 },
    );
    const edited = encoded({ ...file, text }, file_path);
    mustKeepSecrets(Buffer.from(file.text), text, context.secrets);
    // Of texts without their secrets: a part of a diff would show a part of a key.
    const clear = (whole: string): string => context.secrets.redact(whole).text;
    const { diff, truncated } = await showDiff(clear(file.text), clear(text));
    const whileIs = { kind: 'file', sizeBytes: data.length, sha256 } as const;
    const becomes = { kind: 'replaced', contents: edited } as const;
    const isChanged = !edited.equals(data);
    const change =
      isChanged && !isDryRun
        ? await context.hosts.changeFile(server, file_path, {
            operation: 'edit',
            becomes,
            whileIs,
            by: rightsOf(asked.sudo),
          })
        : undefined;
    const json = {
      success: true,
      server,
      file_path,
      changed: change !== undefined,
      changes_made: changes,
      encoding: file.encoding,
      diff,
      diff_truncated: truncated,
      sha256_before: sha256,
      sha256: createHash('sha256').update(edited).digest('hex'),
      ...(isDryRun && { dry_run: true }),
      ...markWarning(text, file.text),
      ...(change && changeAnswer(change)),
    };
    const operation = isDryRun ? 'edit_dry_run' : 'edit';
    const metadata = { operation, changes, bytes: edited.length, ...(change && changeMetadata(change)) };
    return { json, outcome: { success: true, metadata } };
  },
});

function editsOf({ edits, ...one }: Input): readonly FileEdit[] {
  const given = Object.entries(one).flatMap(([key, value]) => (key in editShape && value !== undefined ? [key] : []));
  if (edits !== undefined) {
    if (given.length > 0) throw invalid(`Give either edits or ${given.join(', ')}`);
    return edits;
  }
  const edit = understood(one);
  if (typeof edit === 'string') throw invalid(`Wrong edit: ${edit}`);
  return [edit];
}

/** With the secrets that their new texts refer to. */
async function filledEdits(
  edits: readonly FileEdit[],
  host: HostId,
  { ownSecrets }: ToolContext,
): Promise<readonly FileEdit[]> {
  return await Promise.all(
    edits.map(async (edit) =>
      'newText' in edit ? { ...edit, newText: await ownSecrets.fill(host, edit.newText) } : edit,
    ),
  );
}

async function readWhole(
  { server, file_path, expected_sha256: expected, sudo }: Input,
  { hosts, settings }: ToolContext,
): Promise<{ readonly data: Buffer; readonly sha256: string }> {
  const maxBytes = settings.maxEditBytes;
  const { data, sizeBytes, sha256 } = await hosts.readFile(server, file_path, {
    offset: 0,
    maxBytes,
    by: rightsOf(sudo),
  });
  if (sha256 === null || sizeBytes > maxBytes) {
    const message = `${file_path} has more than the ${maxBytes} bytes that are edited. Use a command, such as sed -i.`;
    throw new GatewayError('too_large', message);
  }
  if (expected !== undefined && expected.toLowerCase() !== sha256) {
    const message = `${file_path} does not have the expected SHA-256: it has changed. Nothing was changed. Read it again.`;
    throw new GatewayError('conflict', message, { details: { sha256 } });
  }
  return { data, sha256 };
}

function encoded(file: TextFile, path: string): Buffer {
  const bytes = encodeText(file);
  if (!bytes) throw invalid(`${path} is not UTF-8, and its encoding, taken for Latin-1, has not all of the characters`);
  if (bytes.length <= maxEditedBytes) return bytes;
  throw new GatewayError('too_large', `${path} would have more than 16 MB. Nothing was changed. Use a command.`);
}

function invalid(message: string): GatewayError {
  return new GatewayError('invalid_input', `${message}.`);
}
