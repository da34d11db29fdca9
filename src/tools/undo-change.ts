import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import type { Change, ChangedFile, FileState } from '../changes/change.ts';
import { pathAction } from '../policy/action.ts';
import type { NewFile } from '../ssh/files/change-file.ts';
import { changeAnswer, changeMetadata } from './change-answer.ts';
import { badInput, describeInput } from './input.ts';
import {
  defineTool,
  type JsonObject,
  type PreparedCall,
  type Tool,
  type ToolContext,
  type ToolOutput,
} from './tool.ts';

const input = z.object({
  change_id: z
    .string({ error: 'must be text' })
    .max(200, { error: 'is too long' })
    .optional()
    .describe('As the call that changed it says'),
});

const listing = defineTool({
  name: 'undo_change',
  title: 'Undo a change',
  description:
    "Puts a file back to what it was before a write or edit, by that call's change_id; `conflict` if it has " +
    'changed since. Without change_id, lists what was altered.',
  scope: 'write',
  readOnly: false,
  needs: 'changes',
  destructive: true,
  idempotent: false,
  input,
  actions: () => [{ kind: 'list_changes' }],
  echo: ({ change_id }) => ({ change_id }),
  run: (_input, context) => list(context),
});

const { lenient } = describeInput(input);

export const undoChange: Tool = {
  ...listing,
  prepare: (raw) => {
    const parsed = input.safeParse(lenient(raw));
    if (!parsed.success) return badInput(parsed.error, raw);
    const { change_id: changeId } = parsed.data;
    return changeId === undefined ? listing.prepare(raw) : { changeId, undoing };
  },
};

function undoing(change: Change): PreparedCall {
  const { what } = change;
  if (what.kind === 'fact') {
    const message = `${what.subject} is not put back by itself. What it was is in the list of undo_change without an id.`;
    throw new GatewayError('change_not_kept', message);
  }
  return {
    actions: [pathAction('write', { host: what.host, path: what.path, sudo: what.by === 'sudo' })],
    run: (context) => undo({ ...change, what }, context),
  };
}

async function undo(change: Change & { readonly what: ChangedFile }, context: ToolContext): Promise<ToolOutput> {
  const { id, what } = change;
  const { host, path, before } = what;
  if (!what.undo.available) throw notKept(`${path} cannot be put back: ${what.undo.reason}.`);
  if (what.after === undefined) throw notKept(`How the change of ${path} ended is not known. Look at the file.`);
  mustLeadThere(context, path);
  const undone = await context.hosts.changeFile(host, path, {
    operation: 'undo',
    by: what.by,
    becomes: await formerly(change, context),
    whileIs: what.after,
    undoes: id,
  });
  await context.changes.undone(change);
  const now = before.kind === 'absent' ? 'removed' : 'restored';
  const json = { success: true, server: host, file_path: path, undone: id, file: now, ...changeAnswer(undone) };
  const metadata = { operation: 'undo', undone: id, ...changeMetadata(undone) };
  return { json, outcome: { success: true, metadata } };
}

async function formerly(
  { what, ...change }: Change & { readonly what: ChangedFile },
  context: ToolContext,
): Promise<NewFile> {
  const { before } = what;
  if (before.kind === 'absent') return { kind: 'removed' };
  const { mode, owner } = before;
  const attributes = { ...(mode !== undefined && { mode }), ...(owner && { owner }) };
  return { kind: 'replaced', contents: await context.changes.contentsBefore({ ...change, what }), attributes };
}

/** The path that was changed had no symbolic links in it. */
function mustLeadThere({ actions }: ToolContext, path: string): void {
  if (actions.every((action) => !('resolved' in action) || action.resolved === path)) return;
  throw new GatewayError('conflict', `${path} leads elsewhere since a symbolic link stands in it. Look at it first.`);
}

function notKept(message: string): GatewayError {
  return new GatewayError('change_not_kept', message);
}

async function list({ changes }: ToolContext): Promise<ToolOutput> {
  const found = await changes.list();
  const json = { success: true, changes: found.map(listed), count: found.length };
  return { json, outcome: { success: true, metadata: { changes: found.length } } };
}

function listed({ id, at, tool, callId, principal, state, what }: Change): JsonObject {
  const common = {
    change_id: id,
    server: what.host,
    at: at.toISOString(),
    tool,
    call_id: callId,
    by: principal,
    state,
  };
  if (what.kind === 'fact') {
    const undo = { available: false, reason: 'It is told, not put back.' };
    return { ...common, subject: what.subject, before: what.before, undo };
  }
  const { path, operation, before, after, undo, undoes, by } = what;
  return {
    ...common,
    file_path: path,
    operation,
    ...(by === 'sudo' && { sudo: true }),
    ...(undoes !== undefined && { undoes }),
    before: shown(before),
    after: after ? shown(after) : 'unknown',
    undo: undoable(state, undo),
  };
}

function undoable(state: Change['state'], undo: ChangedFile['undo']): ChangedFile['undo'] {
  return state === 'undone' ? { available: false, reason: 'It is undone.' } : undo;
}

function shown(state: FileState): JsonObject {
  return state.kind === 'absent' ? { exists: false } : { size_bytes: state.sizeBytes, sha256: state.sha256 };
}
