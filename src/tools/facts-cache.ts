import type { Host, HostId } from '../hosts/host.ts';
import type { Inventory } from '../hosts/inventory.ts';
import { isSameHost } from '../hosts/same-host.ts';
import { parseFacts, type SystemFacts } from './system-facts.ts';

/** Hosts that only arguments describe are without number. */
const maxCards = 2_000;

/** What is known of a host, and since when. */
export interface FactsCard {
  readonly facts: SystemFacts;
  readonly gatheredAt: Date;
  readonly ageMs: number;
}

interface KeptCard extends Omit<FactsCard, 'ageMs'> {
  /** As it was when it was asked: one that differs in address, account or way is another. */
  readonly host: Host;
  readonly monotonicMs: number;
}

/** What hosts said of themselves, by host and account, until they change. */
export class FactsCache {
  readonly #inventory: Inventory;
  readonly #cards = new Map<HostId, KeptCard>();

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  /** A card that is younger than that, or a new one from the host. What answered nothing is not kept. */
  async card(id: HostId, maxAgeMs: number, gather: () => Promise<string>): Promise<FactsCard> {
    const host = await this.#inventory.find(id);
    const kept = this.#cards.get(id);
    if (kept && host && isSameHost(kept.host, host)) {
      const ageMs = performance.now() - kept.monotonicMs;
      if (ageMs < maxAgeMs) return { ...kept, ageMs };
    }
    const [gatheredAt, monotonicMs] = [new Date(), performance.now()];
    const facts = parseFacts(await gather());
    this.#cards.delete(id);
    if (facts.answered && host) this.#cards.set(id, { host, facts, gatheredAt, monotonicMs });
    for (const oldest of this.#cards.keys()) {
      if (this.#cards.size <= maxCards) break;
      this.#cards.delete(oldest);
    }
    return { facts, gatheredAt, ageMs: 0 };
  }

  /** What the host calls itself, as far as it has been asked. */
  hostNames(id: HostId): readonly string[] {
    const name = this.#cards.get(id)?.facts.systemInfo['hostname'];
    return name === undefined ? [] : [name];
  }

  forget(gone: ReadonlySet<HostId>): void {
    for (const id of gone) this.#cards.delete(id);
  }
}
