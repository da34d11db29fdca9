import type { Host, HostId } from './host.ts';

/** All hosts we know at this moment. */
export interface Inventory {
  /** What is known of a name without asking anybody. `ad_hoc`: not configured, but described in a call's arguments. */
  status(id: HostId): 'enabled' | 'disabled' | 'ad_hoc' | 'absent';
  /** Every name, disabled hosts' too, in the order of the configuration. Asks nobody. */
  ids(): readonly HostId[];
  /** The host in full; hosts of an OpenSSH client configuration are resolved here, at first use. */
  find(id: HostId): Promise<Host | undefined>;
  /** Every host, in the order of `ids`. */
  all(): Promise<readonly Host[]>;
  /** Calls back with hosts that were removed, disabled or changed: whatever is open to them must end. Returns the unsubscribe function. */
  onChanged(listener: (gone: ReadonlySet<HostId>) => void): () => void;
}
