import type { Host, HostId } from './host.ts';
import type { Inventory } from './inventory.ts';

/** Several inventories as one. Where two know a name, the first one's host is meant, a disabled one too. */
export function unitedInventory(parts: readonly Inventory[]): Inventory {
  const partOf = (id: HostId): Inventory | undefined => parts.find((part) => part.status(id) !== 'absent');
  return {
    status: (id) => partOf(id)?.status(id) ?? 'absent',
    find: async (id) => partOf(id)?.find(id),
    ids: () => [...new Set(parts.flatMap((part) => part.ids()))],
    async all() {
      const byId = new Map<HostId, Host>();
      for (const part of parts) {
        for (const host of await part.all()) if (!byId.has(host.id)) byId.set(host.id, host);
      }
      return [...byId.values()];
    },
    onChanged(listener) {
      const unsubscribes = parts.map((part) => part.onChanged(listener));
      return () => {
        for (const unsubscribe of unsubscribes) unsubscribe();
      };
    },
  };
}
