import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { withVariables } from '../secrets/reference.ts';
import type { KeepOptions } from '../ssh/jobs/job-access.ts';
import { answerWait, commandText, commandTimeout, flag, idempotencyKey, serverName } from './parameters.ts';
import { jobRecord, jobResult, runOrJob } from './run-or-job.ts';
import { runResult } from './run-result.ts';
import { startInBackground } from './start-job.ts';
import { defineTool } from './tool.ts';

const input = z.object({
  server: serverName,
  command: commandText.describe('As you would type it in a shell'),
  timeout: commandTimeout.describe('Seconds until it is stopped; by default what the operator set, or 300'),
  wait: answerWait.optional().describe('Seconds until it becomes a job, by default 20'),
  background: flag.default(false).describe('Answer at once with a job_id for get_job'),
  idempotency_key: idempotencyKey.describe('Yours: repeated with it, the call is made once'),
});

export const executeCommand = defineTool({
  name: 'execute_command',
  title: 'Run a command',
  description:
    'Runs a shell command on one server and waits for its end. No terminal, no stdin: use flags that do not ask. ' +
    'Returns stdout, stderr, exit_code and status (exited, signalled, timed_out, disconnected); a non-zero exit ' +
    'is success: false, not an error. Long output is cut: read_output has the whole.',
  scope: 'execute',
  readOnly: false,
  needs: 'shell',
  destructive: true,
  idempotent: false,
  input,
  actions: ({ server, command }) => [{ kind: 'run_command', host: server, command: withVariables(command) }],
  echo: ({ server, command }) => ({ server, command }),
  async run({ server, command, timeout, wait, background }, context) {
    const { caller, hosts, jobs, outputs, settings } = context;
    const usualMs = background ? jobs.limits.defaultTimeoutMs : settings.defaultCommandTimeoutMs;
    const timeoutMs = timeout === undefined ? usualMs : timeout * 1000;
    const variables = await context.ownSecrets.forCommand(server, command);
    if (background && variables) throw noBackground();
    if (background) return await startInBackground({ server, command, timeoutMs }, context);
    const output = outputs.collect(caller.principal);
    const start = (options: KeepOptions): ReturnType<typeof hosts.runOrKeep> =>
      hosts.runOrKeep(server, withVariables(command), { ...options, variables });
    const meant = { tool: 'execute_command', host: server, command, timeoutMs, wait };
    const ran = await runOrJob(meant, context, { start, output });
    if ('job' in ran) return { json: jobResult(ran), outcome: { success: true, metadata: jobRecord(ran) } };
    return runResult({ server, command, timeoutMs }, ran, output.finish());
  },
});

function noBackground(): GatewayError {
  const message =
    'A command that refers to a secret cannot begin in the background. Nothing was run. Call it without `background`: what ' +
    'takes long becomes a job by itself.';
  return new GatewayError('secret_unavailable', message);
}
