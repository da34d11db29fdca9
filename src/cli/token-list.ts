import { existsSync } from 'node:fs';
import type { Log } from '../base/log.ts';
import { openTokenUses, statePath } from '../compose-stores.ts';
import type { Config } from '../config/load.ts';
import { listTokens } from '../identity/edit-tokens.ts';
import type { ApiToken } from '../identity/token-entry.ts';
import type { TokenUseStore } from '../identity/token-use.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen, table } from './screen.ts';

type LastUsed = ReadonlyMap<string, Date>;

/** The tokens, without showing any, with when each was last used and when it ends. */
export async function tokenList(options: CommonOptions): Promise<void> {
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const { tokens, warnings, lastUsed } = await read(config, log);
  const header = ['Name', 'Permissions', 'Roles', 'Profile', 'Servers', 'Status', 'Token', 'Expires', 'Last used'];
  const rows = tokens.map((token) => rowOf(token, lastUsed));
  const listed = rows.length === 0 ? ['No tokens configured'] : table('API Tokens', header, rows);
  const json = { tokens: tokens.map((token) => jsonOf(token, lastUsed)), problems: warnings };
  screen.show({ text: [...listed, ...warnings], json });
}

async function read(config: Config, log: Log) {
  const { tokensFile, tokenExpiryHours: expiryHours } = config;
  const store = existsSync(statePath(config)) ? await openTokenUses(config, log) : undefined;
  try {
    const firstSeen = store && ((hashes: readonly string[]) => store.firstSeen(hashes, new Date()));
    const list = await listTokens(tokensFile, { expiryHours, firstSeen });
    return { ...list, lastUsed: await lastUsedOf(store, log) };
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
    enabled: token.enabled,
    prefix: token.prefix ?? null,
    created_at: token.createdAt ?? null,
    expires_at: token.expiresAt?.toISOString() ?? null,
    last_used_at: lastUsed.get(token.hash)?.toISOString() ?? null,
  };
}
