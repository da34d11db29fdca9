import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../base/errors.ts';
import { lookAheadBytes, lookBackBytes, type SecretsShown } from '../base/secrets-shown.ts';
import { completeLength, continuationLength } from '../base/utf8.ts';
import { hasEnded, isUnseen, type Job, type JobState, type StreamBytes } from '../jobs/job.ts';
import type { HeldJob, Jobs } from '../jobs/jobs.ts';
import type { StreamName } from '../outputs/spool.ts';
import type { JobPart, PartWanted } from '../ssh/jobs/read-job.ts';
import { clearRange, withMarks } from './clear-range.ts';
import { stateOf } from './job-state.ts';
import type { ToolContext } from './tool.ts';

export interface Wanted {
  readonly stdout: PartWanted;
  readonly stderr: PartWanted;
  /** Waits so long for something beyond these places, or the end. */
  readonly news?: { readonly after: StreamBytes; readonly waitMs: number };
}

export interface JobLook {
  readonly job: Job;
  readonly stdout: JobPart;
  readonly stderr: JobPart;
  /** Why its host told nothing of a job that is known to have ended. */
  readonly trouble?: GatewayError;
}

/**
 * How a job stands, and parts of its streams, counted from the first byte it wrote: what was received before its host
 * kept it comes from here, the rest from there.
 */
export async function lookAt(job: Job, wanted: Wanted, context: ToolContext): Promise<JobLook> {
  const held = context.jobs.heldHere(job);
  if (held) return await lookAtHeld(job, held, wanted, context);
  if (job.heldUntil !== null && job.state.kind !== 'starting' && !isUnseen(job))
    return await lookAtUnkept(job, wanted, context);
  const stdout = await receivedPart(job, 'stdout', wanted.stdout, context);
  const stderr = await receivedPart(job, 'stderr', wanted.stderr, context);
  const after = wanted.news?.after ?? { stdout: 0, stderr: 0 };
  const isPatient = after.stdout >= job.received.stdout && after.stderr >= job.received.stderr && !hasEnded(job);
  const question = {
    stdout: onHost(job, 'stdout', wanted.stdout, stdout),
    stderr: onHost(job, 'stderr', wanted.stderr, stderr),
    news: {
      stdoutAfter: after.stdout - job.received.stdout,
      stderrAfter: after.stderr - job.received.stderr,
      waitMs: isPatient ? (wanted.news?.waitMs ?? 0) : 0,
    },
  };
  const report = await context.hosts.readJob(job, question).catch((error: unknown) => away(job, error));
  const known = report instanceof GatewayError ? job : await noted(job, stateOf(report, job), context.jobs);
  const kept = report instanceof GatewayError ? { stdout: none, stderr: none, trouble: report } : report;
  return {
    job: known,
    stdout: await fromStart(job, 'stdout', { received: stdout, kept: kept.stdout, wanted: wanted.stdout, context }),
    stderr: await fromStart(job, 'stderr', { received: stderr, kept: kept.stderr, wanted: wanted.stderr, context }),
    ...('trouble' in kept && { trouble: kept.trouble }),
  };
}

/** What its host says counts; that it knows nothing of it, only once nobody is about to start it. */
export async function noted(job: Job, state: JobState, jobs: Jobs): Promise<Job> {
  return isUnseen({ state }) ? await jobs.takeOver(job, state) : await jobs.note(job, { state, heldUntil: null });
}

/** One that is held here is asked here: what it wrote is on our disk. */
async function lookAtHeld(job: Job, held: HeldJob, wanted: Wanted, context: ToolContext): Promise<JobLook> {
  const { after, waitMs } = wanted.news ?? { after: { stdout: 0, stderr: 0 }, waitMs: 0 };
  const isNews = (stream: StreamName): boolean => held.read(stream, 0, 0).sizeBytes > after[stream];
  for (const until = performance.now() + waitMs; performance.now() < until;) {
    if (isNews('stdout') || isNews('stderr')) break;
    if (await Promise.race([held.ended.then(() => true), sleep(100, false, { signal: context.signal })])) {
      return await lookAt(await context.jobs.find(job.owner, job.id), wanted, context);
    }
  }
  const part = (stream: StreamName): JobPart => {
    const read = held.read(stream, wanted[stream].offset, wanted[stream].maxBytes);
    return { ...read, writtenBytes: read.sizeBytes };
  };
  return { job, stdout: part('stdout'), stderr: part('stderr') };
}

/** One that its host did not keep, and that is not held here. */
async function lookAtUnkept(job: Job, wanted: Wanted, context: ToolContext): Promise<JobLook> {
  const known = await context.jobs.takeOver(job, { kind: 'lost', reason: 'gateway_ended' });
  const part = async (stream: StreamName): Promise<JobPart> => {
    const sizeBytes = job.received[stream];
    const { offset, maxBytes } = wanted[stream];
    const from = offset < 0 ? Math.max(0, sizeBytes + offset) : Math.min(offset, sizeBytes);
    const received = await receivedPart(job, stream, { offset: from, maxBytes }, context);
    return { offset: from, data: received?.data ?? none.data, sizeBytes, writtenBytes: sizeBytes };
  };
  return { job: known, stdout: await part('stdout'), stderr: await part('stderr') };
}

const none: JobPart = { offset: 0, data: Buffer.alloc(0), sizeBytes: 0, writtenBytes: 0 };
const nothing: PartWanted = { offset: 0, maxBytes: 0 };

/** How a job ended is known here, whatever becomes of its host. */
function away(job: Job, error: unknown): GatewayError {
  const isAway =
    error instanceof GatewayError && (error.code === 'host_unreachable' || error.code === 'connection_lost');
  if (!isAway || !hasEnded(job)) throw error;
  return error;
}

/** Undefined where the part is not among what was received, or that is no longer kept. */
async function receivedPart(
  job: Job,
  stream: StreamName,
  { offset, maxBytes }: PartWanted,
  { outputs }: ToolContext,
): Promise<JobPart | undefined> {
  if (job.outputId === null || offset < 0 || offset >= job.received[stream] || maxBytes === 0) return undefined;
  try {
    const { data } = await outputs.readRange(job.owner, job.outputId, { stream, offset, maxBytes });
    return data.length === 0 ? undefined : { ...none, offset, data };
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'output_not_found') return undefined;
    throw error;
  }
}

/** What is left to ask the host for: what comes after what we received, where that reaches so far. */
function onHost(
  job: Job,
  stream: StreamName,
  { offset, maxBytes }: PartWanted,
  received: JobPart | undefined,
): PartWanted {
  if (offset < 0) return { offset, maxBytes };
  const border = job.received[stream];
  if (!received) return { offset: Math.max(0, offset - border), maxBytes };
  const reaches = received.offset + received.data.length === border;
  return reaches ? { offset: 0, maxBytes: maxBytes - received.data.length } : nothing;
}

interface Parts {
  readonly received: JobPart | undefined;
  /** Counted from where the host began to keep it. */
  readonly kept: JobPart;
  readonly wanted: PartWanted;
  readonly context: ToolContext;
}

/** One part, counted from the first byte that the job wrote. */
async function fromStart(job: Job, stream: StreamName, parts: Parts): Promise<JobPart> {
  const border = job.received[stream];
  const { kept } = parts;
  const sizes = { sizeBytes: border + kept.sizeBytes, writtenBytes: border + kept.writtenBytes };
  const received = parts.received ?? (await lastReceived(job, stream, parts));
  if (!received) return { ...kept, offset: border + kept.offset, ...sizes };
  const isJoined = received.offset + received.data.length === border && kept.offset === 0;
  return { ...received, data: isJoined ? Buffer.concat([received.data, kept.data]) : received.data, ...sizes };
}

/** Of the last bytes, those that the host does not have. */
async function lastReceived(
  job: Job,
  stream: StreamName,
  { kept, wanted, context }: Parts,
): Promise<JobPart | undefined> {
  const missing = wanted.maxBytes - kept.data.length;
  if (wanted.offset >= 0 || kept.offset > 0 || missing <= 0) return undefined;
  const offset = Math.max(0, job.received[stream] - missing);
  return await receivedPart(job, stream, { offset, maxBytes: missing }, context);
}

/**
 * A range that begins anywhere, with what must be looked at to show it: the second half of a secret is not shown for
 * want of the first, nor its beginning for want of the rest.
 */
export function withLookBack({ offset, maxBytes }: PartWanted, receivedBytes: number): PartWanted {
  const start = offset < receivedBytes ? 0 : receivedBytes;
  const before = offset < 0 ? lookBackBytes : Math.min(lookBackBytes, offset - start);
  return { offset: offset - before, maxBytes: before + (offset < 0 ? maxBytes : Math.max(maxBytes, lookAheadBytes)) };
}

export interface ShownPart {
  readonly text: string;
  /** Where it begins, and where to go on. */
  readonly offset: number;
  readonly next: number;
  readonly isLast: boolean;
}

/** As much of a part as can be shown from `start` on: whole characters, and no part of a secret. */
export function shownPart(
  { data, ...part }: JobPart,
  asked: { readonly start: number; readonly maxBytes: number; readonly hasEnded: boolean },
  secrets: SecretsShown,
): ShownPart {
  const start = Math.min(Math.max(0, asked.start - part.offset), data.length);
  const isWhole = asked.hasEnded && part.offset + data.length >= part.sizeBytes;
  const clear = clearRange(data, { start, maxBytes: asked.maxBytes, isWhole }, secrets);
  const from = clear.from + (part.offset + clear.from === 0 ? 0 : continuationLength(data.subarray(clear.from)));
  const isAll = isWhole && clear.end === data.length;
  const end = isAll ? data.length : Math.max(from, completeLength(data.subarray(0, clear.end)));
  const isLast = part.offset + Math.max(from, Math.min(start + asked.maxBytes, data.length)) >= part.sizeBytes;
  const text = withMarks(data, { from, end, spans: clear.spans }).bytes.toString();
  return { text, offset: part.offset + from, next: part.offset + end, isLast };
}
