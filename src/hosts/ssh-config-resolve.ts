import { isHostId, type Host, type HostId } from './host.ts';
import { hostFromSettings, unusable, type PersonalPlaces } from './ssh-config-host.ts';
import { readSshSettings, type SshProgram, type SshTarget } from './ssh-settings.ts';

/** A jump host may have a jump host of its own, and so on; a circle never ends. */
const maxNestedJumps = 8;

export interface SshConfigResolution extends PersonalPlaces {
  readonly program: SshProgram;
}

type Target = SshTarget & { readonly name: HostId };

/** One host of the configuration in full, by one `ssh -G` for it and one for each jump host. */
export function resolveSshHost(id: HostId, resolution: SshConfigResolution): Promise<Host> {
  return resolveTarget({ name: id }, resolution, maxNestedJumps);
}

async function resolveTarget(target: Target, resolution: SshConfigResolution, nested: number): Promise<Host> {
  const id = target.name;
  const settings = await readSshSettings(resolution.program, target);
  const { host, jumps } = hostFromSettings(id, settings, resolution);
  const [first, ...others] = jumps.map((jump) => parseJump(id, jump));
  if (first === undefined) return host;
  if (nested === 0) throw unusable(id, 'its ProxyJump leads in a circle');
  // As ssh does: the first is reached by its own route, each next one through the one before.
  const hosts = [...withRouteBefore(await resolveTarget(first, resolution, nested - 1))];
  for (const other of others) {
    const otherSettings = await readSshSettings(resolution.program, other);
    hosts.push({ ...hostFromSettings(other.name, otherSettings, resolution).host, route: { kind: 'direct' } });
  }
  return { ...host, route: { kind: 'jump', hosts } };
}

/** The hosts passed up to and including this one. */
function withRouteBefore(host: Host): readonly Host[] {
  return host.route.kind === 'jump' ? [...host.route.hosts, { ...host, route: { kind: 'direct' } }] : [host];
}

/** `[user@]host[:port]`, `[user@][address]:port`, or `ssh://` before that. */
function parseJump(id: HostId, text: string): Target {
  const plain = text.trim().replace(/^ssh:\/\/(.*?)\/?$/i, '$1');
  const [, user, bracketed, bare, port] = /^(?:(.+)@)?(?:\[([^\]]+)\]|([^[\]]*?))(?::(\d+))?$/.exec(plain) ?? [];
  const name = bracketed ?? bare;
  const number = port === undefined ? undefined : Number(port);
  if (name === undefined || !isHostId(name) || number === 0 || (number ?? 1) > 65_535) {
    throw unusable(id, 'its ProxyJump is not [user@]host[:port]');
  }
  return { name, user, port: number };
}
