import { GatewayError } from '../base/errors.ts';
import type { Caller } from '../identity/caller.ts';
import type { Budgets, BudgetUse } from '../limits/budgets.ts';
import { commandsIn, hostOf, type Action } from '../policy/action.ts';
import type { HostAccess } from '../ssh/access.ts';
import type { FileWrite } from '../ssh/files/file-access.ts';

/** Drawn at once by a transfer, and what is left of it given back. */
const drawnBytes = 4 * 1024 * 1024;

/** What a call uses before it has begun. */
export function useOf(actions: readonly Action[]): BudgetUse {
  return { commands: commandsIn(actions), servers: [...new Set(actions.flatMap((action) => hostOf(action) ?? []))] };
}

/** The hosts, where every byte that is written to them or moved is counted before it is. */
export function withinBudgets(hosts: HostAccess, caller: Caller, budgets: Budgets): HostAccess {
  if (budgets.limitOf(caller, 'bytes') === undefined) return hosts;
  return {
    ...hosts,
    changeFile: async (host, path, write) => {
      const bytes = bytesOf(write.becomes);
      await budgets.spend(caller, { bytes: bytes ?? 1 });
      try {
        const change = await hosts.changeFile(host, path, write);
        if (bytes === undefined) await budgets.correct(caller, change.bytesWritten - 1);
        return change;
      } catch (error) {
        if (error instanceof GatewayError && error.ran === 'not_started') await budgets.correct(caller, -(bytes ?? 1));
        throw error;
      }
    },
    transfer: async (order) => {
      const drawn = new DrawnBytes(caller, budgets);
      const progressed = async (bytes: number): Promise<void> => {
        await drawn.take(bytes);
        await order.progressed(bytes);
      };
      try {
        return await hosts.transfer({ ...order, progressed });
      } finally {
        await drawn.giveBack();
      }
    },
  };
}

/** Undefined where that is seen only when it is written. */
function bytesOf(becomes: FileWrite['becomes']): number | undefined {
  if (becomes.kind === 'removed') return 0;
  return Buffer.isBuffer(becomes.contents) ? becomes.contents.length : undefined;
}

class DrawnBytes {
  readonly #caller: Caller;
  readonly #budgets: Budgets;
  #left = 0;

  constructor(caller: Caller, budgets: Budgets) {
    this.#caller = caller;
    this.#budgets = budgets;
  }

  /** Throws `rate_limited` where there are not so many left. */
  async take(bytes: number): Promise<void> {
    if (this.#left < bytes) await this.#draw(bytes);
    this.#left -= bytes;
  }

  async giveBack(): Promise<void> {
    await this.#budgets.correct(this.#caller, -this.#left);
  }

  async #draw(bytes: number): Promise<void> {
    const more = Math.max(bytes, drawnBytes);
    try {
      await this.#budgets.spend(this.#caller, { bytes: more });
      this.#left += more;
    } catch (error) {
      // Near the end the last of it is drawn as it is needed.
      if (!(error instanceof GatewayError && error.code === 'rate_limited') || more === bytes) throw error;
      await this.#budgets.spend(this.#caller, { bytes });
      this.#left += bytes;
    }
  }
}
