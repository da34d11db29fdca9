import { GatewayError } from '../base/errors.ts';
import { parseJson, readJsonFile, type JsonMembers } from '../base/json-file.ts';
import { describeProblem } from '../base/problem.ts';
import type { Config } from '../config/load.ts';
import { keysOfHost } from '../ssh/host-keys/host-keys.ts';
import type { Host } from '../hosts/host.ts';
import { noServers, readServers, type Servers, type ServersReading } from '../hosts/read-servers.ts';

function readingOf(config: Config): ServersReading {
  return { ...config, knownHostsFiles: [config.knownHostsFile], use: 'team', demoEntries: 'ignored' };
}

/** The hosts of servers.json as the gateway would take them. */
export async function loadServers(config: Config): Promise<Servers> {
  const json = await readJsonFile(config.serversFile);
  return json === undefined ? noServers : readServers(json, readingOf(config));
}

/** The hosts that servers.json would give with these entries in it. */
export function serversFrom(config: Config, servers: JsonMembers): Servers {
  return readServers(parseJson(config.serversFile, JSON.stringify({ servers })), readingOf(config));
}

export async function hostNamed(config: Config, name: string): Promise<Host> {
  const { hosts, problems } = await loadServers(config);
  const host = [...hosts.values()].find(({ id }) => id === name);
  if (host !== undefined) return host;
  const problem = problems.find(({ what }) => what.startsWith(`servers.${name}`));
  throw problem ? new GatewayError('config_invalid', describeProblem(problem)) : notFound(name);
}

export function notFound(name: string): GatewayError {
  return new GatewayError('unknown_host', `Server '${name}' not found`);
}

export function isKeyKnown(host: Host): boolean {
  return keysOfHost(host).length > 0;
}
