import type { Issue } from '../base/problem.ts';
import type { Host, HostId } from './host.ts';

type Route = { readonly hosts: readonly Host[] } | { readonly message: string };

/**
 * Gives each host the route through the jump hosts it names.
 *
 * As with OpenSSH's ProxyJump, the first jump host is reached by its own route, each next one through the one before. A
 * host behind a disabled jump host is disabled too. A host whose jump is unknown or leads in a circle is left out.
 */
export function resolveJumps(
  hosts: readonly Host[],
  jumps: ReadonlyMap<HostId, readonly string[]>,
): { readonly hosts: ReadonlyMap<HostId, Host>; readonly issues: readonly Issue[] } {
  const byName = new Map<string, Host>(hosts.map((host) => [host.id, host]));

  function routeTo(id: HostId, passed: readonly HostId[]): Route {
    if (passed.includes(id)) return { message: `jump leads in a circle: ${[...passed, id].join(' → ')}` };
    const route: Host[] = [];
    for (const [index, name] of (jumps.get(id) ?? []).entries()) {
      const jump = byName.get(name);
      if (jump === undefined) return { message: `jump: there is no usable server ${name} in this file` };
      const before: Route = index === 0 ? routeTo(jump.id, [...passed, id]) : { hosts: [] };
      if ('message' in before) return before;
      route.push(...before.hosts, jump);
    }
    const ids = [...route.map((host) => host.id), id];
    if (new Set(ids).size < ids.length) return { message: `jump leads in a circle: ${ids.join(' → ')}` };
    return { hosts: route };
  }

  const resolved = new Map<HostId, Host>();
  const issues: Issue[] = [];
  for (const host of hosts) {
    const route = routeTo(host.id, []);
    if ('message' in route) issues.push({ path: ['servers', host.id, 'jump'], message: route.message });
    else resolved.set(host.id, withRoute(host, route.hosts));
  }
  return { hosts: resolved, issues };
}

function withRoute(host: Host, jumpHosts: readonly Host[]): Host {
  if (jumpHosts.length === 0) return host;
  const enabled = host.enabled && jumpHosts.every((jump) => jump.enabled);
  return { ...host, enabled, route: { kind: 'jump', hosts: jumpHosts } };
}
