import { existsSync } from 'node:fs';
import type { Log } from '../base/log.ts';
import { neutraliseLine } from '../base/untrusted-text.ts';
import { openTokenUses, statePath } from '../compose-stores.ts';
import type { Config } from '../config/load.ts';
import { GatewayError } from '../base/errors.ts';
import { listTokens, tokenOf } from '../identity/edit-tokens.ts';
import type { Lifetime } from '../identity/token-expiry.ts';
import type { ApiToken } from '../identity/token-entry.ts';
import type { TokenUseStore } from '../identity/token-use.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen, table } from './screen.ts';

type LastUsed = ReadonlyMap<string, Date>;

/** The tokens, without showing any, with when each was last used and when it ends. */
export async function tokenList(options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const { found, lastUsed } = await read(config, log, (lifetime) => listTokens(config.tokensFile, lifetime));
  const { tokens, warnings } = found;
  const header = ['Name', 'Permissions', 'Roles', 'Profile', 'Servers', 'Status', 'Token', 'Expires', 'Last used'];
  const rows = tokens.map((token) => rowOf(token, lastUsed));
  const listed = rows.length === 0 ? ['No tokens configured'] : table('API Tokens', header, rows);
  const json = { tokens: tokens.map((token) => jsonOf(token, lastUsed)), problems: warnings };
  screen.show({ text: [...listed, ...warnings], json });
}

/** Everything about one token but its text. */
export async function tokenShow(nameOrToken: string, options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const { found, lastUsed } = await read(config, log, (lifetime) => tokenOf(config.tokensFile, nameOrToken, lifetime));
  // What was typed may be a token: it is not repeated.
  if (found === undefined) throw new GatewayError('invalid_input', 'Token not found: no name or token like that');
  const json = jsonOf(found, lastUsed);
  const text = Object.entries(json).map(([key, value]) => neutraliseLine(`${`${key}:`.padEnd(23)} ${shown(value)}`));
  screen.show({ text, json });
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ') || '-';
  return value === null ? '-' : JSON.stringify(value).replace(/^"(.*)"$/s, '$1');
}

async function read<T>(
  config: Config,
  log: Log,
  find: (lifetime: Lifetime) => Promise<T>,
): Promise<{ readonly found: T; readonly lastUsed: LastUsed }> {
  const store = existsSync(statePath(config)) ? await openTokenUses(config, log) : undefined;
  try {
    const firstSeen = store && ((hashes: readonly string[]) => store.firstSeen(hashes, new Date()));
    const found = await find({ expiryHours: config.tokenExpiryHours, firstSeen });
    return { found, lastUsed: await lastUsedOf(store, log) };
  } finally {
    await store?.close();
  }
}

async function lastUsedOf(store: TokenUseStore | undefined, log: Log): Promise<LastUsed> {
  try {
    return (await store?.lastUsed()) ?? new Map();
  } catch (error) {
    log.warn({ err: error }, 'the last use of tokens cannot be read');
    return new Map();
  }
}

function rowOf(token: ApiToken, lastUsed: LastUsed): readonly string[] {
  return [
    token.name,
    token.scopes.join(', ') || '-',
    token.roles.join(', ') || '-',
    token.profile ?? 'seed',
    token.allowedServers.join(', '),
    token.enabled ? '✓ Enabled' : '✗ Disabled',
    token.prefix === undefined ? 'stored in plaintext' : `${token.prefix}…`,
    token.expiresAt?.toISOString() ?? 'never',
    lastUsed.get(token.hash)?.toISOString() ?? 'never',
  ];
}

function jsonOf(token: ApiToken, lastUsed: LastUsed): object {
  return {
    name: token.name,
    description: token.description ?? null,
    permissions: token.scopes,
    roles: token.roles,
    allowed_servers: token.allowedServers,
    profile: token.profile ?? 'seed',
    allowed_ips: token.allowedIps ?? null,
    rate_limit_multiplier: token.rateLimitMultiplier,
    enabled: token.enabled,
    prefix: token.prefix ?? null,
    created_at: token.createdAt ?? null,
    expires_at: token.expiresAt?.toISOString() ?? null,
    last_used_at: lastUsed.get(token.hash)?.toISOString() ?? null,
  };
}
