import type { EndCause } from '../base/ended-early.ts';
import { GatewayError, type Ran } from '../base/errors.ts';
import type { FileChanges } from '../changes/change.ts';
import type { HostId } from '../hosts/host.ts';
import type { Inventory } from '../hosts/inventory.ts';
import type { Action, BuiltAction, CommandAction, ShellKind } from '../policy/action.ts';
import type { Permit } from '../policy/permit.ts';
import { deadline, unlessAborted, within } from './deadline.ts';
import { factsScript } from './runs/facts-script.ts';
import { fileError } from './files/file-error.ts';
import { fileAccess, type FileAccess, type FileWay } from './files/file-access.ts';
import type { Connection } from './connect/connection.ts';
import type { Lease } from './pool/lease.ts';
import { packageManagerScript } from './runs/package-manager-script.ts';
import type { ConnectionPool, PoolCall } from './pool/pool.ts';
import { jobAccess, type JobAccess } from './jobs/job-access.ts';
import { builtCommand } from './runs/built-command.ts';
import { runCommand } from './runs/run.ts';
import { runScript } from './runs/script.ts';
import type { Variables } from './runs/variables.ts';
import { textToSend } from './runs/text-to-send.ts';
import { PathTurns } from './files/path-turns.ts';
import { Sftp } from './files/sftp.ts';
import { transferAccess, type TransferAccess, type TransferRoom } from './transfer/transfer-access.ts';
import { TransferDirectory } from './transfer/transfer-directory.ts';

/** Of a Linux kernel: another after every boot, and the same for all that runs on it. */
const bootIdScript = 'cat /proc/sys/kernel/random/boot_id 2>/dev/null; true';

/** How a command ended: RFC 4254, section 6.10, or why we ended it. */
export type Exit =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'cancelled'; readonly by: EndCause }
  | { readonly kind: 'disconnected' };

/** What we saw on the host after stopping a command. `confirmed` only after having looked. */
export interface Stopped {
  readonly state: 'confirmed' | 'still_running' | 'unknown' | 'unsupported';
  readonly pids: readonly number[];
}

/** Takes output as it arrives. Called synchronously; must keep its memory bounded. */
export interface OutputSink {
  stdout(chunk: Buffer): void;
  stderr(chunk: Buffer): void;
}

export interface CommandRun {
  readonly exit: Exit;
  /** Null when the command ended by itself. */
  readonly stopped: Stopped | null;
  readonly durationMs: number;
  /** The shell that a command was pinned to. */
  readonly shell?: ShellKind;
  /** Where it was ended before the host had said that it runs: it may have been started. */
  readonly wasAnswered?: false;
}

/** How long steps of a call may take, where the caller says so. Commands have their own. */
export interface CallTimeouts {
  readonly connectMs: number | undefined;
  readonly fileMs: number | undefined;
}

export interface RunOptions {
  readonly timeoutMs: number;
  /** How long the host may take to be reached, where that is less than for others; then nothing was started. */
  readonly reachWithinMs?: number;
  readonly output: OutputSink;
  /** Set in the command's shell; they show in no command line. */
  readonly variables?: Variables | undefined;
}

/** The hosts, as far as one permit goes: every method refuses what the permit does not cover. */
export interface HostAccess extends FileAccess, JobAccess, TransferAccess {
  run(host: HostId, command: string, options: RunOptions): Promise<CommandRun>;
  /** Runs the command that the action itself holds. */
  runBuilt(action: BuiltAction, options: RunOptions): Promise<CommandRun>;
  /** Runs a fixed read-only script of ours and returns its standard output. */
  gatherFacts(host: HostId): Promise<string>;
  /** Which boot of which kernel the host runs; empty where it does not say. */
  identify(host: HostId): Promise<string>;
  /** As `gatherFacts`, the other script: which package managers there are, and about one package. */
  findPackageManager(host: HostId, name: string): Promise<string>;
  /** Ends the connection to the host, if one is open and no call uses it. */
  closeConnection(host: HostId): Promise<'closed' | 'in_use' | 'not_open'>;
}

export interface SshAccessOptions {
  readonly inventory: Inventory;
  readonly pool: ConnectionPool;
  /** A call on files, or a question of ours, ends when the host has been silent to it for so long. */
  readonly stallMs?: number;
  /** Where transfers may read and write on the gateway; without it, nowhere. */
  readonly transferDir?: string;
}

/** The doorway to the hosts. It opens nothing that a permit does not cover. */
export class SshAccess {
  readonly #inventory: Inventory;
  readonly #pool: ConnectionPool;
  readonly #stallMs: number;
  readonly #turns = new PathTurns();

  readonly #transfers: TransferRoom;

  constructor({ inventory, pool, stallMs = 30_000, transferDir }: SshAccessOptions) {
    const directory = transferDir === undefined ? undefined : new TransferDirectory(transferDir);
    this.#transfers = { directory, busy: new Set() };
    this.#inventory = inventory;
    this.#pool = pool;
    this.#stallMs = stallMs;
  }

  /** Access for one call: as far as the permit goes, for as long as the signal is silent. Without `changes`, it changes no files. */
  under(permit: Permit, signal: AbortSignal, timeouts?: CallTimeouts, changes?: FileChanges): HostAccess {
    const call: CallOnHost = {
      caller: permit.holder,
      signal,
      connectMs: timeouts?.connectMs,
      fileMs: timeouts?.fileMs,
    };
    const require = (action: Action): void => {
      if (!permit.covers(action)) throw new Error(`no permit covers ${action.kind}`);
    };
    const judged = (host: HostId, command: string): CommandAction => {
      const action = permit.commandFor(host, command);
      if (action === undefined) throw new Error('no permit covers run_command');
      return action;
    };
    const runText = (
      host: HostId,
      asked: CommandAction | string,
      { timeoutMs, reachWithinMs, output, variables }: RunOptions,
    ): Promise<CommandRun> => {
      const work = async ({ connection }: Lease, ends: AbortSignal): Promise<CommandRun> => {
        const { text: command, ...shell } = await textToSend(connection, asked, ends);
        return { ...(await runCommand(connection, { command, timeoutMs, output, variables, signal: ends })), ...shell };
      };
      return this.#onHost(host, { ...call, connectMs: reachWithinMs ?? call.connectMs }, work);
    };
    const askHost = (host: HostId, script: string): Promise<string> =>
      this.#onHost(host, call, async ({ connection }, ends) => {
        using limit = deadline(ends, this.#stallMs, () => this.#silent(host, 'may_have_run'));
        return await runScript(connection, script, limit.signal);
      });
    return {
      run: async (host, command, options) => {
        return await runText(host, judged(host, command), options);
      },
      runBuilt: async (action, options) => {
        require(action);
        return await runText(action.host, builtCommand(action), options);
      },
      gatherFacts: async (host) => {
        require({ kind: 'gather_facts', host });
        return await askHost(host, factsScript);
      },
      identify: async (host) => {
        require({ kind: 'identify_host', host });
        return (await askHost(host, bootIdScript)).trim();
      },
      findPackageManager: async (host, name) => {
        require({ kind: 'find_package_manager', host, package: name });
        return await askHost(host, packageManagerScript(name));
      },
      ...jobAccess({
        require,
        judged,
        onHost: (host, work, reachWithinMs) =>
          this.#onHost(host, { ...call, connectMs: reachWithinMs ?? call.connectMs }, ({ connection }, ends) =>
            work(connection, ends),
          ),
      }),
      ...fileAccess(permit, this.#fileWay(call), changes),
      ...transferAccess(permit, this.#fileWay(call), { room: this.#transfers, changes }),
      closeConnection: async (host) => {
        require({ kind: 'close_connection', host });
        const found = await this.#inventory.find(host);
        return found === undefined ? 'not_open' : this.#pool.closeIdle(found);
      },
    };
  }

  #fileWay(call: CallOnHost): FileWay {
    return {
      overSftp: (host, path, work) => this.#overSftp(host, path, call, work),
      askOverSftp: (host, path, question) =>
        this.#overSftp(host, path, call, async (sftp) => {
          using limit = deadline(call.signal, this.#stallMs, () => this.#silent(host, 'not_started'));
          return await unlessAborted(question(sftp), limit.signal);
        }),
      inTurn: (host, path, work) => this.#turns.take(`${host}\0${path}`, call.signal, work),
      onHost: (host, work) => this.#onHost(host, call, ({ connection }, ends) => work(connection, ends)),
    };
  }

  async #overSftp<T>(
    host: HostId,
    path: string,
    call: CallOnHost,
    work: (sftp: Sftp, connection: Connection, ends: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await this.#onHost(host, call, async ({ connection }, gone) => {
      using limit = within(gone, call.fileMs, `The work on ${path} at ${host}`);
      const ends = limit.signal;
      using opening = deadline(ends, this.#stallMs, () => this.#silent(host, 'not_started'));
      const channel = await unlessAborted(connection.sftp(), opening.signal);
      using sftp = new Sftp(channel, { signal: ends, stallMs: this.#stallMs });
      try {
        return await work(sftp, connection, ends);
      } catch (error) {
        throw fileError(sftp, path, error);
      }
    });
  }

  #silent(host: HostId, ran: Ran): GatewayError {
    const message = `${host} has not answered for ${this.#stallMs / 1000} s. Try again later.`;
    return new GatewayError('host_unreachable', message, { ran });
  }

  async #onHost<T>(id: HostId, call: PoolCall, work: (lease: Lease, ends: AbortSignal) => Promise<T>): Promise<T> {
    const host = await this.#inventory.find(id);
    if (!host) throw new GatewayError('unknown_host', `Server not found: ${id}. See list_servers.`);
    return await this.#pool.use(host, call, work);
  }
}

interface CallOnHost extends PoolCall {
  readonly fileMs: number | undefined;
}
