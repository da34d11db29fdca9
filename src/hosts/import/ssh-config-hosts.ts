import { existsSync } from 'node:fs';
import { GatewayError } from '../../base/errors.ts';
import type { Host } from '../host.ts';
import type { Inventory } from '../inventory.ts';
import type { Found, FoundServer, SkippedServer } from './imported.ts';

/** The hosts of an OpenSSH client configuration, as servers. */
export async function foundInSshConfig(inventory: Pick<Inventory, 'ids' | 'find'>): Promise<Found> {
  const servers: FoundServer[] = [];
  const skipped: SkippedServer[] = [];
  const names = new Set<string>(inventory.ids());
  for (const id of inventory.ids()) {
    try {
      const host = await inventory.find(id);
      const found = host === undefined ? { name: id, why: 'it is not there any more' } : serverOf(host, names);
      if ('why' in found) skipped.push(found);
      else servers.push(found);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      skipped.push({ name: id, why: error.message });
    }
  }
  return { servers, skipped };
}

function serverOf(host: Host, names: ReadonlySet<string>): FoundServer | SkippedServer {
  const { id: name, address, port, user, credentials, route } = host;
  if (route.kind === 'proxy_command')
    return { name, why: 'its ProxyCommand is for your own use alone: name a jump host' };
  const jumps = route.kind === 'jump' ? route.hosts.map(({ id }) => id) : [];
  const unnamed = jumps.filter((jump) => !names.has(jump));
  if (unnamed.length > 0) return { name, why: `its jump host ${unnamed.join(', ')} has no Host entry of that name` };
  const key = credentials.keys.find(({ path }) => existsSync(path));
  const hasAgent = credentials.agent !== undefined;
  return {
    name,
    entry: {
      host: address,
      port,
      user,
      ...(key !== undefined && { ssh_key_path: key.path }),
      ...(key === undefined && hasAgent && { agent: true }),
      ...(jumps.length > 0 && { jump: jumps }),
      tags: [],
      enabled: true,
    },
    notes: [],
  };
}
