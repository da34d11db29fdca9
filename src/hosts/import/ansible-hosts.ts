import type { Found, FoundServer, SkippedServer } from './imported.ts';
import { hostsWithVariables, type AnsibleInventory, type Variables } from './ansible-inventory.ts';

/** The hosts of an Ansible inventory, as servers. Passwords in it are not taken. */
export function foundInAnsible(inventory: AnsibleInventory, defaultUser: string): Found {
  const servers: FoundServer[] = [];
  const skipped: SkippedServer[] = [];
  const hosts = hostsWithVariables(inventory);
  const names = new Set(hosts.map(({ name }) => name));
  for (const { name, groups, variables } of hosts) {
    const found = serverOf({ name, groups, variables, names, defaultUser });
    if ('why' in found) skipped.push(found);
    else servers.push(found);
  }
  return { servers, skipped };
}

interface Asked {
  readonly name: string;
  readonly groups: readonly string[];
  readonly variables: Variables;
  readonly names: ReadonlySet<string>;
  readonly defaultUser: string;
}

const overSsh = new Set(['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'ansible.builtin.ssh']);

function serverOf({ name, groups, variables, names, defaultUser }: Asked): FoundServer | SkippedServer {
  const one = (...keys: readonly string[]): string | undefined =>
    keys.map((key) => variables.get(key)).find((value) => value !== undefined && value !== '');
  const connection = one('ansible_connection') ?? 'ssh';
  if (!overSsh.has(connection)) return { name, why: `Ansible reaches it by ${connection}, not by SSH` };
  const said = {
    host: one('ansible_host', 'ansible_ssh_host') ?? name,
    port: one('ansible_port', 'ansible_ssh_port') ?? '22',
    user: one('ansible_user', 'ansible_ssh_user') ?? defaultUser,
    key: one('ansible_ssh_private_key_file'),
  };
  const template = Object.values(said).find((value) => value?.includes('{{'));
  if (template !== undefined) return { name, why: `Ansible works out ${template} when it runs: write it out` };
  if (!/^\d{1,5}$/.test(said.port)) return { name, why: 'its ansible_port is no number' };
  const way = jumpsOf(`${one('ansible_ssh_common_args') ?? ''} ${one('ansible_ssh_extra_args') ?? ''}`);
  if (way === undefined) return { name, why: 'its ansible_ssh_common_args has a ProxyCommand: name a jump host' };
  const unknown = way.filter((jump) => !names.has(jump));
  if (unknown.length > 0)
    return { name, why: `its jump host ${unknown.join(', ')} is not in the inventory by that name` };
  const hasPassword = one('ansible_password', 'ansible_ssh_pass') !== undefined;
  return {
    name,
    entry: {
      host: said.host,
      port: Number(said.port),
      user: said.user,
      ...(said.key !== undefined && { ssh_key_path: said.key }),
      ...(way.length > 0 && { jump: way }),
      tags: groups,
      enabled: true,
    },
    notes: hasPassword ? ['its password was not taken: put it into a variable and name that as password_env'] : [],
  };
}

/** Of `-J a,b`, `-o ProxyJump=a,b`; undefined where a command of its own makes the connection. */
function jumpsOf(options: string): readonly string[] | undefined {
  if (/proxycommand/i.test(options)) return undefined;
  const [, jumps = ''] = /(?:-J\s*|-o\s*['"]?ProxyJump[\s=]+)([^\s'"]+)/i.exec(options) ?? [];
  return jumps === '' ? [] : jumps.split(',').map((jump) => jump.replace(/^[^@]*@/, '').replace(/:\d+$/, ''));
}
