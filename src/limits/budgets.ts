import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { OpenedWhenUsed } from '../base/opened-when-used.ts';
import type { Caller, DailyLimits, PrincipalId } from '../identity/caller.ts';

export type BudgetName = keyof DailyLimits;

/** What is about to be used of one budget. */
export interface Draw {
  readonly budget: BudgetName;
  readonly limit: number;
  /** Negative where it was not used after all. */
  readonly amount: number;
  /** Each of them counts once, however often it is used; absent where the amounts are added up. */
  readonly names?: readonly string[];
}

/** A draw that is more than is left; then nothing was drawn. */
export interface Overdrawn {
  readonly budget: BudgetName;
  readonly limit: number;
  readonly used: number;
  readonly needed: number;
  /** Milliseconds since the epoch, when there is enough again; undefined: never. */
  readonly renewsAt: number | undefined;
}

/** What each principal has used in the last 24 hours, for all processes on one DATA_DIR. Implemented by `storage/`. */
export interface BudgetStore {
  /** All of them or none, whatever other processes draw at the same time. */
  draw(principal: PrincipalId, draws: readonly Draw[], now: number): Promise<Overdrawn | undefined>;
  close(): Promise<void>;
}

export interface BudgetsOptions {
  /** Called when something is first counted: without budgets none is opened. */
  readonly openStore: () => Promise<BudgetStore>;
  readonly log: Log;
  readonly now?: () => number;
}

/** What a call is going to use. */
export interface BudgetUse {
  readonly commands?: number;
  readonly servers?: readonly string[];
  readonly bytes?: number;
}

/** How much each caller may do in a day. What is refused is not counted. */
export class Budgets implements AsyncDisposable {
  readonly #options: BudgetsOptions;
  readonly #now: () => number;
  #limits: DailyLimits | 'off' = 'off';
  readonly #store: OpenedWhenUsed<BudgetStore>;

  constructor(options: BudgetsOptions) {
    this.#options = options;
    this.#store = new OpenedWhenUsed(options.openStore);
    this.#now = options.now ?? Date.now;
  }

  /** For whoever has none of his own; `off`: nobody has any. */
  use(limits: DailyLimits | 'off'): void {
    this.#limits = limits;
  }

  /** The caller's own, else his share of that of everybody. The gateway itself has none. */
  limitOf(caller: Caller, budget: BudgetName): number | undefined {
    if (this.#limits === 'off' || caller.ends !== undefined) return undefined;
    const general = this.#limits[budget];
    return (
      caller.dailyLimits?.[budget] ??
      (general === undefined ? undefined : Math.trunc(general * (caller.rateLimitMultiplier ?? 1)))
    );
  }

  /** Throws `rate_limited` where it is more than is left of any of them, and `audit_unavailable` where that is not known. */
  async spend(caller: Caller, { commands = 0, servers = [], bytes = 0 }: BudgetUse): Promise<void> {
    const wanted: readonly Omit<Draw, 'limit'>[] = [
      { budget: 'commands', amount: commands },
      { budget: 'servers', amount: servers.length, names: servers },
      { budget: 'bytes', amount: bytes },
    ];
    const draws = wanted.flatMap((draw) => {
      const limit = this.limitOf(caller, draw.budget);
      return limit === undefined || draw.amount === 0 ? [] : [{ ...draw, limit }];
    });
    if (draws.length === 0) return;
    const over = await (await this.#open()).draw(caller.principal, draws, this.#now());
    if (over) throw overBudget(over, this.#now());
  }

  /** Counts what was written already, or gives back what was not. Never throws. */
  async correct(caller: Caller, bytes: number): Promise<void> {
    if (bytes === 0 || this.limitOf(caller, 'bytes') === undefined) return;
    try {
      const draw = { budget: 'bytes', amount: bytes, limit: Infinity } as const;
      await (await this.#open()).draw(caller.principal, [draw], this.#now());
    } catch (error) {
      this.#options.log.warn({ err: error }, 'what was written could not be counted');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#store.ifOpen())?.close();
  }

  async #open(): Promise<BudgetStore> {
    try {
      return await this.#store.get();
    } catch (cause) {
      const message = 'What was used today cannot be counted at the moment, so nothing is run. Tell the operator.';
      throw new GatewayError('audit_unavailable', message, { cause });
    }
  }
}

function overBudget({ budget, limit, used, needed, renewsAt }: Overdrawn, now: number): GatewayError {
  const what = `The daily budget is used up: ${used} of ${limit} ${budget} in 24 hours, and this needs ${needed} more.`;
  const renews = renewsAt === undefined ? undefined : new Date(renewsAt).toISOString();
  const next =
    renews === undefined
      ? 'It never fits: do less in one call, or ask the operator for more.'
      : `There is enough again at ${renews}. Tell the user; do not try before.`;
  const waitMs = renewsAt === undefined ? 24 * 3_600_000 : renewsAt - now;
  const retry = {
    retry_after_s: Math.max(1, Math.ceil(waitMs / 1000)),
    ...(renews !== undefined && { renews_at: renews }),
  };
  const details = { budget, limit, used, needed, ...retry, window_s: 86_400 };
  return new GatewayError('rate_limited', `${what} Nothing of it was done. ${next}`, { details });
}
