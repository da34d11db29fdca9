import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { shellWord } from '../base/shell-word.ts';
import { compilePattern } from '../outputs/search.ts';
import type { Action, JournalQuery } from '../policy/action.ts';
import { noJournal, plainJournal } from './journal-command.ts';
import { readLogFiles, type LogFile } from './log-files.ts';
import { journalTime, logTime, momentOf } from './log-time.ts';
import { flag, oneOf, remotePath, serverName, serviceName, textUpTo, wholeNumber } from './parameters.ts';
import { howItEnded, stopRecord } from './run-result.ts';
import { startInBackground } from './start-job.ts';
import { builtOf, defineTool, type ToolContext, type ToolOutput } from './tool.ts';

const timeoutMs = 40_000;
const maxLines = 5_000;
const maxFactsAgeMs = 3_600_000;
const onlyOfJournal = '`unit` and `priority` are about the journal: leave them out, or `path`';
const priorities = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;

const input = z.object({
  server: serverName,
  path: remotePath.optional().describe('Log file; without it, the journal'),
  unit: serviceName.optional().describe('Journal of this unit'),
  since: logTime.optional().describe('2h, 30m, 1d, or 2026-01-31 14:00'),
  until: logTime.optional().describe('As since'),
  grep: textUpTo(500)
    .refine((pattern) => pattern !== '' && typeof compilePattern(pattern) !== 'string', {
      error: 'must be a regular expression that RE2 knows',
    })
    .optional()
    .describe('RE2 regular expression'),
  priority: oneOf(priorities).optional().describe('Journal: this bad or worse'),
  lines: wholeNumber(1, maxLines).default(100).describe('The last so many'),
  follow: flag.default(false).describe('Go on as a job'),
  rotated: flag.default(false).describe('Older files too (path.1, path.2.gz)'),
});
type Input = z.output<typeof input>;

export const readLogs = defineTool({
  name: 'read_logs',
  title: 'Read logs',
  description:
    "Reads the last lines of the systemd journal or of a log file. Times without a zone are the server's. Long " +
    'contents are cut: read_output has the whole.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input,
  actions: (asked) => {
    const { server: host, path, since, until, rotated, follow } = asked;
    if (follow) return followActions(asked);
    if (path === undefined) {
      if (rotated) throw refused('`rotated` is about files: name one by `path`');
      const query = journalQueryOf(asked);
      return [{ kind: 'read_journal', host, query, plain: plainJournal(query) }];
    }
    if (asked.unit !== undefined || asked.priority !== undefined) {
      throw refused(onlyOfJournal);
    }
    const file: Action = { kind: 'read_path', host, path, program: 'tail', ...(rotated && { rotated }) };
    // When a line was written is known by the host's clock.
    return since || until ? [file, { kind: 'gather_facts', host }] : [file];
  },
  echo: ({ server, path, unit }) => ({ server, path, unit }),
  run: async (asked, context) => {
    if (asked.follow) return await followLogs(asked, context);
    return asked.path === undefined
      ? await readFromJournal(asked, context)
      : await readFromFiles(asked, asked.path, context);
  },
});

function followActions(asked: Input): readonly Action[] {
  const { server: host, path, unit, priority, since, until, grep, rotated } = asked;
  const run: Action = { kind: 'run_command', host, command: followCommand(asked) };
  if (until || rotated) throw refused('what is followed has no `until` and nothing `rotated`');
  if (path === undefined) return [run];
  if (unit !== undefined || priority !== undefined) throw refused(onlyOfJournal);
  if (since || grep !== undefined)
    throw refused('a file is followed without `since` and `grep`: get_job finds patterns');
  return [{ kind: 'read_path', host, path, program: 'tail' }, run];
}

/** With the rights of the account, as any job. */
function followCommand(asked: Input): string {
  const { path, lines } = asked;
  if (path === undefined) return `${plainJournal(journalQueryOf(asked)).join(' ')} -f`;
  // A command starts in the home directory, where a shell would look for `~/`.
  const file = shellWord(path.replace(/^~\//, './').replace(/^-/, './-'));
  return `tail -n ${lines} -F ${file}`;
}

async function followLogs(asked: Input, context: ToolContext): Promise<ToolOutput> {
  const command = followCommand(asked);
  const timeoutMs = context.jobs.limits.defaultTimeoutMs;
  return await startInBackground({ server: asked.server, command, timeoutMs, tool: 'read_logs' }, context);
}

function refused(what: string): GatewayError {
  return new GatewayError('invalid_input', `${what} (read_logs)`);
}

function journalQueryOf({ unit, since, until, priority, grep, lines }: Input): JournalQuery {
  return {
    unit,
    since: since && journalTime(since),
    until: until && journalTime(until),
    priority,
    pattern: grep,
    lines,
  };
}

async function readFromJournal(
  { server, unit, grep }: Input,
  { caller, actions, hosts, outputs }: ToolContext,
): Promise<ToolOutput> {
  using output = outputs.collect(caller.principal);
  const run = await hosts.runBuilt(builtOf('read_journal', actions), { timeoutMs, output });
  const { stdout, stderr, truncated, outputId } = output.finish();
  const { exit, durationMs } = run;
  const exitCode = exit.kind === 'exited' ? exit.status : null;
  if (exitCode === noJournal) {
    const message = `${server} has no systemd journal. Name a file by \`path\`, such as /var/log/messages or /var/log/syslog.`;
    throw new GatewayError('unsupported_host', message, { ran: 'ran' });
  }
  // journalctl(1) ends so when nothing matched.
  const foundNothing = exitCode === 1 && grep !== undefined && stderr === '';
  const success = exitCode === 0 || foundNothing;
  const json = {
    success,
    server,
    source: 'journal',
    ...(unit !== undefined && { unit }),
    contents: stdout,
    ...(stderr !== '' && { errors: stderr }),
    truncated,
    output_id: outputId,
    duration_ms: durationMs,
    ...howItEnded({ server, timeoutMs }, run),
    ...(success ? {} : { exit_code: exitCode }),
  };
  const metadata = { source: 'journal', status: exit.kind, ...stopRecord(run) };
  return { json, isError: exit.kind === 'disconnected', outcome: { success, exitCode, durationMs, metadata } };
}

async function readFromFiles(asked: Input, path: string, context: ToolContext): Promise<ToolOutput> {
  const { server, grep, lines } = asked;
  const { caller, actions, hosts, outputs } = context;
  const older = actions.flatMap((action) => (action.kind === 'read_path' && action.path !== path ? [action.path] : []));
  const compiled = grep === undefined ? undefined : compilePattern(grep);
  const pattern = typeof compiled === 'string' ? undefined : compiled;
  const query = { lines, pattern, ...(await timesOf(asked, context)) };
  const files = await readLogFiles(hosts, server, { paths: [path, ...older], query });
  using output = outputs.collect(caller.principal);
  for (const file of files) for (const line of file.lines) output.stdout(Buffer.from(`${line}\n`));
  const { stdout, truncated, outputId } = output.finish();
  const json = {
    success: true,
    server,
    source: 'file',
    path,
    files: files.map(describeFile),
    contents: stdout,
    truncated,
    output_id: outputId,
  };
  const metadata = { source: 'file', files: files.map((file) => file.path) };
  return { json, outcome: { success: true, metadata } };
}

async function timesOf({ server, since, until }: Input, { facts, hosts }: ToolContext) {
  const nowMs = Date.now();
  if (!since && !until) return { sinceMs: undefined, untilMs: undefined, zone: '+0000', nowMs };
  const card = await facts.card(server, maxFactsAgeMs, () => hosts.gatherFacts(server));
  const zone = card.facts.zone ?? '+0000';
  const moment = (time: Input['since']): number | undefined => time && momentOf(time, zone, nowMs);
  return { sinceMs: moment(since), untilMs: moment(until), zone, nowMs };
}

function describeFile({ path, lines, note }: LogFile) {
  return { path, lines: lines.length, ...(note !== undefined && { note }) };
}
