import { z } from 'zod';
import { hasEnded, type Job } from '../jobs/job.ts';
import { streamNames } from '../outputs/spool.ts';
import { cursorText, jobCursor } from './job-cursor.ts';
import { lookAt, shownPart, withLookBack, type JobLook } from './job-output.ts';
import { searchJob } from './job-search.ts';
import { describeJob, describeState, timesOf } from './job-state.ts';
import { defineJobTool } from './job-tool.ts';
import { answerWait, jobId, oneOf, usualWaitSeconds, wholeNumber } from './parameters.ts';
import { outputLength, outputPattern } from './read-output.ts';
import type { JsonObject, ToolContext, ToolOutput } from './tool.ts';

const maxTailLines = 1_000;

const input = z.object({
  job_id: jobId.optional().describe('Without it, your jobs are listed'),
  wait: answerWait.default(usualWaitSeconds).describe('Seconds to wait for output or the end'),
  cursor: jobCursor.describe('From the last answer: what came since'),
  tail: wholeNumber(1, maxTailLines).optional().describe('Last lines instead'),
  stream: oneOf(streamNames).default('stdout').describe('For offset and pattern'),
  offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional().describe('First byte of a range instead'),
  length: outputLength.describe('Bytes at most'),
  pattern: outputPattern.describe('RE2: matching lines instead, from offset on'),
});
type Input = z.output<typeof input>;

export const getJob = defineJobTool({
  name: 'get_job',
  title: 'Look at a job',
  description:
    'How a job goes (status running, exited, signalled, timed_out, cancelled) and what it wrote since `cursor`. Waits ' +
    'for news. While it runs, or where truncated, ask again with the new cursor.',
  scope: 'read',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input,
  jobId: ({ job_id }) => job_id,
  actions: ({ host, id }) => [{ kind: 'read_job', host, job: id }],
  echo: ({ job_id }) => ({ job_id }),
  withoutId: { actions: [{ kind: 'list_jobs' }], run: list },
  async run(asked, context, job) {
    const { pattern, stream, offset } = asked;
    if (pattern !== undefined) {
      const found = await searchJob(job, { stream, pattern, from: offset ?? 0, maxBytes: asked.length }, context);
      return answer(found.job, found.shown);
    }
    if (offset !== undefined) return await readRange(asked, offset, { context, job });
    return asked.tail === undefined
      ? await readNew(asked, { context, job })
      : await readTail(asked, asked.tail, { context, job });
  },
});

interface About {
  readonly context: ToolContext;
  readonly job: Job;
}

async function list({ caller, jobs }: ToolContext): Promise<ToolOutput> {
  const { jobs: own, complete } = await jobs.list(caller.principal);
  const json = { success: true, jobs: own.map(describeJob), truncated: !complete };
  return { json, outcome: { success: true, metadata: { jobs: own.length } } };
}

async function readNew({ cursor, wait, length }: Input, { context, job }: About): Promise<ToolOutput> {
  const from = cursor ?? { stdout: 0, stderr: 0 };
  const look = await lookAt(
    job,
    {
      stdout: withLookBack({ offset: from.stdout, maxBytes: length }, job.received.stdout),
      stderr: withLookBack({ offset: from.stderr, maxBytes: length }, job.received.stderr),
      news: { after: from, waitMs: wait * 1_000 },
    },
    context,
  );
  return streams(look, { start: from, length, context });
}

/** The last lines of each stream, as far as they fit. */
async function readTail({ length }: Input, lines: number, { context, job }: About): Promise<ToolOutput> {
  const wanted = withLookBack({ offset: -length, maxBytes: length }, 0);
  const look = await lookAt(job, { stdout: wanted, stderr: wanted }, context);
  const startOf = ({ offset, data, sizeBytes }: JobLook['stdout']): number => {
    let at = Math.max(0, data.length - length);
    const ends = [...data.subarray(at, -1).entries()].filter(([, byte]) => byte === newline).map(([index]) => index);
    const line = ends.at(-lines);
    if (line !== undefined) at += line + 1;
    return Math.min(offset + at, sizeBytes);
  };
  return streams(look, { start: { stdout: startOf(look.stdout), stderr: startOf(look.stderr) }, length, context });
}

const newline = 10;

interface Showing {
  readonly start: { readonly stdout: number; readonly stderr: number };
  readonly length: number;
  readonly context: ToolContext;
}

/** Both streams; of one that is long, what the other leaves. */
function streams({ job, trouble, ...parts }: JobLook, { start, length, context }: Showing): ToolOutput {
  const { secrets } = context;
  const there = (name: 'stdout' | 'stderr'): number => parts[name].offset + parts[name].data.length - start[name];
  const show = (name: 'stdout' | 'stderr', other: 'stdout' | 'stderr') => {
    const maxBytes = Math.max(Math.floor(length / 2), length - there(other));
    return shownPart(parts[name], { start: start[name], maxBytes, hasEnded: hasEnded(job) }, secrets);
  };
  const [stdout, stderr] = [show('stdout', 'stderr'), show('stderr', 'stdout')];
  return answer(job, {
    stdout: stdout.text,
    stderr: stderr.text,
    cursor: cursorText({ stdout: stdout.next, stderr: stderr.next }),
    truncated: !stdout.isLast || !stderr.isLast,
    stdout_bytes: parts.stdout.sizeBytes,
    stderr_bytes: parts.stderr.sizeBytes,
    ...omitted(parts),
    ...(trouble && { output_error: trouble.message }),
  });
}

/** Said only where a host has not kept all: what is missing cannot be had by asking again. */
function omitted({ stdout, stderr }: Pick<JobLook, 'stdout' | 'stderr'>): JsonObject {
  const bytes = { stdout: stdout.writtenBytes - stdout.sizeBytes, stderr: stderr.writtenBytes - stderr.sizeBytes };
  if (bytes.stdout + bytes.stderr === 0) return {};
  const hint =
    'Its host keeps the first part of each output, up to a limit. What was omitted is not to be had; the job was not ended for it.';
  return { omitted_bytes: bytes, hint };
}

async function readRange({ stream, length }: Input, offset: number, { context, job }: About): Promise<ToolOutput> {
  const wanted = withLookBack({ offset, maxBytes: length }, job.received[stream]);
  const none = { offset: 0, maxBytes: 0 };
  const look = await lookAt(job, { stdout: none, stderr: none, [stream]: wanted }, context);
  const part = look[stream];
  const asked = { start: offset, maxBytes: length, hasEnded: hasEnded(look.job) };
  const shown = shownPart(part, asked, context.secrets);
  const isAll = shown.isLast && asked.hasEnded;
  return answer(look.job, {
    stream,
    contents: shown.text,
    offset: shown.offset,
    next_offset: isAll ? null : shown.next,
    size_bytes: part.sizeBytes,
    truncated: !shown.isLast,
    ...omitted(look),
    ...(look.trouble && { output_error: look.trouble.message }),
  });
}

function answer(job: Job, shown: JsonObject): ToolOutput {
  const described = describeState(job);
  const json = {
    ...described,
    job_id: job.id,
    server: job.host,
    command: job.command,
    ...timesOf(job),
    ...shown,
  };
  const metadata = { job_id: job.id, status: described['status'] };
  return { json, isError: job.state.kind === 'lost', outcome: { success: job.state.kind !== 'lost', metadata } };
}
