import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { hasErrorCode } from '../base/error-code.ts';
import { GatewayError } from '../base/errors.ts';
import { matchesGlob } from '../base/glob.ts';
import type { JsonMembers } from '../base/json-file.ts';
import type { Log } from '../base/log.ts';
import { describeProblem } from '../base/problem.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';
import type { Config } from '../config/load.ts';
import { editServers, newNameProblem, serverEntries, withServer } from '../hosts/edit-servers.ts';
import { foundInAnsible } from '../hosts/import/ansible-hosts.ts';
import type { Found, FoundServer, SkippedServer } from '../hosts/import/imported.ts';
import { readAnsible } from '../hosts/import/read-ansible.ts';
import { foundInSshConfig } from '../hosts/import/ssh-config-hosts.ts';
import { SshConfigHosts } from '../hosts/ssh-config.ts';
import { UsageError } from './exit-code.ts';
import { openConfig, makePrivateDirectory, type CommonOptions } from './open-config.ts';
import { recorded } from './recorded.ts';
import { createScreen } from './screen.ts';
import { serversFrom } from './servers-of.ts';

export interface ServerImportOptions extends CommonOptions {
  readonly ansible?: string;
  readonly sshConfig?: boolean;
  readonly only?: string;
  readonly user?: string;
  readonly key?: string;
  readonly replace?: boolean;
  readonly dryRun?: boolean;
}

/** Adds the servers of an Ansible inventory, or of `~/.ssh/config`, as far as they can be used. Nobody is connected to. */
export async function serverImport(options: ServerImportOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const existing = await serverEntries(config.serversFile);
  const setting = { options, existing, config };
  const { servers, skipped } = usable(await found(options, { config, log }), setting);
  const isDry = options.dryRun === true;
  if (!isDry && servers.length > 0) {
    await makePrivateDirectory(config.configDir);
    const metadata = { operation: 'imported', servers: servers.map(({ name }) => name) };
    const change = { tool: 'server import', eventType: 'server_added', metadata } as const;
    await recorded(change, { config, log }, () => editServers(config.serversFile, (all) => withAll(all, servers)));
  }
  screen.show({
    text: [
      ...servers.flatMap(({ name, entry, notes }) => [
        `${isDry ? '·' : '✓'} ${name} (${entry.user}@${entry.host}:${entry.port})`,
        ...notes.map((note) => `    ${note}`),
      ]),
      ...skipped.map(({ name, why }) => `Skipped ${name}: ${why}`),
      ...(servers.length > 0 && !isDry ? ['Next: sallyport server trust --all; sallyport doctor'] : []),
      ...(servers.length === 0 ? ['Nothing to import'] : []),
    ].map(neutraliseLine),
    json: { success: true, dry_run: isDry, servers, skipped },
  });
}

async function found(
  { ansible, sshConfig, user, key }: ServerImportOptions,
  { config, log }: { readonly config: Config; readonly log: Log },
): Promise<Found> {
  if ((ansible === undefined) === (sshConfig !== true))
    throw new UsageError('--ansible FILE or --ssh-config, one of them');
  if (ansible !== undefined) {
    return withKeys(foundInAnsible(readAnsible(ansible, await textOf(ansible)), user ?? userInfo().username), key);
  }
  const places = { home: homedir(), env: config.environment(), ownKnownHosts: config.knownHostsFile };
  using hosts = new SshConfigHosts({ log, ...places });
  return withKeys(await foundInSshConfig(hosts), key);
}

/** Where nothing says which key, it is the one named here, or whichever the agent of this process has. */
function withKeys({ servers, skipped }: Found, key: string | undefined): Found {
  const keyed = servers.map((server): FoundServer => {
    const { entry, notes } = server;
    if (entry.ssh_key_path !== undefined || entry.agent === true) return server;
    if (key !== undefined) return { ...server, entry: { ...entry, ssh_key_path: key } };
    const note = 'no key is named: it is logged in to with an ssh-agent, or with the key that you name with --key';
    return { ...server, entry: { ...entry, agent: true }, notes: [...notes, note] };
  });
  return { servers: keyed, skipped };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) throw new GatewayError('path_not_found', `${file} does not exist`);
    if (hasErrorCode(error, 'EISDIR')) throw new UsageError(`${file} is a directory: name one file of the inventory`);
    throw error;
  }
}

interface Setting {
  readonly options: ServerImportOptions;
  readonly existing: JsonMembers;
  readonly config: Config;
}

/** Those that are asked for, have a name of ours, stand in nobody's place, and make a configuration that can be read. */
function usable(all: Found, { options, existing, config }: Setting): Found {
  const { only, replace } = options;
  const skipped: SkippedServer[] = all.skipped.filter(({ name }) => only === undefined || matchesGlob(only, name));
  const servers = all.servers.filter(({ name }) => {
    if (only !== undefined && !matchesGlob(only, name)) return false;
    const why = whyNot(name, { existing, replace: replace === true });
    if (why !== undefined) skipped.push({ name, why });
    return why === undefined;
  });
  return withoutBroken({ servers, skipped }, { existing, config });
}

function whyNot(name: string, { existing, replace }: { existing: JsonMembers; replace: boolean }): string | undefined {
  if (Object.hasOwn(existing, name) && !replace) return 'there is a server of this name: --replace overwrites it';
  return newNameProblem(name);
}

/** What would be refused at the next start is not written; what goes through a server that is left out is left out too. */
function withoutBroken(
  { servers, skipped }: Found,
  { existing, config }: { readonly existing: JsonMembers; readonly config: Config },
): Found {
  const { hosts, problems } = serversFrom(config, withAll(existing, servers));
  const known = new Set<string>([...hosts.values()].map(({ id }) => id));
  const broken = servers.filter(({ name }) => !known.has(name));
  if (broken.length === 0) return { servers, skipped };
  const reasonOf = (name: string): string => {
    const problem = problems.find(
      ({ what }) => what.startsWith(`servers.${name}.`) || what.startsWith(`servers.${name}:`),
    );
    return problem === undefined ? 'it cannot be used' : describeProblem(problem).replace(/^.*?servers\./, '');
  };
  const left = servers.filter((server) => !broken.includes(server));
  const why = broken.map(({ name }) => ({ name, why: reasonOf(name) }));
  return withoutBroken({ servers: left, skipped: [...skipped, ...why] }, { existing, config });
}

function withAll(existing: JsonMembers, servers: readonly FoundServer[]): JsonMembers {
  return servers.reduce<JsonMembers>((all, { name, entry }) => withServer(all, name, { ...entry }), existing);
}
