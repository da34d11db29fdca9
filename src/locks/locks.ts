import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { fileStamp, fileStampNow, watchFile } from '../base/watch-file.ts';
import type { Caller } from '../identity/caller.ts';
import { describeTarget, holdsCaller, holdsHost, type Lock, type LockableHost } from './lock.ts';
import { readLocks } from './read-locks.ts';

export interface LocksOptions {
  readonly file: string;
  readonly log: Log;
  /** The operator at the command line, who sets them, is held by none. */
  readonly holds: 'callers' | 'nobody';
}

/** What the file said last; `unreadable`: nobody knows what is locked, so everything is. */
type Table = { readonly kind: 'read'; readonly locks: readonly Lock[] } | { readonly kind: 'unreadable' };

/**
 * What operators have locked, in a file that all processes share: looked at before each call, and watched for what must
 * end. Disposing it stops the watch.
 */
export class Locks implements Disposable {
  readonly #options: LocksOptions;
  readonly #watch: Disposable;
  #stamp: string;
  #table: Table;
  #onChanged: (locks: readonly Lock[]) => void = () => undefined;

  private constructor(options: LocksOptions, stamp: string, table: Table) {
    this.#options = options;
    this.#stamp = stamp;
    this.#table = table;
    const { file, log } = options;
    this.#watch = watchFile(file, { stamp, onChange: () => this.#look(), log });
  }

  static async open(options: LocksOptions): Promise<Locks> {
    const stamp = await fileStamp(options.file);
    return new Locks(options, stamp, await read(options));
  }

  /** Told of the locks whenever they change, within a second; and at once. A file that cannot be read is a lock on everything. */
  onChanged(listener: (locks: readonly Lock[]) => void): void {
    this.#onChanged = listener;
    this.#tell();
  }

  /** Throws `locked` where a lock holds the caller or any of the hosts. Calls of the gateway that end what is locked pass. */
  async check(caller: Caller, hosts: readonly LockableHost[]): Promise<void> {
    if (caller.ends !== undefined || this.#options.holds === 'nobody') return;
    if (fileStampNow(this.#options.file) !== this.#stamp) await this.#look();
    if (this.#table.kind === 'unreadable') {
      const message =
        'What is locked cannot be read, so nothing is let through. Tell the operator: locks.json is broken.';
      throw new GatewayError('locked', message);
    }
    const lock = this.#table.locks.find(
      (one) => holdsCaller(one, caller) || hosts.some((host) => holdsHost(one, host)),
    );
    if (lock) throw refusalBy(lock);
  }

  /** One line for each, for whoever looks how the gateway does. */
  describe(): readonly string[] {
    if (this.#table.kind === 'unreadable')
      return ['locks.json cannot be read: every call is refused, and what ran was ended'];
    return this.#table.locks.map(describeLock);
  }

  /** Why no call at all is let through, without names: anybody may be told. */
  problem(): string | undefined {
    if (this.#table.kind === 'unreadable') return 'locks.json cannot be read: every call is refused';
    return this.holdsAll ? 'an operator has locked everything' : undefined;
  }

  /** That some calls are refused, likewise. */
  warning(): string | undefined {
    if (this.holdsAll || this.count === 0) return undefined;
    return this.count === 1 ? '1 lock is set' : `${this.count} locks are set`;
  }

  get count(): number {
    return this.#table.kind === 'read' ? this.#table.locks.length : 0;
  }

  /** Whether no call at all is let through. */
  get holdsAll(): boolean {
    return this.#table.kind === 'unreadable' || this.#table.locks.some(({ on }) => on.kind === 'all');
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  async #look(): Promise<void> {
    const stamp = await fileStamp(this.#options.file);
    const table = await read(this.#options);
    this.#stamp = stamp;
    this.#table = table;
    this.#tell();
  }

  #tell(): void {
    this.#onChanged(this.#table.kind === 'read' ? this.#table.locks : [onEverything()]);
  }
}

/** What holds while nobody knows what is locked. */
function onEverything(): Lock {
  const reason = 'locks.json cannot be read';
  return { on: { kind: 'all' }, reason, by: 'the gateway', at: new Date().toISOString() };
}

export function describeLock(lock: Lock): string {
  const reason = lock.reason === '' ? '' : `: ${lock.reason}`;
  return `${describeTarget(lock.on)} is locked since ${lock.at} by ${lock.by}${reason}`;
}

function refusalBy(lock: Lock): GatewayError {
  const reason = lock.reason === '' ? '' : ` The reason given: ${lock.reason}.`;
  const what = lock.on.kind === 'all' ? 'Everything' : `This (${describeTarget(lock.on)})`;
  const message = `${what} is locked.${reason} An operator must unlock it: sallyport unlock. Do not try other ways; tell the user.`;
  return new GatewayError('locked', message, { details: { locked: lock.on.kind, reason: lock.reason } });
}

async function read({ file, log }: LocksOptions): Promise<Table> {
  try {
    return { kind: 'read', locks: await readLocks(file) };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    log.error(`${error.message}. Every call is refused, and what runs is ended, until this is mended.`);
    return { kind: 'unreadable' };
  }
}
