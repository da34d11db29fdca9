import type { ClientChannel } from 'ssh2';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../../base/errors.ts';
import type { Connection, KeptCommand } from '../connect/connection.ts';
import type { CommandChannel } from './command-channel.ts';
import { processFunctions } from './host-processes.ts';
import { markName, type LoginShell, type RunMark } from './run-mark.ts';

/** Says that the login shell takes our words as they are: it is asked to write this, with the value filled in. */
const probeName = 'SALLYPORT_PROBE';
const proofTimeoutMs = 15_000;
/** A forced command may wait for its standard input, which stays open for a keeper. */
const inputTimeoutMs = 1000;
/** A forced command may talk without end. */
const maxHeardBytes = 64 * 1024;
/** One that was ended on the host, though runs need it, is started again after so long. */
const restartMs = 1000;

/**
 * Reads `+MARK` for a run that begins and `-MARK` for one that is over, without a fork. When its input ends, because the
 * gateway or the link is gone, the runs still listed are ended. `.` is said when they need no keeper any longer.
 */
const script = [
  'trap "" HUP PIPE; m=" "; n=$1; sudo=$2',
  processFunctions,
  'while read -r said; do case "$said" in "+"*) m="$m${said#+} ";; "-"*) case "$m" in *" ${said#-} "*) m="${m%% ${said#-} *} ${m#* ${said#-} }";; esac;; .) exit;; esac; done',
  '[ "$m" = " " ] || ladder </dev/null >/dev/null 2>&1',
].join('; ');

/**
 * What watches over the runs of one connection from the host: it ends them should the connection break or the gateway
 * die. It begins as the question whether the account's login shell can set marks, so it costs no command of its own.
 */
export class Keeper {
  readonly #connection: Connection;
  readonly #marks = new Set<string>();
  #stream: ClientChannel | undefined;
  #isStarting = false;
  #proof: Promise<boolean> | undefined;
  #shell: LoginShell = 'posix';

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Whether the login shell can set marks: sh, bash, dash, zsh, ksh, busybox and fish can; csh, a forced command or a
   * restricted shell cannot, and their commands are sent without it.
   */
  carriesMarks(): Promise<boolean> {
    this.#proof ??= this.#prove();
    return this.#proof;
  }

  /** Once it is known to carry marks. */
  get shell(): LoginShell {
    return this.#shell;
  }

  /** To be called before the run is started. */
  watch(mark: RunMark): void {
    this.#marks.add(mark.value);
    if (this.#stream) this.#say(`+${mark.value}`);
    else void this.#restart();
  }

  /** The run has ended, or goes on as something that outlives the connection. */
  forget(mark: RunMark): void {
    if (this.#marks.delete(mark.value)) this.#say(`-${mark.value}`);
  }

  async #prove(): Promise<boolean> {
    const value = randomBytes(12).toString('hex');
    try {
      const command = await this.#start(value, 'made').catch(notTheCommand);
      if (command === undefined) return false;
      const said = await heard(command.stream, new RegExp(String.raw`\+${value}\+([^\n]*)\n`));
      const isProven = said !== undefined;
      this.#shell = said === '' ? 'posix' : 'fish';
      if (isProven) this.#use(command.stream);
      else command.stream.close();
      return isProven;
    } catch (error) {
      this.#proof = undefined;
      throw error;
    }
  }

  async #restart(): Promise<void> {
    if (this.#isStarting || this.#proof === undefined) return;
    this.#isStarting = true;
    try {
      const command = await this.#start('', 'left');
      if (command) this.#use(command.stream);
    } catch {
      // The runs go on without: whoever needs the connection finds out for himself that it is broken.
    } finally {
      this.#isStarting = false;
    }
  }

  #start(value: string, room: KeptCommand['room']): Promise<CommandChannel | undefined> {
    const words = [markName, ...(this.#connection.sudo ? ['sudo'] : [])];
    const text = `export ${probeName}=${value}; echo "+$${probeName}+$FISH_VERSION"; exec sh -c '${script}' sh ${words.join(' ')}`;
    return this.#connection.keep(text, { room, yields: () => this.#yield() });
  }

  #use(stream: ClientChannel): void {
    this.#stream = stream;
    let bytes = 0;
    for (const output of [stream, stream.stderr]) {
      output.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxHeardBytes) this.#yield();
      });
    }
    stream.once('close', () => void this.#closed(stream));
    if (this.#marks.size > 0) this.#say([...this.#marks].map((mark) => `+${mark}`).join('\n'));
  }

  async #closed(stream: ClientChannel): Promise<void> {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    await sleep(restartMs, undefined, { ref: false });
    if (this.#marks.size > 0 && !this.#connection.closed.aborted) await this.#restart();
  }

  /** Without this word, the end of its input would have it end the runs. */
  #yield(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.end('.\n');
  }

  #say(line: string): void {
    if (this.#stream?.writable) this.#stream.write(`${line}\n`);
  }
}

const keepers = new WeakMap<Connection, Keeper>();

/** The one of this connection. */
export function keeperOf(connection: Connection): Keeper {
  const known = keepers.get(connection);
  if (known) return known;
  const keeper = new Keeper(connection);
  keepers.set(connection, keeper);
  return keeper;
}

/** What stands in the first group, if that comes before the stream ends. What has not said it in time is told that there is no more input. */
async function heard(stream: ClientChannel, pattern: RegExp): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let output = '';
  const onData = (chunk: Buffer): void => {
    output += chunk.toString('latin1');
    const found = pattern.exec(output);
    if (found) resolve(found[1] ?? '');
    else if (output.length > maxHeardBytes) resolve(undefined);
  };
  const onClose = (): void => resolve(undefined);
  const timers = [setTimeout(() => stream.end(), inputTimeoutMs), setTimeout(resolve, proofTimeoutMs, undefined)];
  stream.on('data', onData);
  stream.stderr.resume();
  stream.once('close', onClose);
  try {
    return await promise;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    stream.off('data', onData);
    stream.off('close', onClose);
  }
}

/** Whatever became of the question, the command that it was asked for has not been started. */
function notTheCommand(error: unknown): never {
  if (!(error instanceof GatewayError) || error.ran === 'not_started') throw error;
  const message = `A question of ours to the host was not answered, so nothing was started. Try again later.`;
  throw new GatewayError(error.code, message, { cause: error });
}
