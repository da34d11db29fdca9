import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';
import type { FileQuery } from '../policy/action.ts';
import type { FoundFiles } from '../ssh/files/find-files.ts';
import { pathFrom } from './find-files.ts';
import { oneOf, remotePath, wholeNumber } from './parameters.ts';
import { explanation, stopRecord } from './run-result.ts';
import { defineSshTool, textOutput } from './ssh-tool.ts';

const input = z.object({
  root: remotePath.describe('Where to begin: absolute, or relative to the home directory'),
  name_pattern: remotePath.describe('Of the name alone, such as *.log'),
  file_type: oneOf(['any', 'file', 'directory', 'symlink']).default('any').describe('Only these'),
  max_depth: wholeNumber(0, 1_000).optional().describe('Directories down; 0 is root alone'),
});

export const sshFindFiles = defineSshTool({
  name: 'ssh_find_files',
  title: 'Find files over SSH',
  description:
    'Finds what has a matching name below a directory on a server, as `find -name` does. Returns sorted paths, one a ' +
    'line; what cannot be seen in a name is shown as an escape. A long list is cut in the middle.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input,
  actions: (asked, host) => [{ kind: 'list_path', host, path: asked.root, program: 'find', query: queryOf(asked) }],
  echo: ({ root, name_pattern }) => ({ root, name_pattern }),
  async run(asked, context) {
    const { root } = asked;
    const { caller, hosts, outputs, host, shownHost, timeoutMs } = context;
    const found = await hosts.findFiles(host, root, { query: queryOf(asked), timeoutMs });
    const paths = found.below.map((path) => neutraliseLine(pathFrom(root, path)));
    const missing = whatIsMissing(found, { server: shownHost, timeoutMs });
    const complaints = paths.length === 0 ? [found.complaint.trimEnd()] : [];
    using output = outputs.collect(caller.principal);
    output.stdout(Buffer.from([...paths, ...complaints, ...missing].join('\n')));
    const { stdout, truncated, outputId } = output.finish();
    const metadata = { operation: 'find', found: paths.length, status: found.run.exit.kind, ...stopRecord(found.run) };
    return textOutput(
      stdout,
      { success: missing.length === 0, metadata },
      { count: paths.length, truncated: truncated || missing.length > 0, output_id: outputId, stderr: found.complaint },
    );
  },
});

function queryOf({ name_pattern: name, file_type: type, max_depth: maxDepth }: z.output<typeof input>): FileQuery {
  return { name, type, ...(maxDepth !== undefined && { maxDepth }) };
}

/** A line for each reason why there may be more. Throws when not even that is known. */
function whatIsMissing(
  { run, complete }: FoundFiles,
  asked: { readonly server: string; readonly timeoutMs: number },
): readonly string[] {
  const { code, error } = explanation(asked, run.exit, run.stopped);
  if (code !== undefined) throw new GatewayError(code, error ?? code, { ran: 'may_have_run' });
  const ended = run.exit.kind === 'signalled' ? 'find was ended by a signal.' : error;
  return [complete ? undefined : 'There are more paths than can be taken in.', ended].flatMap((line) =>
    line === undefined ? [] : [`(${line})`],
  );
}
