import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { hasControls } from '../base/untrusted-text.ts';
import type { Action, FileQuery } from '../policy/action.ts';
import type { FoundFiles } from '../ssh/files/find-files.ts';
import { flag, oneOf, remotePath, serverName, textUpTo, wholeNumber } from './parameters.ts';
import { explanation } from './run-result.ts';
import { defineTool, type JsonObject } from './tool.ts';

const timeoutMs = 30_000;
const maxLineCharacters = 300;
const maxMinutes = 100_000_000;

const input = z.object({
  server: serverName,
  path: remotePath.default('.').describe('Where to begin'),
  name: remotePath.optional().describe('Of the name: *.log'),
  type: oneOf(['any', 'file', 'directory', 'symlink']).default('any').describe('Kind'),
  contains: textUpTo(1_000)
    .refine((text) => text !== '' && !hasControls(text.replaceAll('\t', ' ')), {
      error: 'is empty, or has line breaks or controls',
    })
    .optional()
    .describe('Text in the files'),
  regex: flag.default(false).describe('`contains` is one of grep -E'),
  ignore_case: flag.default(false).describe('Of `contains`'),
  min_size: wholeNumber(0, Number.MAX_SAFE_INTEGER - 1)
    .optional()
    .describe('Bytes'),
  max_size: wholeNumber(0, Number.MAX_SAFE_INTEGER - 1)
    .optional()
    .describe('Bytes'),
  newer_than: wholeNumber(1, maxMinutes).optional().describe('Minutes since its change, at most'),
  older_than: wholeNumber(0, maxMinutes).optional().describe('At least'),
  max_depth: wholeNumber(0, 1_000).optional().describe('Directories down'),
  limit: wholeNumber(1, 1_000).default(200).describe('Results'),
});
type Input = z.output<typeof input>;

export const findFiles = defineTool({
  name: 'find_files',
  title: 'Find files',
  description:
    'Finds files below a directory on one server by name, type, size and age; with `contains`, the lines that hold a ' +
    'text. `unreadable` counts what the account may not look into.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input,
  actions: (asked) => actionsOf(asked),
  echo: ({ server, path }) => ({ server, path }),
  async run(asked, { hosts, outputs }) {
    const { server, path, contains, limit } = asked;
    const found = await hosts.findFiles(server, path, { query: queryOf(asked), timeoutMs });
    const note = whyIncomplete(found, server);
    const all: readonly unknown[] =
      contains === undefined
        ? found.below.map((one) => pathFrom(path, one))
        : found.lines.map((one) => shownLine(path, one));
    const results = withinBytes(all.slice(0, limit), outputs.inlineBytes);
    const truncated = results.length < all.length || !found.complete || note !== undefined;
    const json = {
      success: true,
      server,
      path,
      [contains === undefined ? 'paths' : 'matches']: results,
      count: results.length,
      truncated,
      unreadable: found.unreadable,
      ...(all.length === 0 && found.unreadable > 0 && { stderr: found.complaint }),
      ...(truncated && {
        note: note ?? `There are more than these ${results.length}. Search below a deeper path, or for less.`,
      }),
    };
    const metadata = { operation: 'find', found: all.length, status: found.run.exit.kind };
    return { json, outcome: { success: true, metadata } };
  },
});

/** To search contents is to read them. */
function actionsOf(asked: Input): readonly Action[] {
  const { server: host, path, contains } = asked;
  const query = queryOf(asked);
  const list: Action = { kind: 'list_path', host, path, program: 'find', query };
  return contains === undefined ? [list] : [list, { kind: 'read_path', host, path, program: 'grep', query }];
}

function queryOf(asked: Input): FileQuery {
  const {
    name,
    type,
    contains: text,
    regex,
    ignore_case: ignoresCase,
    min_size,
    max_size,
    newer_than,
    older_than,
    max_depth,
  } = asked;
  const contains = {
    text: text ?? '',
    as: regex ? 'regex' : 'literal',
    letterCase: ignoresCase ? 'ignored' : 'told',
  } as const;
  return {
    type,
    ...(name !== undefined && { name }),
    ...(max_depth !== undefined && { maxDepth: max_depth }),
    ...(min_size !== undefined && { minBytes: min_size }),
    ...(max_size !== undefined && { maxBytes: max_size }),
    ...(newer_than !== undefined && { changedWithinMinutes: newer_than }),
    ...(older_than !== undefined && { unchangedForMinutes: older_than }),
    ...(text !== undefined && { contains }),
  };
}

/** Undefined where the search came to its end. Throws when not even that is known. */
function whyIncomplete({ run, complete }: FoundFiles, server: string): string | undefined {
  if (!complete) return undefined;
  const { code, error } = explanation({ server, timeoutMs }, run.exit, run.stopped);
  if (code !== undefined) throw new GatewayError(code, error ?? code, { ran: 'may_have_run' });
  return run.exit.kind === 'signalled' ? 'The search was ended by a signal.' : error;
}

function shownLine(root: string, { path, line, text }: FoundFiles['lines'][number]): JsonObject {
  const isLong = text.length > maxLineCharacters;
  return { path: pathFrom(root, path), line, text: isLong ? `${text.slice(0, maxLineCharacters)}…` : text };
}

/** With the root as the caller wrote it. */
export function pathFrom(root: string, below: string): string {
  return below === '' ? root : `${root.replace(/\/+$/, '')}${below}`;
}

function withinBytes<T>(results: readonly T[], maxBytes: number): readonly T[] {
  let bytes = 0;
  const end = results.findIndex((one) => {
    bytes += JSON.stringify(one).length;
    return bytes > maxBytes;
  });
  return end === -1 ? results : results.slice(0, end);
}
