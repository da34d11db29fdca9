import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { jobRecord, jobResult, runBuiltOrJob } from './run-or-job.ts';
import { howItEnded } from './run-result.ts';
import { serverName, serviceName } from './parameters.ts';
import { checkService } from './service-command.ts';
import { readServiceState } from './service-state.ts';
import { defineTool } from './tool.ts';

/** A manager that is busy may answer late. */
const timeoutMs = 60_000;

export const checkServiceStatus = defineTool({
  name: 'check_service_status',
  title: 'Check a service',
  description:
    "Tells whether a service (systemd, OpenRC, init script) is running and starts at boot, with the manager's " +
    'status text. A stopped one is success: true with is_active: false; one that does not exist is ' +
    'service_not_found.',
  scope: 'execute',
  readOnly: true,
  destructive: false,
  idempotent: true,
  input: z.object({
    server: serverName,
    service_name: serviceName.describe('nginx, backup.timer'),
  }),
  actions: ({ server, service_name }) => [checkService(server, service_name)],
  echo: ({ server, service_name }) => ({ server, service: service_name }),
  async run({ server, service_name: service }, context) {
    const { caller, outputs } = context;
    const action = checkService(server, service);
    const output = outputs.collect(caller.principal);
    const asked = { tool: 'check_service_status', timeoutMs, wait: undefined };
    const run = await runBuiltOrJob(action, asked, context, output);
    if ('job' in run) {
      const json = { ...jobResult(run), service };
      return { json, outcome: { success: true, metadata: { service, ...jobRecord(run) } } };
    }
    const { stdout, truncated, outputId } = output.finish();
    const { durationMs, exit } = run;
    const outcome = { exitCode: exit.kind === 'exited' ? exit.status : null, durationMs, metadata: { service } };
    if (exit.kind !== 'exited') {
      const json = { success: false, server, service, ...howItEnded({ server, timeoutMs }, run) };
      return { json, isError: true, outcome: { ...outcome, success: false } };
    }
    const state = readServiceState(stdout, service);
    if (!state) {
      const message = `${server} has no service manager that we know: neither systemd, OpenRC nor System V scripts.`;
      throw new GatewayError('unsupported_host', `${message} Try execute_command.`, { ran: 'ran' });
    }
    if (!state.isKnown) {
      const message = `Service not found: there is no ${service} on ${server} (${state.manager}).`;
      const details = { is_active: false, is_enabled: false, manager: state.manager };
      throw new GatewayError('service_not_found', `${message} Check the name with execute_command.`, {
        ran: 'ran',
        details,
      });
    }
    const json = {
      success: true,
      server,
      service,
      is_active: state.isActive,
      is_enabled: state.isEnabled,
      state: state.state,
      ...state.details,
      manager: state.manager,
      status_output: state.statusOutput,
      duration_ms: durationMs,
      ...(truncated && { truncated, output_id: outputId }),
    };
    return { json, outcome: { ...outcome, success: true } };
  },
});
