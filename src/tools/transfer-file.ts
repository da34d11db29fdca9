import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import type { HostId } from '../hosts/host.ts';
import type { Action } from '../policy/action.ts';
import { overwriteModes, type Copied } from '../ssh/transfer/copy-file.ts';
import type { TreeReport } from '../ssh/transfer/copy-tree.ts';
import { oneOf, remotePath, serverName, wholeNumber } from './parameters.ts';
import { defineTool, type JsonObject } from './tool.ts';

const input = z.object({
  from_server: serverName.optional().describe('Else the gateway'),
  from_path: remotePath.describe('File or directory'),
  to_server: serverName.optional().describe('Else the gateway'),
  to_path: remotePath.describe('Its new path, name included'),
  overwrite: oneOf(overwriteModes).default('never').describe('Files that exist'),
  timeout: wholeNumber(1, 86_400).default(40).describe('Seconds; then it stops'),
});
type Input = z.output<typeof input>;

export const transferFile = defineTool({
  name: 'transfer_file',
  title: 'Transfer a file or directory',
  description:
    "Copies a file or directory between two servers, or a server and the gateway's transfer directory. Verified " +
    'by SHA-256; links are not followed. If complete is false, call again: it goes on.',
  scope: 'write',
  readOnly: false,
  needs: 'changes',
  destructive: true,
  idempotent: true,
  input,
  actions: (asked) => {
    const { from_server: from, to_server: to } = asked;
    if (from === undefined && to === undefined) {
      const message = 'from_server and to_server are both missing: one of the two must be a server (transfer_file)';
      throw new GatewayError('invalid_input', message);
    }
    return [source(from, asked.from_path), target(to, asked.to_path)];
  },
  echo: ({ from_server, from_path, to_server, to_path }) => ({ from_server, from_path, to_server, to_path }),
  async run(asked, { hosts, report }) {
    const { from_server, from_path, to_server, to_path, overwrite, timeout } = asked;
    const startedAt = performance.now();
    let bytes = 0;
    const done = await hosts.transfer({
      from: { host: from_server, path: from_path },
      to: { host: to_server, path: to_path },
      overwrite,
      timeoutMs: timeout * 1000,
      progressed: (more) => {
        bytes += more;
        report(() => `${bytes} bytes transferred`);
      },
    });
    const what = done.kind === 'file' ? fileResult(done.copied, asked) : treeResult(done.tree);
    const durationMs = Math.round(performance.now() - startedAt);
    const ends = { from_server: from_server ?? null, from_path, to_server: to_server ?? null, to_path };
    const json = { ...what, ...ends, kind: done.kind, duration_ms: durationMs };
    const metadata = { ...ends, overwrite, bytes: what['bytes'], complete: what['complete'] };
    return { json, outcome: { success: what.success, durationMs, metadata } };
  },
});

function source(host: HostId | undefined, path: string): Action {
  return host === undefined ? { kind: 'read_gateway_file', path } : { kind: 'read_path', host, path, tree: true };
}

function target(host: HostId | undefined, path: string): Action {
  return host === undefined ? { kind: 'write_gateway_file', path } : { kind: 'write_path', host, path, tree: true };
}

type Result = JsonObject & { readonly success: boolean };

const goOn = 'Not all of it was done in the time. Call again with the same arguments: it goes on from here.';

function fileResult(copied: Copied, { to_path, overwrite }: Input): Result {
  switch (copied.kind) {
    case 'copied': {
      const { bytes, sha256, resumedFrom, change } = copied;
      const recorded = change && { change_id: change.id, ...(!change.undo.available && { undo: change.undo }) };
      return { success: true, complete: true, changed: true, bytes, sha256, resumed_from: resumedFrom, ...recorded };
    }
    case 'unchanged':
      return { success: true, complete: true, changed: false, bytes: copied.bytes, sha256: copied.sha256 };
    case 'exists': {
      const advice = 'Name another target, or set overwrite to if_changed or always.';
      throw new GatewayError(
        'already_exists',
        `There is a ${to_path} already, and overwrite is ${overwrite}. ${advice}`,
      );
    }
    case 'paused':
      return { success: false, complete: false, bytes: copied.bytes, partial: copied.partial, error: goOn };
  }
}

function treeResult({ files, directories, links, bytes, problems, problemCount, isComplete }: TreeReport): Result {
  return {
    success: isComplete && files.failed === 0,
    complete: isComplete,
    bytes,
    files,
    directories,
    links,
    left_out: problems,
    left_out_count: problemCount,
    ...(!isComplete && { error: goOn }),
  };
}
