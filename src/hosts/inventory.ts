import type { Host, HostId } from './host.ts';

/** All hosts we know at this moment. */
export interface Inventory {
  find(id: HostId): Host | undefined;
  /** Every host, disabled ones too, in the order of the configuration. */
  all(): readonly Host[];
  /** Hosts that were removed or changed since: whatever is open to them must end. Returns the unsubscribe function. */
  onChanged(listener: (gone: ReadonlySet<HostId>) => void): () => void;
}
