import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { GatewayError } from '../base/errors.ts';
import type { Host, HostCredentials, HostId, HostRoute } from './host.ts';
import type { SshSettings } from './ssh-settings.ts';
import { expandPath, expandTokens, type SshTokens } from './ssh-tokens.ts';

export interface PersonalPlaces {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Our own `known_hosts`, which we write; those of the configuration are only read. */
  readonly ownKnownHosts: string;
}

/** A host before its jump hosts are looked up. */
export interface UnroutedHost {
  readonly host: Host;
  /** `ProxyJump` as `[user@]host[:port]`, in the order they are passed. */
  readonly jumps: readonly string[];
}

/** The host that ssh's settings describe. Throws `config_invalid` where they ask for what we cannot do safely. */
export function hostFromSettings(id: HostId, settings: SshSettings, places: PersonalPlaces): UnroutedHost {
  const one = (keyword: string): string | undefined => settings.get(keyword)?.[0];
  const tokens: SshTokens = {
    ...places,
    name: id,
    address: one('hostname') ?? id,
    port: Number(one('port') ?? 22),
    user: one('user') ?? '',
    hostKeyAlias: one('hostkeyalias'),
  };
  const { address, port, user, hostKeyAlias } = tokens;
  // As ssh itself refuses on its command line: these go into ProxyCommand, which is for a shell.
  if (!isPlainAddress(address) || !isPlainUser(user)) {
    throw unusable(id, 'HostName or User has characters that a shell would act on');
  }
  if (set(one('revokedhostkeys')) !== undefined) {
    throw unusable(id, 'RevokedHostKeys is not supported; use @revoked lines in known_hosts');
  }
  const jump = set(one('proxyjump'));
  return {
    host: {
      id,
      address,
      port,
      user,
      description: undefined,
      tags: [],
      labels: {},
      enabled: true,
      credentials: credentials(settings, tokens),
      route: jump === undefined ? proxyRoute(id, settings, tokens) : { kind: 'direct' },
      hostKeyAlias,
      pinnedHostKeys: [],
      knownHostsFiles: knownHostsFiles(settings, tokens, places),
    },
    jumps: jump === undefined ? [] : expanded(id, jump, tokens).split(','),
  };
}

export function unusable(id: HostId, why: string): GatewayError {
  return new GatewayError('config_invalid', `${id} of the SSH client configuration cannot be used: ${why}.`);
}

function isPlainAddress(text: string): boolean {
  return text !== '' && !text.startsWith('-') && !/[\s'`"$\\;&<>|(){}\p{C}]/u.test(text);
}

/** A backslash may stand between a domain and a name. */
function isPlainUser(text: string): boolean {
  return text !== '' && !/^-|\s-|['`";&<>|(){}\p{C}]|\\$/u.test(text);
}

/** A setting other than `none`, which switches it off. */
function set(value: string | undefined): string | undefined {
  return value?.toLowerCase() === 'none' ? undefined : value;
}

function expanded(id: HostId, text: string, tokens: SshTokens): string {
  const result = expandTokens(text, tokens, '%hnpr');
  if (result === undefined) throw unusable(id, 'ProxyJump or ProxyCommand has a token other than %h %n %p %r %%');
  return result;
}

function proxyRoute(id: HostId, settings: SshSettings, tokens: SshTokens): HostRoute {
  const command = set(settings.get('proxycommand')?.[0]);
  if (command === undefined) return { kind: 'direct' };
  if (command === '-' || settings.get('proxyusefdpass')?.[0] === 'yes') {
    throw unusable(id, 'ProxyCommand "-" and ProxyUseFdpass are not supported');
  }
  return { kind: 'proxy_command', command: expanded(id, command, tokens) };
}

function credentials(settings: SshSettings, tokens: SshTokens): HostCredentials {
  const identities = (settings.get('identityfile') ?? []).flatMap((file) => expandPath(file, tokens) ?? []);
  const isPublic = (path: string): boolean => path.endsWith('.pub');
  const publicOf = (path: string): string => (isPublic(path) ? path : `${path}.pub`);
  const paths = [...new Set(identities)].filter((path) => !isPublic(path) && isFile(path));
  return {
    keys: paths.map((path) => ({ path, passphrase: undefined })),
    agent: agentSocket(set(settings.get('identityagent')?.[0] ?? 'SSH_AUTH_SOCK'), tokens),
    agentKeys:
      settings.get('identitiesonly')?.[0] === 'yes' ? [...new Set(identities.map(publicOf))].filter(isFile) : undefined,
    password: undefined,
  };
}

/** `IdentityAgent`: the word SSH_AUTH_SOCK, `$VARIABLE`, or a path. */
function agentSocket(setting: string | undefined, tokens: SshTokens): string | undefined {
  if (setting === undefined) return undefined;
  const variable = setting === 'SSH_AUTH_SOCK' ? setting : /^\$(\w+)$/.exec(setting)?.[1];
  if (variable === undefined) return expandPath(setting, tokens);
  const socket = tokens.env[variable];
  return socket !== undefined && isAbsolute(socket) ? socket : undefined;
}

/** The paths of a list stand unquoted, divided by blanks; each is absolute, so one that contains blanks survives. */
function knownHostsFiles(settings: SshSettings, tokens: SshTokens, places: PersonalPlaces): readonly string[] {
  const lists = [settings.get('userknownhostsfile')?.[0], settings.get('globalknownhostsfile')?.[0]];
  const paths = lists
    .flatMap((list) => (list ?? '').split(/ (?=[/~]|none$)/))
    .map((path) => (path.startsWith('~/') ? tokens.home + path.slice(1) : path));
  return [...new Set([places.ownKnownHosts, ...paths.filter(isAbsolute)])];
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}
