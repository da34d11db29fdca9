import { isMembers, type JsonFile, type JsonMembers } from '../base/json-file.ts';
import { configInvalid, describeProblem, type Issue, type Problem } from '../base/problem.ts';
import type { Secret } from '../base/secret.ts';
import type { Host, HostId } from './host.ts';
import { isHostId } from './host.ts';
import { keyPath, type KeyPlaces } from './key-path.ts';
import { resolveJumps } from './resolve-jumps.ts';
import {
  hostIdProblem,
  noSecurity,
  securityBlock,
  serverEntry,
  type SecuritySettings,
  type ServerEntry,
} from './servers-schema.ts';

export interface ServersReading extends KeyPlaces {
  readonly knownHostsFiles: readonly string[];
  /** `personal`: only whoever runs us can call us, so entries may name programs to run. */
  readonly use: 'personal' | 'team';
  /** Whether entries marked as demo count. They never do beside a real one. */
  readonly demoEntries: 'served' | 'ignored';
  readonly secretFromEnv: (name: string) => Secret | undefined;
  /** Socket that an entry with `"agent": true` means. */
  readonly agentSocket: string | undefined;
  /** What policy finds wrong with the `security` block, such as a pattern it cannot compile; paths are within the block. */
  readonly judgeSecurity?: (security: SecuritySettings) => readonly Issue[];
}

export interface Servers {
  readonly hosts: ReadonlyMap<HostId, Host>;
  readonly security: SecuritySettings;
  /** Entries that are not among `hosts`, because of these. */
  readonly problems: readonly Problem[];
  /** Things to tell the operator that keep no entry out. */
  readonly notes: readonly string[];
}

export const noServers: Servers = { hosts: new Map(), security: noSecurity, problems: [], notes: [] };

/**
 * Hosts and security settings of a servers.json.
 *
 * A bad entry is a problem of its own. A bad top level or `security` block throws `config_invalid`: without knowing what
 * is forbidden nothing may be allowed.
 */
export function readServers(json: JsonFile, reading: ServersReading): Servers {
  const { value } = json;
  if (!isMembers(value)) throw invalid(json, [{ path: [], message: 'must be an object' }]);
  const entries = value['servers'] ?? {};
  if (!isMembers(entries))
    throw invalid(json, [{ path: ['servers'], message: 'must be an object of servers by name' }]);
  return { ...readEntries(entries, json, reading), security: readSecurity(value['security'] ?? {}, json, reading) };
}

function readSecurity(value: unknown, json: JsonFile, reading: ServersReading): SecuritySettings {
  const { data, error } = securityBlock.safeParse(value);
  const issues = data === undefined ? (error?.issues ?? []) : (reading.judgeSecurity?.(data) ?? []);
  if (data !== undefined && issues.length === 0) return data;
  const placed = issues.map(({ path, message }) => ({ path: ['security', ...path], message }));
  throw invalid(json, placed);
}

function invalid(json: JsonFile, issues: readonly Issue[]): Error {
  return configInvalid(issues.map((issue) => describeProblem(json.locate(issue))));
}

type NamedEntry = readonly [name: HostId, entry: ServerEntry];

function readEntries(entries: JsonMembers, json: JsonFile, reading: ServersReading): Omit<Servers, 'security'> {
  const issues: Issue[] = [];
  const parsed = Object.entries(entries).flatMap(([name, entry]): readonly NamedEntry[] => {
    const result = parseEntry(name, entry, reading);
    if ('entry' in result) return [result.entry];
    issues.push(...result.issues);
    return [];
  });
  const served = parsed.filter(([, entry]) => !entry.demo);
  const demo = parsed.filter(([, entry]) => entry.demo);
  const counting = reading.demoEntries === 'served' && served.length === 0 ? demo : served;
  const notes = demo.filter((named) => !counting.includes(named)).map(([name]) => `Server ${name} is a demo: ignored`);
  const hosts = counting.map(([name, entry]) => toHost(name, entry, reading, notes));
  const jumps = new Map(counting.flatMap(([name, entry]) => jumpsOf(name, entry)));
  const resolved = resolveJumps(hosts, jumps);
  issues.push(...resolved.issues);
  return { hosts: resolved.hosts, problems: issues.map(json.locate), notes };
}

function parseEntry(
  name: string,
  value: unknown,
  reading: ServersReading,
): { readonly entry: NamedEntry } | { readonly issues: readonly Issue[] } {
  const path = ['servers', name];
  if (!isHostId(name)) return { issues: [{ path, message: hostIdProblem(name) ?? 'not a server name' }] };
  const result = serverEntry.safeParse(value);
  if (!result.success) {
    return { issues: result.error.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })) };
  }
  const entry = result.data;
  if (!entry.ssh_key_path && !entry.password_env && entry.agent === false) {
    return { issues: [{ path, message: 'needs ssh_key_path, agent or password_env' }] };
  }
  if (entry.proxy_command && reading.use === 'team') {
    const message = 'runs a program, so only `sallyport stdio` takes it; use jump';
    return { issues: [{ path: [...path, 'proxy_command'], message }] };
  }
  if (entry.proxy_command && entry.jump) {
    return { issues: [{ path: [...path, 'proxy_command'], message: 'cannot stand beside jump' }] };
  }
  const badKey = pinnedKeys(entry).find((key) => !/^[a-z][\w@.-]+ [A-Za-z0-9+/]+={0,2}$/.test(key));
  if (badKey !== undefined) return { issues: [{ path: [...path, 'host_key'], message: 'must be `algorithm base64`' }] };
  return { entry: [name, entry] };
}

/** The first two words: a comment may follow, as in public key files. */
function pinnedKeys(entry: ServerEntry): readonly string[] {
  return [entry.host_key ?? []].flat().map((key) => key.trim().split(/\s+/).slice(0, 2).join(' '));
}

function jumpsOf(name: HostId, entry: ServerEntry): readonly (readonly [HostId, readonly string[]])[] {
  const jumps = [entry.jump ?? []].flat();
  return jumps.length === 0 ? [] : [[name, jumps]];
}

function toHost(id: HostId, entry: ServerEntry, reading: ServersReading, notes: string[]): Host {
  const fromEnv = (name: string | null | undefined): Secret | undefined => {
    if (!name) return undefined;
    const secret = reading.secretFromEnv(name);
    if (secret === undefined) notes.push(`Server ${id}: environment variable ${name} is not set`);
    return secret;
  };
  const passphrase = fromEnv(entry.ssh_key_passphrase_env);
  return {
    id,
    address: entry.host,
    port: entry.port,
    user: entry.user,
    description: entry.description ?? undefined,
    tags: entry.tags,
    labels: entry.labels,
    enabled: entry.enabled,
    sudo: entry.sudo,
    path: entry.path,
    credentials: {
      keys: entry.ssh_key_path ? [{ path: keyPath(entry.ssh_key_path, reading), passphrase }] : [],
      agent: entry.agent === true ? reading.agentSocket : entry.agent || undefined,
      password: fromEnv(entry.password_env),
    },
    route: entry.proxy_command ? { kind: 'proxy_command', command: entry.proxy_command } : { kind: 'direct' },
    hostKeyAlias: undefined,
    pinnedHostKeys: pinnedKeys(entry),
    knownHostsFiles: reading.knownHostsFiles,
  };
}
