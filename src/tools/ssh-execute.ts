import { z } from 'zod';
import { commandText } from './parameters.ts';
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
  destructive: true,
  idempotent: false,
  input: z.object({ command: commandText.describe('As you would type it in a shell') }),
  actions: ({ command }, host) => [{ kind: 'run_command', host, command }],
  echo: ({ command }) => ({ command }),
  async run({ command }, { caller, hosts, outputs, host, shownHost, timeoutMs }) {
    using output = outputs.collect(caller.principal);
    const run = await hosts.run(host, command, { timeoutMs, output });
    const { json, ...result } = runResult({ server: host, command, timeoutMs }, run, output.finish());
    const { stdout, stderr, exit_code, duration_ms, success: _success, server: _server, command: _, ...more } = json;
    const seen = { stdout: trimmed(stdout), stderr: trimmed(stderr), exit_code, duration_ms, host: shownHost };
    return { json: { ...seen, ...more }, ...result };
  },
});

function trimmed(text: unknown): unknown {
  return typeof text === 'string' ? text.trim() : text;
}
