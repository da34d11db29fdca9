import type { Inventory } from '../hosts/inventory.ts';
import { mayReach, mayReachAll } from '../identity/caller.ts';
import { hostOf } from './action.ts';
import type { Rule } from './evaluate.ts';

/** A credential reaches only the hosts it lists. Says the same of hosts that exist and of those that do not. */
export const allowedHosts: Rule = {
  id: 'allowed_servers',
  judge(caller, action) {
    const host = hostOf(action);
    if (host === undefined || mayReach(caller, host)) return undefined;
    const justification = `Access denied to server: ${host}. See list_servers for those you may use.`;
    return { decision: 'deny', code: 'host_not_allowed', justification };
  },
};

/** Only hosts in the inventory, and only while they are enabled; others only for a credential that is good for all. */
export function knownHosts(inventory: Pick<Inventory, 'status'>): Rule {
  return {
    id: 'inventory',
    judge(caller, action) {
      const host = hostOf(action);
      if (host === undefined) return undefined;
      switch (inventory.status(host)) {
        case 'enabled':
          return undefined;
        case 'disabled': {
          const justification = `Server is disabled: ${host}. Ask the operator to enable it.`;
          return { decision: 'deny', code: 'host_disabled', justification };
        }
        case 'ad_hoc': {
          if (mayReachAll(caller)) return undefined;
          const justification = `Access denied to server: ${host}. Only a token for all servers may use others.`;
          return { decision: 'deny', code: 'host_not_allowed', justification };
        }
        case 'absent': {
          const justification = `Server not found: ${host}. See list_servers for the names.`;
          return { decision: 'deny', code: 'unknown_host', justification };
        }
      }
    },
  };
}
