import { createHash } from 'node:crypto';
import { execFile, spawn } from 'node:child_process';
import { appendFile, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redactor } from '../../src/audit/redact.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Host } from '../../src/hosts/host.ts';
import type { Inventory } from '../../src/hosts/inventory.ts';
import { selectHosts } from '../../src/hosts/selector.ts';
import { mayReach, type Caller } from '../../src/identity/caller.ts';
import { KeptOutputs, type OutputLimits } from '../../src/outputs/kept-outputs.ts';
import { jobsIn } from '../fixtures/jobs.ts';
import type { CommandRun, HostAccess } from '../../src/ssh/access.ts';
import { factsScript } from '../../src/ssh/runs/facts-script.ts';
import { packageManagerScript } from '../../src/ssh/runs/package-manager-script.ts';
import { FactsCache } from '../../src/tools/facts-cache.ts';
import type { BadInput, JsonObject, PreparedCall, Tool, ToolContext, ToolOutput } from '../../src/tools/tool.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { changesIn } from '../fixtures/changes.ts';
import { hostId } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { CallSecrets } from '../../src/secrets/call-secrets.ts';
import { SecretValues } from '../../src/secrets/secret-values.ts';

/** This machine behind the interface of a host: real commands and real files, without SSH and without a permit. */
export function localHosts(overrides: Partial<HostAccess> = {}, env = process.env): HostAccess {
  const run: HostAccess['run'] = async (_host, command, { output }) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'], env });
    child.stdout.on('data', (chunk: Buffer) => output.stdout(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.stderr(chunk));
    return await new Promise<CommandRun>((resolve) => {
      child.once('close', (status, signal) => {
        const exit =
          status === null
            ? { kind: 'signalled' as const, signal: (signal ?? '').replace('SIG', '') }
            : { kind: 'exited' as const, status };
        resolve({ exit, stopped: null, durationMs: 1 });
      });
    });
  };
  return {
    run,
    runOrKeep: overrides.run ?? run,
    runBuiltOrKeep: overrides.runBuilt ?? (({ host, command = '' }, options) => run(host, command, options)),
    runBuilt: ({ host, command = '' }, options) => run(host, command, options),
    identify: async () => '',
    gatherFacts: async () => (await promisify(execFile)('sh', ['-c', factsScript])).stdout,
    findPackageManager: async (_host, name) =>
      (await promisify(execFile)('/bin/sh', ['-c', packageManagerScript(name)], { env })).stdout,
    findRotatedLogs: async () => [],
    listSource: async () => ({ kind: 'too_large' }),
    transfer: async () => {
      throw new Error('no transfers here');
    },
    resolvePath: async (_host, path) => await realpath(path),
    readFile: async (_host, path, { offset, maxBytes }) => {
      const whole = await readFile(path);
      const sha256 = createHash('sha256').update(whole).digest('hex');
      const head = whole.subarray(0, 4096);
      return { data: whole.subarray(offset, offset + maxBytes), sizeBytes: whole.length, sha256, head };
    },
    readLines: async () => {
      throw new Error('lines are read on a real host');
    },
    readFileEnd: async (_host, path, maxBytes) => {
      const whole = await readFile(path);
      return { data: whole.subarray(-maxBytes), sizeBytes: whole.length, head: whole.subarray(0, 4096) };
    },
    findFiles: async () => ({ run: anExit(0), below: [], lines: [], complete: true, unreadable: 0, complaint: '' }),
    closeConnection: async () => 'not_open',
    startJob: noJobs,
    readJob: noJobs,
    stopJob: noJobs,
    changeFile: async (_host, path, { becomes }) => {
      const contents = becomes.kind !== 'removed' && Buffer.isBuffer(becomes.contents) ? becomes.contents : Buffer.of();
      await (becomes.kind === 'appended' ? appendFile : writeFile)(path, contents);
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      const undo = { available: true } as const;
      const written = { bytesWritten: contents.length, sha256, created: false, inPlace: undefined };
      return { ...written, changeId: aChangeId, undo };
    },
    listDirectory: async (_host, path) => {
      const names = await readdir(path);
      const entries = names.map((name) => ({ name, type: 'file' as const, sizeBytes: 1, longName: `-rw ${name}` }));
      return { entries, complete: true };
    },
    ...overrides,
  };
}

/** These take a host that keeps them. */
async function noJobs(): Promise<never> {
  throw new Error('there are no jobs here');
}
/** Of every change that is made on this machine. */
export const aChangeId = `chg_${'0'.repeat(32)}`;

function anExit(status: number): CommandRun {
  return { exit: { kind: 'exited', status }, stopped: null, durationMs: 1 };
}

const untold = { signal: new AbortController().signal, report: () => undefined, log: silentLog };

export interface Bench extends AsyncDisposable {
  readonly outputs: KeptOutputs;
  /** Where outputs are kept. */
  readonly directory: string;
  /** Runs a tool as the pipeline would, but for everything that decides whether it may. */
  call(tool: Tool, input: JsonObject, as?: Caller): Promise<ToolOutput>;
}

export interface BenchOptions {
  readonly hosts?: HostAccess;
  readonly inventory?: readonly Host[];
  readonly redactor?: Redactor;
  readonly limits?: Partial<OutputLimits>;
  /** Takes what tools say of how far they are. */
  readonly report?: ToolContext['report'];
}

export function aBench({
  hosts = localHosts(),
  inventory = [],
  redactor,
  limits = {},
  ...told
}: BenchOptions = {}): Bench {
  const folder = temporaryFolder();
  const directory = join(folder.path, 'outputs');
  const asItIs = { push: (chunk: Buffer) => chunk, end: () => Buffer.alloc(0), redactions: 0 };
  const filter = () => redactor?.stream() ?? asItIs;
  const jobs = jobsIn(folder.path, redactor);
  const known = anInventory(inventory);
  const facts = new FactsCache(known);
  const outputs = new KeptOutputs({ directory, log: silentLog, filter, limits });
  const kept = changesIn(folder.path);
  return {
    outputs,
    directory,
    call: async (tool, input, caller = aCaller()) => {
      const prepared = tool.prepare(input);
      if ('problems' in prepared) throw new Error(prepared.problems.join('; '));
      const settings = { defaultCommandTimeoutMs: 300_000, sshToolTimeoutMs: 30_000, maxEditBytes: 8 * 1024 * 1024 };
      const selected = await preparedFor(prepared, known, caller);
      const { actions } = selected;
      const changes = kept.of({ id: 'a call', tool: tool.name, caller });
      const explain = () => Promise.reject(new Error('a command is explained through the whole gateway'));
      const secrets = redactor ?? new Redactor();
      const values = new SecretValues({
        entries: {},
        environment: () => undefined,
        redact: () => undefined,
        log: silentLog,
      });
      const ownSecrets = new CallSecrets(values, caller);
      const parts = { hosts, inventory: known, outputs, jobs, secrets, ownSecrets, facts, changes, settings, explain };
      return await selected.run({ caller, actions, ...parts, ...untold, ...told });
    },
    [Symbol.asyncDispose]: async () => {
      await jobs[Symbol.asyncDispose]();
      await outputs[Symbol.asyncDispose]();
      await kept[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

async function preparedFor(
  prepared: Exclude<ReturnType<Tool['prepare']>, BadInput>,
  inventory: Inventory,
  caller: Caller,
): Promise<PreparedCall> {
  if ('on' in prepared) return prepared.on({ id: hostId('web-1'), shown: 'web-1' });
  if ('onJob' in prepared) throw new Error('there are no jobs here');
  if ('changeId' in prepared) throw new Error('a change is undone through the whole gateway');
  if (!('select' in prepared)) return prepared;
  return prepared.select(await selectHosts(prepared.selectors, inventory, (name) => mayReach(caller, name)));
}

/** A file of this content, in a folder of its own. */
export async function aFile(content: string | Buffer): Promise<{ readonly path: string } & Disposable> {
  const folder = temporaryFolder();
  const path = join(folder.path, 'file.txt');
  await writeFile(path, content);
  return { path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
