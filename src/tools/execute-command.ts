import { z } from 'zod';
import type { KeepOptions } from '../ssh/jobs/job-access.ts';
import { answerWait, commandText, commandTimeout, flag, serverName } from './parameters.ts';
import { jobRecord, jobResult, runOrJob } from './run-or-job.ts';
import { runResult } from './run-result.ts';
import { startInBackground } from './start-job.ts';
import { defineTool } from './tool.ts';

export const executeCommand = defineTool({
  name: 'execute_command',
  title: 'Run a command',
  description:
    'Runs a shell command on one server and waits for its end. No terminal, stdin is closed: use flags that do not ' +
    'ask. Returns stdout, stderr, exit_code and status (exited, signalled, timed_out, disconnected); a non-zero exit ' +
    'is success: false, not an error. Long output is cut in the middle and kept: read on with read_output. ' +
    'Prefer read_file, write_file and list_directory for files.',
  scope: 'execute',
  readOnly: false,
  destructive: true,
  idempotent: false,
  input: z.object({
    server: serverName,
    command: commandText.describe('As you would type it in a shell'),
    timeout: commandTimeout.describe('Seconds until it is stopped; by default what the operator set, or 300'),
    wait: answerWait.optional().describe('Seconds until it becomes a job, by default 20'),
    background: flag.default(false).describe('Answer at once with a job_id for get_job'),
  }),
  actions: ({ server, command }) => [{ kind: 'run_command', host: server, command }],
  echo: ({ server, command }) => ({ server, command }),
  async run({ server, command, timeout, wait, background }, context) {
    const { caller, hosts, jobs, outputs, settings } = context;
    if (background) {
      const jobTimeoutMs = timeout === undefined ? jobs.limits.defaultTimeoutMs : timeout * 1000;
      return await startInBackground({ server, command, timeoutMs: jobTimeoutMs }, context);
    }
    const timeoutMs = timeout === undefined ? settings.defaultCommandTimeoutMs : timeout * 1000;
    const output = outputs.collect(caller.principal);
    const asked = { tool: 'execute_command', host: server, command, timeoutMs, wait };
    const start = (options: KeepOptions) => hosts.runOrKeep(server, command, options);
    const run = await runOrJob(asked, context, { start, output });
    if ('job' in run) return { json: jobResult(run), outcome: { success: true, metadata: jobRecord(run) } };
    return runResult({ server, command, timeoutMs }, run, output.finish());
  },
});
