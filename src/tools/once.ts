import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { canonicalJson } from '../base/canonical-json.ts';
import { GatewayError } from '../base/errors.ts';
import { hasEnded, thisProcess } from '../base/process-identity.ts';
import type { Reservation } from '../jobs/reservations.ts';
import { describeState, timesOf } from './job-state.ts';
import type { JsonObject, ToolContext, ToolOutput } from './tool.ts';

const keptMs = 7 * 24 * 3_600_000;
const pollMs = 200;

const answerSchema = z.object({
  json: z.record(z.string(), z.unknown()),
  text: z.string().optional(),
  success: z.boolean(),
  isError: z.boolean(),
});

export interface Once {
  readonly key: string;
  readonly tool: string;
  /** What the key stands for, with the tool. */
  readonly arguments: JsonObject;
  /** How long to wait for the same call under way elsewhere. */
  readonly waitMs: number;
}

/**
 * Makes a call once, however often it is asked for with the same key by the same caller: whoever comes second gets what
 * the first got. Reserved durably before anything runs; what may have run and has no answer is not run again.
 */
export async function madeOnce(
  asked: Once,
  context: ToolContext,
  run: (context: ToolContext) => Promise<ToolOutput>,
): Promise<ToolOutput> {
  const { caller, jobs } = context;
  const owner = caller.principal;
  const reservations = await jobs.reservations();
  const digest = digestOf(asked);
  const wanted = { owner, key: asked.key, digest, at: Date.now(), holder: thisProcess(), jobId: null, answer: null };
  const there = await reservations.reserve(wanted, Date.now() - keptMs);
  if (there) return await answerOf(there, asked, { digest, context });
  // What has run has run: that its answer could not be kept is the operator's business, and it is not run again.
  const noted = (writing: Promise<void>): Promise<void> =>
    writing.catch((error: unknown) => context.log.error({ err: error }, 'the answer to a call could not be kept'));
  try {
    const output = await run({ ...context, key: asked.key });
    const isFree = output.json['ran'] === 'not_started';
    const answer = JSON.stringify(kept(output, asked));
    await noted(isFree ? reservations.release(owner, asked.key) : reservations.note(owner, asked.key, { answer }));
    return output;
  } catch (error) {
    const isFree = error instanceof GatewayError && error.ran === 'not_started';
    const answer = JSON.stringify(kept(failureOf(error), asked));
    await noted(isFree ? reservations.release(owner, asked.key) : reservations.note(owner, asked.key, { answer }));
    throw error;
  }
}

/**
 * What became of the call when this caller made it before: its answer, once it has one. Undefined where it was not begun yet;
 * nothing is reserved by asking.
 */
export async function madeBefore(asked: Once, context: RepeatContext): Promise<ToolOutput | undefined> {
  const reservations = await context.jobs.reservations();
  const there = await reservations.find(context.caller.principal, asked.key);
  if (there === undefined || there.at < Date.now() - keptMs) return undefined;
  return await answerOf(there, asked, { digest: digestOf(asked), context });
}

/** Of what the key stands for: the same key for anything else is a mistake. */
function digestOf({ tool, arguments: given }: Once): string {
  return createHash('sha256')
    .update(canonicalJson({ tool, arguments: given }))
    .digest('hex');
}

/** Without the command, which may hold secrets; whoever asks again brings it. */
function kept({ json: said, text, isError = false, outcome }: ToolOutput, asked: Once): z.output<typeof answerSchema> {
  const { command, ...rest } = said;
  const json = command === asked.arguments['command'] ? rest : said;
  return { json, ...(text !== undefined && { text }), success: outcome.success, isError };
}

/** What may have run is not run again: its failure is the answer. */
function failureOf(error: unknown): ToolOutput {
  const { code, message, ran, details } =
    error instanceof GatewayError
      ? error
      : new GatewayError('internal', 'The first call failed for a reason of ours. It may have run.', {
          ran: 'may_have_run',
        });
  return {
    json: { ...details, success: false, error: message, code, ran },
    isError: true,
    outcome: { success: false },
  };
}

type RepeatContext = Pick<ToolContext, 'caller' | 'jobs' | 'signal'>;

interface Repeat {
  readonly digest: string;
  readonly context: RepeatContext;
}

async function answerOf(there: Reservation, asked: Once, { digest, context }: Repeat): Promise<ToolOutput> {
  if (there.digest !== digest) {
    const message = 'This idempotency_key was used for a call with other arguments. Use another key for another call.';
    throw new GatewayError('conflict', message);
  }
  const reservations = await context.jobs.reservations();
  const until = performance.now() + asked.waitMs;
  for (let found: Reservation | undefined = there; found; found = await reservations.find(there.owner, there.key)) {
    if (found.answer !== null) return repeated(found.answer, asked);
    if (hasEnded(found.holder, thisProcess())) return await withoutAnswer(found, asked, context);
    if (performance.now() >= until) return await underWay(found, asked, context);
    await sleep(pollMs, undefined, { signal: context.signal });
  }
  const message = 'The same call was under way, and was not started. Make it again.';
  throw new GatewayError('busy', message);
}

function repeated(text: string, asked: Once): ToolOutput {
  const { json: said, success, isError, ...also } = answerSchema.parse(JSON.parse(text));
  const { command } = asked.arguments;
  const json = { ...said, ...(command !== undefined && { command }), repeated: true };
  const shown = also.text === undefined ? {} : { text: also.text };
  return { json, ...shown, isError, outcome: { success, metadata: { repeated: true } } };
}

/** The process that made the call has ended. */
async function withoutAnswer(found: Reservation, asked: Once, context: RepeatContext): Promise<ToolOutput> {
  if (found.jobId !== null) return await underWay(found, asked, context);
  const message =
    'A call with this idempotency_key was begun, and the gateway that made it ended before it answered. It may have run: ' +
    'look at its effects. To run it again, use another key.';
  throw new GatewayError('job_lost', message, { ran: 'may_have_run' });
}

async function underWay(found: Reservation, asked: Once, { jobs }: RepeatContext): Promise<ToolOutput> {
  if (found.jobId === null) {
    const message = 'The same call is under way. Make it again, with the same key, for its answer.';
    throw new GatewayError('busy', message, { ran: 'may_have_run' });
  }
  const job = await jobs.find(found.owner, found.jobId);
  const described = describeState(job);
  const shown = { stdout: '', stderr: '', job_id: job.id, cursor: '0.0', truncated: false, output_id: null };
  const json = {
    ...described,
    server: job.host,
    command: asked.arguments['command'],
    ...shown,
    ...timesOf(job),
    repeated: true,
  };
  return { json, outcome: { success: described['success'] === true, metadata: { repeated: true, job_id: job.id } } };
}
