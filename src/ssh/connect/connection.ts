import type { Duplex } from 'node:stream';
import type { CommandChannel } from '../runs/command-channel.ts';
import type { StandardInput } from '../runs/session-channel.ts';
import type { SftpChannel } from '../files/sftp-channel.ts';

/** Where one command is started: a channel that is open, on which nothing runs yet. */
export interface ReadySession {
  /** Sends the command. Rejects with `may_have_run` unless the host said no, or certainly was not asked. */
  start(command: string, input?: StandardInput): Promise<CommandChannel>;
  /** For when it is not wanted any longer. */
  close(): void;
}

export interface KeptCommand {
  /** Whether what is open for later is closed for it, as for the command of a call. */
  readonly room: 'made' | 'left';
  readonly yields: () => void;
}

/** One authenticated SSH transport to one host, shared by the calls that hold a lease on it. */
export interface Connection {
  /** A session for one command. Nothing is started by opening it. */
  open(): Promise<ReadySession>;
  /**
   * Starts a command on a channel of its own, without a terminal. Rejects with `ran: not_started` when the host was
   * certainly never asked to start it, else with `may_have_run`. Without `input`, its standard input is closed.
   */
  exec(command: string, input?: StandardInput): Promise<CommandChannel>;
  /** As `exec`, for what ends or watches a run: over another connection where the host lets this one have no more. */
  control(command: string): Promise<CommandChannel>;
  /**
   * Starts a command that stays beside those of calls, with its standard input open. It gives way to them: where the host
   * has no session left for a call, `yields` is told to end it. With `room: 'left'`, undefined where none can be spared.
   */
  keep(command: string, options: KeptCommand): Promise<CommandChannel | undefined>;
  /** The connection's SFTP channel, opened at first use and shared. */
  sftp(): Promise<SftpChannel>;
  /** A TCP stream from the host to somewhere else: how a jump host is passed. */
  forward(address: string, port: number): Promise<Duplex>;
  /** Whether the account may become root by `sudo -n`, as the operator says. */
  readonly sudo: boolean;
  /** Directories of programs besides those of the system. */
  readonly path: readonly string[];
  /** Whether the host closes a channel only when its command has ended, and reads on until then; Dropbear does. */
  readonly takesOneCommand: boolean;
  /** It takes no further calls, and is closed when the last of those on it has ended. */
  retire(): void;
  /** Aborts when the transport is gone, for whatever reason. */
  readonly closed: AbortSignal;
}
