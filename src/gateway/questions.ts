import type { Inventory } from '../hosts/inventory.ts';
import { isBySudo, isOpen, isPathAction, type Action, type PathAction } from '../policy/action.ts';
import type { HostAccess } from '../ssh/access.ts';
import type { Rights } from '../changes/change.ts';
import { changeService } from '../tools/change-service.ts';
import { installOnHost } from '../tools/install-on-host.ts';
import { readJournal } from '../tools/journal-command.ts';

/** What the host must be asked before it is known what an action comes to there. */
export function questionsOf(action: Action): readonly Action[] {
  if (isPathAction(action)) {
    const { host, path } = action;
    return [
      { kind: isBySudo(action) ? 'sudo_resolve_path' : 'resolve_path', host, path },
      ...(action.rotated ? [{ kind: 'find_rotated_logs', host, path } as const] : []),
    ];
  }
  if (action.kind !== 'install_package') return [];
  return [{ kind: 'find_package_manager', host: action.host, package: action.package }];
}

/** The action with the host's answer in it, or what it comes to. */
export async function completed(action: Action, hosts: HostAccess, inventory: Inventory): Promise<readonly Action[]> {
  if (isPathAction(action)) return await resolved(action, hosts);
  return [await built(action, hosts, inventory)];
}

async function resolved(action: PathAction, hosts: HostAccess): Promise<readonly Action[]> {
  const { rotated, ...one } = action;
  const itself = { ...one, resolved: await hosts.resolvePath(action.host, action.path, rightsOf(action)) };
  const older = rotated ? await hosts.findRotatedLogs(action.host, action.path) : [];
  return [itself, ...older.map((log) => ({ ...one, ...log }))];
}

function rightsOf(action: PathAction): Rights {
  return isBySudo(action) ? 'sudo' : 'account';
}

async function built(action: Action, hosts: HostAccess, inventory: Inventory): Promise<Action> {
  if (!isOpen(action) || !('plain' in action)) return action;
  const sudo = (await inventory.find(action.host))?.sudo ?? false;
  switch (action.kind) {
    case 'install_package':
      return installOnHost(action, { sudo, answer: await hosts.findPackageManager(action.host, action.package) });
    case 'manage_service':
      return changeService(action, { sudo });
    case 'read_journal':
      return readJournal(action, { sudo });
    case 'check_service':
      return action;
  }
}
