import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { serviceVerbs } from '../policy/action.ts';
import { manageService, nothingManages } from './manage-service-command.ts';
import { oneOf, serviceName, wholeNumber } from './parameters.ts';
import { explanation, stopCause, stopRecord } from './run-result.ts';
import { defineSshTool, textOutput } from './ssh-tool.ts';

/** Exit status of `status` for a service that is not running (LSB, and systemctl(1)): an answer, not a failure. */
const notRunning = 3;

export const sshManageService = defineSshTool({
  name: 'ssh_manage_service',
  title: 'Manage a service over SSH',
  description:
    'Shows, starts, stops, restarts, reloads, enables or disables a service (systemd unit, OpenRC or init script) on a ' +
    'server, as the login user, or shows its last log lines. After a change it shows the status.',
  scope: 'execute',
  readOnly: false,
  needs: 'changes',
  destructive: true,
  idempotent: false,
  input: z.object({
    service: serviceName.describe('Such as nginx, or a unit such as backup.timer'),
    action: oneOf(serviceVerbs).describe('What to do'),
    lines: wholeNumber(1, 100_000).default(100).describe('logs: how many'),
  }),
  actions: ({ service, action: verb, lines }, host) => [manageService(host, { service, verb, lines })],
  echo: ({ service, action }) => ({ service, action }),
  async run({ service, action: verb, lines }, { caller, hosts, outputs, host, shownHost, timeoutMs }) {
    using output = outputs.collect(caller.principal);
    const run = await hosts.runBuilt(manageService(host, { service, verb, lines }), { timeoutMs, output });
    const { stdout, stderr, truncated, outputId } = output.finish();
    if (stdout.startsWith(nothingManages)) {
      const message = `${shownHost} has no service manager that we know, or none that does this: neither systemd, OpenRC nor System V scripts.`;
      throw new GatewayError('unsupported_host', `${message} Try ssh_execute.`, { ran: 'ran' });
    }
    const { code, error } = explanation({ server: shownHost, timeoutMs }, run.exit, run.stopped);
    if (code !== undefined) throw new GatewayError(code, error ?? code, { ran: 'may_have_run' });
    const exitCode = run.exit.kind === 'exited' ? run.exit.status : null;
    const success = exitCode === 0 || (verb === 'status' && exitCode === notRunning);
    const texts = success ? [stdout.trim() === '' ? stderr : stdout] : [stderr, stdout];
    const shown = [...texts, ...(error === undefined ? [] : [`(${error})`])].map((text) => text.trim());
    return textOutput(
      shown.filter(Boolean).join('\n'),
      { success, exitCode, durationMs: run.durationMs, metadata: { service, action: verb, ...stopRecord(run) } },
      {
        exit_code: exitCode,
        status: run.exit.kind,
        stopped: run.stopped,
        stop_cause: stopCause(run.exit),
        truncated,
        output_id: outputId,
      },
    );
  },
});
