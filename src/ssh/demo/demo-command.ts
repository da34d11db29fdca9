import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable, Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';
import { hasErrorCode } from '../../base/error-code.ts';
import { forgetSentChunks } from './ssh2-server-quirks.ts';

/** Signals a client may send (RFC 4254, section 6.10). */
const signals = [
  'ABRT',
  'ALRM',
  'FPE',
  'HUP',
  'ILL',
  'INT',
  'KILL',
  'PIPE',
  'QUIT',
  'SEGV',
  'TERM',
  'USR1',
  'USR2',
] as const;

const notStarted = 127;
/** Killed processes take a moment; those that init does not reap would take for ever. */
const goneWithinMs = 1000;

export interface DemoCommandRequest {
  readonly command: string;
  readonly home: string;
  readonly channel: ServerChannel;
  /** Aborts when the channel or its connection is gone. */
  readonly ended: AbortSignal;
}

/** A command in a process group of its own, joined to a channel. Nothing of the group outlives the channel. */
export class DemoCommand {
  readonly #shellEnded: Promise<void>;
  readonly #group: number | undefined;

  constructor({ command, home, channel, ended }: DemoCommandRequest) {
    const child = spawn('/bin/sh', ['-c', '--', command], { cwd: home, env: cleanEnvironment(home), detached: true });
    this.#group = child.pid;
    const send = sender(channel);
    const sent = Promise.all([pump(child.stdout, send(channel)), pump(child.stderr, send(channel.stderr))]);
    this.#shellEnded = new Promise((resolve) => {
      child.once('exit', (status, signal) => {
        if (signal === null) channel.exit(status ?? notStarted);
        else channel.exit(signal.slice('SIG'.length));
        resolve();
        void sent.then(() => channel.end());
      });
      child.once('error', () => {
        channel.exit(notStarted);
        channel.end();
        resolve();
      });
    });
    child.stdin.on('error', () => {
      // A command need not read its input; what still comes is thrown away.
      channel.unpipe(child.stdin);
      channel.resume();
    });
    channel.pipe(child.stdin);
    const end = (): void => {
      this.kill();
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    };
    if (ended.aborted) end();
    else ended.addEventListener('abort', end, { once: true });
  }

  /** Delivers a signal that the client asked for, by its name without `SIG`, to the whole group. */
  signal(name: string): void {
    const known = signals.find((signal) => signal === name);
    if (known !== undefined) this.#send(`SIG${known}`);
  }

  kill(): void {
    this.#send('SIGKILL');
  }

  /** Resolves when nothing of the group is left; soon after `kill`, unless something in it runs as another user. */
  async gone(): Promise<void> {
    await this.#shellEnded;
    const deadline = Date.now() + goneWithinMs;
    while (this.#send(0) === 'sent' && Date.now() < deadline) await sleep(5);
  }

  #send(signal: NodeJS.Signals | 0): 'sent' | 'nothing_there' {
    if (this.#group === undefined) return 'nothing_there';
    try {
      process.kill(-this.#group, signal);
      return 'sent';
    } catch (error) {
      // Gone already, or what is left of the group runs as somebody else, as after sudo.
      if (hasErrorCode(error, 'ESRCH') || hasErrorCode(error, 'EPERM')) return 'nothing_there';
      throw error;
    }
  }
}

/** Nothing of the gateway's own environment: that is where its secrets are. */
function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const { username } = userInfo();
  return {
    HOME: home,
    USER: username,
    LOGNAME: username,
    SHELL: '/bin/sh',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
  };
}

type Send = (chunk: Buffer) => Promise<void>;

/** Sends what comes out of a stream, no faster than the client takes it. */
async function pump(from: Readable, send: Send): Promise<void> {
  try {
    for await (const chunk of from) await send(chunk);
  } catch (error) {
    // Destroyed because the channel is gone: there is nobody to send to.
    if (!hasErrorCode(error, 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
}

/** One chunk at a time on both streams of a channel together: the quirk that makes this needed is in the quirks file. */
function sender(channel: ServerChannel): (to: Writable | Readable) => Send {
  let last = Promise.resolve();
  return (to) => (chunk) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    last = last.then(() => {
      if (!('write' in to)) return resolve();
      to.write(chunk, () => {
        forgetSentChunks(channel);
        resolve();
      });
      return promise;
    });
    return promise;
  };
}
