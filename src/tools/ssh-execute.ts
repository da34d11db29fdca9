import { z } from 'zod';
import type { KeepOptions } from '../ssh/jobs/job-access.ts';
import { answerWait, commandText } from './parameters.ts';
import { jobRecord, jobResult, runOrJob } from './run-or-job.ts';
import { runResult } from './run-result.ts';
import { defineSshTool } from './ssh-tool.ts';

export const sshExecute = defineSshTool({
  name: 'ssh_execute',
  title: 'Run a command over SSH',
  description:
    'Runs a shell command on a server and waits for its end. No terminal, stdin is closed. Returns stdout and stderr ' +
    '(trimmed), exit_code and duration_ms; a non-zero exit is not an error. Long output is cut in the middle.',
  scope: 'execute',
  readOnly: false,
  needs: 'shell',
  destructive: true,
  idempotent: false,
  input: z.object({
    command: commandText.describe('As you would type it in a shell'),
    // As long as may be: whoever has this set of tools alone cannot read a job.
    wait: answerWait.default(45).describe('Seconds until it becomes a job'),
  }),
  actions: ({ command }, host) => [{ kind: 'run_command', host, command }],
  echo: ({ command }) => ({ command }),
  async run({ command, wait }, context) {
    const { caller, hosts, outputs, host, shownHost, timeoutMs } = context;
    const output = outputs.collect(caller.principal);
    const start = (options: KeepOptions) => hosts.runOrKeep(host, command, options);
    const run = await runOrJob({ tool: 'ssh_execute', host, command, timeoutMs, wait }, context, { start, output });
    const { json, ...result } =
      'job' in run
        ? { json: jobResult(run), outcome: { success: true, metadata: jobRecord(run) } }
        : runResult({ server: host, command, timeoutMs }, run, output.finish());
    const { stdout, stderr, exit_code, duration_ms, success: _success, server: _server, command: _, ...more } = json;
    const seen = { stdout: trimmed(stdout), stderr: trimmed(stderr), exit_code, duration_ms, host: shownHost };
    return { json: { ...seen, ...more }, ...result };
  },
});

function trimmed(text: unknown): unknown {
  return typeof text === 'string' ? text.trim() : text;
}
