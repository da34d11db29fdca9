import {
  isMembers,
  readJsonFile,
  rewriteJsonFile,
  withMember,
  withoutMember,
  type JsonMembers,
} from '../base/json-file.ts';
import { GatewayError } from '../base/errors.ts';

/**
 * Why a name is not one to give to a new server. Stricter than what a file may hold: the name becomes part of the file
 * name of a key and of its comment on the host.
 */
export function newNameProblem(name: string): string | undefined {
  return /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(name)
    ? undefined
    : 'a name has letters, digits, dots, dashes and underscores, begins with a letter or digit, and has at most 64';
}

/** What `servers` would be with this entry: keys of an older one that are not set anew stay, demo entries go. */
export function withServer(servers: JsonMembers, name: string, entry: JsonMembers): JsonMembers {
  const real = Object.entries(servers).filter(([other, value]) => other === name || !isDemo(value));
  const old = servers[name];
  const kept = isMembers(old) && !isDemo(old) ? old : {};
  return withMember(Object.fromEntries(real), name, { ...kept, ...entry });
}

export async function putServer(file: string, name: string, entry: JsonMembers): Promise<void> {
  await editServers(file, (servers) => withServer(servers, name, entry));
}

export async function removeServer(file: string, name: string): Promise<void> {
  await editServers(file, (servers) => withoutMember(servers, name));
}

/** The entry must be there. */
export async function setServerEnabled(file: string, name: string, state: 'enabled' | 'disabled'): Promise<void> {
  await editServers(file, (servers) => {
    const entry = servers[name];
    if (!Object.hasOwn(servers, name) || !isMembers(entry)) {
      throw new GatewayError('unknown_host', `Server '${name}' not found`);
    }
    return withMember(servers, name, withMember(entry, 'enabled', state === 'enabled'));
  });
}

/** Rewrites the entries of servers.json under its lock; everything else in the file stays. */
export async function editServers(file: string, edit: (servers: JsonMembers) => JsonMembers): Promise<void> {
  await rewriteJsonFile(file, (members) => withMember(members, 'servers', edit(serversIn(members))));
}

/** The entries as they stand in the file, unread. */
export async function serverEntries(file: string): Promise<JsonMembers> {
  const json = await readJsonFile(file);
  return json === undefined ? {} : serversIn(json.value);
}

function serversIn(value: unknown): JsonMembers {
  const servers = isMembers(value) ? (value['servers'] ?? {}) : undefined;
  if (isMembers(servers)) return servers;
  throw new GatewayError('config_invalid', 'servers.json: servers must be an object of servers by name');
}

export function isDemo(entry: unknown): boolean {
  return isMembers(entry) && entry['demo'] === true;
}

/** Names of servers that are reached through this one. */
export function dependentsOf(servers: JsonMembers, name: string): readonly string[] {
  return Object.entries(servers)
    .filter(([, entry]) => isMembers(entry) && [entry['jump']].flat().includes(name))
    .map(([dependent]) => dependent);
}
