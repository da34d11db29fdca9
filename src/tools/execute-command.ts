import { z } from 'zod';
import type { KeepOptions } from '../ssh/jobs/job-access.ts';
import { once } from './once.ts';
import {
  answerWait,
  commandText,
  commandTimeout,
  flag,
  idempotencyKey,
  serverName,
  usualWaitSeconds,
} from './parameters.ts';
import { jobRecord, jobResult, runOrJob } from './run-or-job.ts';
import { runResult } from './run-result.ts';
import { startInBackground } from './start-job.ts';
import { defineTool, type ToolContext, type ToolOutput } from './tool.ts';

const input = z.object({
  server: serverName,
  command: commandText.describe('As you would type it in a shell'),
  timeout: commandTimeout.describe('Seconds until it is stopped; by default what the operator set, or 300'),
  wait: answerWait.optional().describe('Seconds until it becomes a job, by default 20'),
  background: flag.default(false).describe('Answer at once with a job_id for get_job'),
  idempotency_key: idempotencyKey.describe(
    'Of your choice: the call is made once, however often it is repeated with it',
  ),
});
type Input = z.output<typeof input>;

export const executeCommand = defineTool({
  name: 'execute_command',
  title: 'Run a command',
  description:
    'Runs a shell command on one server and waits for its end. No terminal, no stdin: use flags that do not ask. ' +
    'Returns stdout, stderr, exit_code and status (exited, signalled, timed_out, disconnected); a non-zero exit ' +
    'is success: false, not an error. Long output is cut: read_output has the whole.',
  scope: 'execute',
  readOnly: false,
  destructive: true,
  idempotent: false,
  input,
  actions: ({ server, command }) => [{ kind: 'run_command', host: server, command }],
  echo: ({ server, command }) => ({ server, command }),
  async run(asked, context) {
    const { idempotency_key: key, wait = usualWaitSeconds, server, command, timeout, background } = asked;
    if (key === undefined) return await run(asked, context);
    const meant = { tool: 'execute_command', server, command, timeout, background };
    return await once({ key, arguments: meant, waitMs: wait * 1000 }, context, () => run(asked, context));
  },
});

async function run(
  { server, command, timeout, wait, background, ...asked }: Input,
  context: ToolContext,
): Promise<ToolOutput> {
  const { caller, hosts, jobs, outputs, settings } = context;
  const { idempotency_key: key } = asked;
  const usualMs = background ? jobs.limits.defaultTimeoutMs : settings.defaultCommandTimeoutMs;
  const timeoutMs = timeout === undefined ? usualMs : timeout * 1000;
  if (background) return await startInBackground({ server, command, timeoutMs, key }, context);
  const output = outputs.collect(caller.principal);
  const start = (options: KeepOptions): ReturnType<typeof hosts.runOrKeep> => hosts.runOrKeep(server, command, options);
  const meant = { tool: 'execute_command', host: server, command, timeoutMs, wait, key };
  const ran = await runOrJob(meant, context, { start, output });
  if ('job' in ran) return { json: jobResult(ran), outcome: { success: true, metadata: jobRecord(ran) } };
  return runResult({ server, command, timeoutMs }, ran, output.finish());
}
