import type { Inventory } from '../hosts/inventory.ts';
import { isPathAction, type Action } from '../policy/action.ts';
import type { HostAccess } from '../ssh/access.ts';
import { installOnHost } from '../tools/install-on-host.ts';

/** What the host must be asked before it is known what an action comes to there; undefined where it says so itself. */
export function questionOf(action: Action): Action | undefined {
  if (isPathAction(action)) return { kind: 'resolve_path', host: action.host, path: action.path };
  if (action.kind === 'install_package') return { kind: 'find_package_manager', host: action.host };
  return undefined;
}

/** The action with the host's answer in it. */
export async function completed(action: Action, hosts: HostAccess, inventory: Inventory): Promise<Action> {
  if (isPathAction(action)) return { ...action, resolved: await hosts.resolvePath(action.host, action.path) };
  if (action.kind !== 'install_package') return action;
  const host = await inventory.find(action.host);
  return installOnHost(action, { sudo: host?.sudo ?? false, answer: await hosts.findPackageManager(action.host) });
}
