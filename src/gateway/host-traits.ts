import type { HostId } from '../hosts/host.ts';
import type { Inventory } from '../hosts/inventory.ts';
import { hostOf, type Action } from '../policy/action.ts';
import type { KnownHosts } from '../policy/evaluate.ts';
import type { HostTraits } from '../policy/rules/host-selection.ts';

/** What rules know of the hosts that the actions touch. */
export async function knownHostsOf(actions: readonly Action[], inventory: Inventory): Promise<KnownHosts> {
  const ids = new Set(actions.flatMap((action) => hostOf(action) ?? []));
  const known = new Map<HostId, HostTraits>();
  for (const id of ids) {
    const host = inventory.status(id) === 'absent' ? undefined : await inventory.find(id);
    if (host === undefined) continue;
    const { tags, labels, user, sudo = false } = host;
    known.set(id, { name: id, tags, labels, user, sudo });
  }
  return known;
}
