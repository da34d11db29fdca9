import { z } from 'zod';
import { GatewayError } from '../base/errors.ts';
import { packageManagers, type BuiltAction } from '../policy/action.ts';
import { plainInstall, sudoRefused } from './install-command.ts';
import { installedVersion } from './install-on-host.ts';
import { answerWait, oneOf, packageName, serverName } from './parameters.ts';
import { jobRecord, jobResult, runBuiltOrJob, type BegunJob } from './run-or-job.ts';
import { howItEnded, stopRecord } from './run-result.ts';
import { sudoRefusal } from './sudo-refusal.ts';
import { builtOf, defineTool, type ToolContext, type ToolOutput } from './tool.ts';

const timeoutMs = 300_000;
/** Exit statuses of zypper that ask for a restart of something, once all is installed (zypper(8)). */
const zypperDone: ReadonlySet<number> = new Set([102, 103]);

export const installPackage = defineTool({
  name: 'install_package',
  title: 'Install a package',
  description:
    "Installs one package with the server's package manager, without questions, keeping changed configuration " +
    'files. Returns exit_code, output, and the version before and after.',
  scope: 'install',
  readOnly: false,
  needs: 'changes',
  destructive: true,
  idempotent: true,
  input: z.object({
    server: serverName,
    package_name: packageName.describe('Name, with a version in the form of the manager: nginx, nginx=1.24.0-1'),
    package_manager: oneOf(['auto', ...packageManagers])
      .default('auto')
      .describe('Found on the server unless given'),
    wait: answerWait.optional().describe('Seconds, then a job'),
  }),
  actions: ({ server, package_name, package_manager: manager }) => {
    const plain = manager === 'auto' ? [] : plainInstall(manager, package_name);
    // Asked once more when it is done, for the version that there is then.
    const question = { kind: 'find_package_manager', host: server, package: package_name } as const;
    return [{ kind: 'install_package', host: server, package: package_name, manager, plain }, question];
  },
  echo: ({ server, package_name }) => ({ server, package: package_name }),
  async run({ server, package_name, wait }, context) {
    const { caller, actions, outputs, changes } = context;
    const action = builtOf('install_package', actions);
    const output = outputs.collect(caller.principal);
    const run = await runBuiltOrJob(action, { tool: 'install_package', timeoutMs, wait }, context, output);
    if ('job' in run) return await goesOn(action, run, context);
    const { stdout, stderr, truncated, outputId, stdoutBytes, stderrBytes } = output.finish();
    const { exit, durationMs } = run;
    const exitCode = exit.kind === 'exited' ? exit.status : null;
    const success = exitCode === 0 || (action.manager === 'zypper' && exitCode !== null && zypperDone.has(exitCode));
    // With anything on its standard output, it went further than that.
    const refused = exitCode === 1 && stdoutBytes === 0 && stderr.split('\n').includes(sudoRefused);
    const before = action.installed ?? null;
    const after = exit.kind === 'exited' && !refused ? await versionAfter(action, context) : before;
    const isAsBefore = refused || (exit.kind === 'exited' && before === after);
    const subject = `package ${package_name}`;
    const changeId = isAsBefore
      ? null
      : await changes.recordFact({ host: server, subject, before: { version: before } });
    const json = {
      success,
      server,
      package: package_name,
      package_manager: action.manager,
      command: action.plain[0],
      version_before: before,
      version_after: after,
      changed: before !== after,
      ...(changeId !== null && { change_id: changeId }),
      exit_code: exitCode,
      output: stdout,
      errors: stderr.replace(`${sudoRefused}\n`, ''),
      duration_ms: durationMs,
      ...howItEnded({ server, timeoutMs }, run),
      truncated,
      output_id: outputId,
      ...(refused && { ran: 'not_started', ...sudoRefusal(server, 'become root', 'Nothing was installed.') }),
    };
    const metadata = {
      package: package_name,
      package_manager: action.manager,
      version_before: before,
      version_after: after,
      status: exit.kind,
      stdout_length: stdoutBytes,
      stderr_length: stderrBytes,
      output_id: outputId,
      ...stopRecord(run),
    };
    const isError = exit.kind === 'disconnected' || refused;
    return { json, isError, outcome: { success, exitCode, durationMs, metadata } };
  },
});

type Install = Extract<BuiltAction, { readonly kind: 'install_package' }>;

/** Not done when the answer is due: what was before is on record, what is then can be asked when the job has ended. */
async function goesOn(action: Install, run: BegunJob, { changes }: ToolContext): Promise<ToolOutput> {
  const { host: server, package: name, manager, installed = null } = action;
  const changeId = await changes.recordFact({
    host: server,
    subject: `package ${name}`,
    before: { version: installed },
  });
  const { stdout, stderr, ...more } = jobResult(run);
  const json = {
    ...more,
    package: name,
    package_manager: manager,
    version_before: installed,
    version_after: null,
    changed: null,
    ...(changeId !== null && { change_id: changeId }),
    output: stdout,
    errors: stderr,
  };
  const metadata = { package: name, package_manager: manager, version_before: installed, ...jobRecord(run) };
  return { json, outcome: { success: true, metadata } };
}

/** Undefined where the host could not be asked any more. */
async function versionAfter(
  { host, package: name, manager }: Install,
  { hosts, log }: ToolContext,
): Promise<string | null | undefined> {
  try {
    return manager === 'auto' ? undefined : installedVersion(await hosts.findPackageManager(host, name), manager);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    log.warn({ err: error, host }, 'the version that was installed could not be asked for');
    return undefined;
  }
}
