import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import type { BuiltAction } from '../policy/action.ts';
import { readServiceChange, type ServiceChange } from './change-service.ts';
import { plainService } from './manage-service-command.ts';
import { answerWait, oneOf, serverName, serviceName } from './parameters.ts';
import { jobRecord, jobResult, runBuiltOrJob, type BegunJob } from './run-or-job.ts';
import { howItEnded, stopRecord } from './run-result.ts';
import type { ServiceState } from './service-state.ts';
import { sudoRefusal } from './sudo-refusal.ts';
import { builtOf, defineTool, type JsonObject, type ToolContext, type ToolOutput } from './tool.ts';

/** systemd gives a service 90 seconds to start or stop (systemd-system.conf(5)). */
const timeoutMs = 120_000;
/** Of two looks and what the manager said. */
const maxOutputBytes = 256 * 1024;
const maxSaidCharacters = 8_000;
const verbs = ['status', 'start', 'stop', 'restart', 'reload', 'enable', 'disable'] as const;
type Verb = (typeof verbs)[number];

export const manageService = defineTool({
  name: 'manage_service',
  title: 'Manage a service',
  description:
    'Starts, stops, restarts, reloads, enables or disables a service, with sudo where the operator allows it. ' +
    'Returns its state before and after.',
  scope: 'execute',
  readOnly: false,
  needs: 'changes',
  destructive: true,
  idempotent: false,
  input: z.object({
    server: serverName,
    service_name: serviceName.describe('nginx, backup.timer'),
    action: oneOf(verbs).describe('What to do'),
    wait: answerWait.optional().describe('Seconds, then a job'),
  }),
  actions: ({ server, service_name: service, action: verb }) => {
    const plain = plainService({ service, verb, lines: 0 });
    return [{ kind: 'manage_service', host: server, service, verb, plain }];
  },
  echo: ({ server, service_name, action }) => ({ server, service: service_name, action }),
  async run({ server, service_name: service, action: verb, wait }, context) {
    const { caller, actions, outputs, changes } = context;
    const action = builtOf('manage_service', actions);
    const output = outputs.collect(caller.principal, maxOutputBytes);
    const run = await runBuiltOrJob(action, { tool: 'manage_service', timeoutMs, wait }, context, output);
    if ('job' in run) return await goesOn(action, run, context);
    const { stdout } = output.finish();
    const { exit, durationMs } = run;
    const read = readServiceChange(stdout, service);
    if (exit.kind === 'exited' && read === undefined) {
      const message = `${server} has no service manager that we know: neither systemd, OpenRC nor System V scripts.`;
      throw new GatewayError('unsupported_host', `${message} Try execute_command.`, { ran: 'ran' });
    }
    if (exit.kind === 'exited' && read && !isThere(read)) {
      const message = `Service not found: there is no ${service} on ${server} (${read.before.manager}). Check the name.`;
      throw new GatewayError('service_not_found', message, { ran: 'ran', details: { manager: read.before.manager } });
    }
    const exitCode = read?.change?.status ?? null;
    const success = exit.kind === 'exited' && (verb === 'status' || exitCode === 0);
    const said = (read?.change?.lines ?? []).join('\n').slice(0, maxSaidCharacters);
    const before = shown(read?.before);
    const changed = read?.after !== undefined && hasChanged(verb, read, { success });
    // Where it was ended on the way, nobody knows.
    const mayHaveChanged = changed || (exit.kind !== 'exited' && verb !== 'status');
    const fact = { host: server, subject: `service ${service}`, before: before ?? {} };
    const changeId = mayHaveChanged ? await changes.recordFact(fact) : null;
    const json = {
      success,
      server,
      service,
      action: verb,
      changed,
      before,
      after: shown(read?.after ?? (verb === 'status' ? read?.before : undefined)),
      ...(changeId !== null && { change_id: changeId }),
      manager: read?.before.manager ?? null,
      exit_code: exitCode,
      output: said,
      status_output: (read?.after ?? read?.before)?.statusOutput ?? '',
      duration_ms: durationMs,
      ...howItEnded({ server, timeoutMs }, run),
      ...(exitCode !== 0 && /^sudo: /m.test(said) && sudoRefusal(server, 'do this')),
    };
    const metadata = { service, action: verb, status: exit.kind, changed, ...stopRecord(run) };
    const isError = exit.kind === 'disconnected' || 'code' in json;
    return { json, isError, outcome: { success, exitCode, durationMs, metadata } };
  },
});

type ManageService = Extract<BuiltAction, { readonly kind: 'manage_service' }>;

/** Not done when the answer is due: what was before is on record, what is then tells the next look. */
async function goesOn(action: ManageService, run: BegunJob, { changes }: ToolContext): Promise<ToolOutput> {
  const { host, service, verb } = action;
  const before = shown(readServiceChange(run.soFar.stdout, service)?.before);
  const fact = { host, subject: `service ${service}`, before: before ?? {} };
  const changeId = verb === 'status' ? null : await changes.recordFact(fact);
  const { stdout: _stdout, stderr: _stderr, hint, ...more } = jobResult(run);
  const json = {
    ...more,
    service,
    action: verb,
    changed: null,
    before,
    after: null,
    ...(changeId !== null && { change_id: changeId }),
    hint: `${String(hint)} When it has ended, action status tells how the service is.`,
  };
  return { json, outcome: { success: true, metadata: { service, action: verb, ...jobRecord(run) } } };
}

/** A unit may exist only once its file is read again, and be gone once it is stopped. */
function isThere({ before, after }: ServiceChange): boolean {
  return before.isKnown || after?.isKnown === true;
}

function hasChanged(verb: Verb, { before, after }: ServiceChange, { success }: { readonly success: boolean }): boolean {
  // That it is another process, or read its files again, does not show in its state.
  if (verb === 'restart' || verb === 'reload') return success;
  return JSON.stringify(shown(before)) !== JSON.stringify(shown(after));
}

function shown(state: ServiceState | undefined): JsonObject | null {
  if (state === undefined) return null;
  const { isActive, isEnabled, state: word, details } = state;
  return { is_active: isActive, is_enabled: isEnabled, state: word, ...pick(details, ['sub_state', 'main_pid']) };
}

function pick(details: ServiceState['details'], names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(details).filter(([name]) => names.includes(name)));
}
