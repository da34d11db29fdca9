import { randomBytes } from 'node:crypto';
import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { OpenedWhenUsed } from '../base/opened-when-used.ts';
import { mayReach, type Caller } from '../identity/caller.ts';
import type {
  BegunChange,
  Change,
  ChangedFact,
  ChangedFile,
  ChangeStore,
  FileAttributes,
  FileChanges,
  FileState,
  PlannedChange,
  Undo,
} from './change.ts';
import type { SealedFiles } from './sealed-files.ts';

const pruneEveryMs = 600_000;
const maxListed = 100;
const idPattern = /^chg_[0-9a-f]{32}$/;

export interface ChangeLimits {
  /** Of larger files the old contents are not kept; 0 keeps none. */
  readonly maxFileBytes: number;
  readonly maxTotalBytes: number;
  readonly maxAgeMs: number;
  /** What becomes of a change whose file cannot be kept. */
  readonly unkept: 'made' | 'refused';
}

export interface ChangesParts {
  /** Called when there is something to record or to read; again if that fails. */
  readonly openStore: () => Promise<ChangeStore>;
  readonly files: SealedFiles;
  readonly limits: ChangeLimits;
  readonly log: Log;
}

/** The call that changes something. */
export interface ChangingCall {
  readonly id: string;
  readonly tool: string;
  readonly caller: Caller;
}

/** What was altered on the hosts, and what it was before: to be told, and to be put back. */
export class Changes implements AsyncDisposable {
  readonly #parts: ChangesParts;
  readonly #timer: NodeJS.Timeout;
  readonly #store: OpenedWhenUsed<ChangeStore>;
  #keptSincePruned = 0;
  #pruning: Promise<void> = Promise.resolve();

  constructor(parts: ChangesParts) {
    this.#parts = parts;
    this.#store = new OpenedWhenUsed(parts.openStore);
    this.#timer = setInterval(() => void this.prune(), pruneEveryMs).unref();
  }

  /** What one call may record and see. */
  of(call: ChangingCall): CallChanges {
    return {
      maxFileBytes: this.#parts.limits.maxFileBytes,
      begin: (planned) => this.#begin(call, planned),
      recordFact: (fact) => this.#recordFact(call, fact),
      list: () => this.#list(call.caller),
      contentsBefore: (change) => this.#contentsBefore(change),
      undone: (change) => this.#end({ ...change, state: 'undone' }),
    };
  }

  /** Absent, somebody else's, of a host that the caller may not reach, and not even an id all look the same. */
  async find(caller: Caller, id: string): Promise<Change> {
    const change = idPattern.test(id) ? await (await this.#store.get()).find(id) : undefined;
    if (change && maySee(caller, change) && !this.#isExpired(change)) return change;
    const message = 'There is no such change, or it is too old to be kept. Call undo_change without an id for a list.';
    throw new GatewayError('change_not_found', message);
  }

  /** Removes what is too old or too much. Never rejects: what cannot be removed is logged and tried again. */
  prune(): Promise<void> {
    this.#keptSincePruned = 0;
    this.#pruning = this.#pruning
      .then(() => this.#prune())
      .catch((error: unknown) => this.#parts.log.warn({ err: error }, 'cannot remove old changes'));
    return this.#pruning;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#pruning;
    await (await this.#store.ifOpen())?.close();
  }

  async #begin(call: ChangingCall, planned: PlannedChange): Promise<BegunChange> {
    const { before, ...common } = planned;
    const id = newId();
    const reason = this.#whyNotKept(planned);
    try {
      const isKept = before.kind === 'file' && reason === undefined;
      const contents = isKept ? before.contents : undefined;
      const keptBytes = contents ? await this.#parts.files.write(id, contents.data) : 0;
      const undo: Undo = reason === undefined ? { available: true } : { available: false, reason };
      const what: ChangedFile = { ...common, kind: 'file', before: stateOf(before), undo };
      const change = { ...this.#newChange(call, id), state: 'begun' as const, what, keptBytes };
      if (!undo.available && this.#mustKeep()) throw refusal(undo.reason);
      await (await this.#store.get()).insert(change);
      this.#keepInBounds(keptBytes);
      return {
        id,
        undo,
        done: (after) => this.#end({ ...change, state: 'done', what: { ...what, after } }),
        dropped: () => this.#forget(id),
      };
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'change_not_kept') throw error;
      this.#parts.log.error({ err: error }, 'what a file was before it is changed could not be kept');
      await this.#parts.files.remove(id).catch(() => undefined);
      const why = 'the gateway could not keep what the file was; its operator finds the reason in its log';
      if (this.#mustKeep()) throw refusal(why);
      const nothing = async (): Promise<void> => undefined;
      return { id: null, undo: { available: false, reason: why }, done: nothing, dropped: nothing };
    }
  }

  async #recordFact(call: ChangingCall, fact: Omit<ChangedFact, 'kind'>): Promise<string | null> {
    const id = newId();
    try {
      const what: ChangedFact = { kind: 'fact', ...fact };
      await (await this.#store.get()).insert({ ...this.#newChange(call, id), state: 'done', what, keptBytes: 0 });
      return id;
    } catch (error) {
      this.#parts.log.error({ err: error }, 'what something was before it is changed could not be recorded');
      return null;
    }
  }

  async #list(caller: Caller): Promise<readonly Change[]> {
    const principal = caller.scopes.has('manage') ? undefined : caller.principal;
    const changes = await (await this.#store.get()).list({ principal, limit: maxListed });
    return changes.filter((change) => maySee(caller, change) && !this.#isExpired(change));
  }

  async #contentsBefore({ id }: Change): Promise<Buffer> {
    const contents = await this.#parts.files.read(id);
    if (contents) return contents;
    throw refusal('what the file was is no longer kept, or was sealed with another key');
  }

  #newChange({ id: callId, tool, caller }: ChangingCall, id: string) {
    return { id, principal: caller.principal, callId, tool, at: new Date() };
  }

  #whyNotKept({ before }: PlannedChange): string | undefined {
    const { maxFileBytes } = this.#parts.limits;
    if (maxFileBytes === 0) return 'the operator has switched off that old files are kept';
    if (before.kind === 'absent' || before.contents !== undefined) return undefined;
    if (before.sizeBytes <= maxFileBytes) return 'the old file could not be read';
    return `the old file has more than the ${maxFileBytes} bytes that are kept`;
  }

  #mustKeep(): boolean {
    return this.#parts.limits.unkept === 'refused';
  }

  #isExpired({ at }: Pick<Change, 'at'>): boolean {
    return at.getTime() < Date.now() - this.#parts.limits.maxAgeMs;
  }

  /** Never rejects: what was done was done. */
  async #end(change: Change): Promise<void> {
    try {
      await (await this.#store.get()).update(change);
    } catch (error) {
      this.#parts.log.error({ err: error, change: change.id }, 'how a change ended could not be recorded');
    }
  }

  async #forget(id: string): Promise<void> {
    try {
      await (await this.#store.get()).remove([id]);
      await this.#parts.files.remove(id);
    } catch (error) {
      this.#parts.log.warn({ err: error, change: id }, 'a change that was not made could not be forgotten');
    }
  }

  #keepInBounds(keptBytes: number): void {
    this.#keptSincePruned += keptBytes;
    if (this.#keptSincePruned > this.#parts.limits.maxTotalBytes / 16) void this.prune();
  }

  async #prune(): Promise<void> {
    const store = await this.#store.get();
    const sizes = await store.sizes();
    let bytes = sizes.reduce((sum, { keptBytes }) => sum + keptBytes, 0);
    const doomed = sizes.filter((one) => {
      const isTooMuch = bytes > this.#parts.limits.maxTotalBytes && one.keptBytes > 0;
      if (!isTooMuch && !this.#isExpired(one)) return false;
      bytes -= one.keptBytes;
      return true;
    });
    const ids = doomed.map(({ id }) => id);
    await store.remove(ids);
    for (const id of ids) await this.#parts.files.remove(id);
    const gone = new Set(ids);
    await this.#parts.files.removeAllBut(new Set(sizes.map(({ id }) => id).filter((id) => !gone.has(id))));
  }
}

/** What one call may do with changes. */
export interface CallChanges extends FileChanges {
  /** Records what something other than a file was. Null where that could not be recorded; then it is in the log. */
  recordFact(fact: Omit<ChangedFact, 'kind'>): Promise<string | null>;
  /** The newest first: the caller's own, or with the permission to manage everybody's, on the hosts it may reach. */
  list(): Promise<readonly Change[]>;
  /** Throws `change_not_kept`. */
  contentsBefore(change: Change): Promise<Buffer>;
  undone(change: Change): Promise<void>;
}

function maySee(caller: Caller, { principal, what }: Change): boolean {
  return mayReach(caller, what.host) && (principal === caller.principal || caller.scopes.has('manage'));
}

function stateOf(before: PlannedChange['before']): FileState & FileAttributes {
  if (before.kind === 'absent') return before;
  const { sizeBytes, attributes, contents } = before;
  return { kind: 'file', sizeBytes, sha256: contents?.sha256 ?? null, ...attributes };
}

function newId(): string {
  return `chg_${randomBytes(16).toString('hex')}`;
}

function refusal(reason: string): GatewayError {
  const [first = '', ...rest] = reason;
  return new GatewayError('change_not_kept', `${first.toUpperCase()}${rest.join('')}. Nothing was changed.`);
}
