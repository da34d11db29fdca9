import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Brand } from '../base/brand.ts';
import { isNetwork } from '../base/networks.ts';
import { roles, scopes, type DailyLimits, type Role, type Scope } from './caller.ts';

/** Lower-case hex SHA-256 of a token. Tokens have at least 122 random bits, so a plain hash cannot be searched. */
export type TokenHash = Brand<string, 'TokenHash'>;

export function hashToken(token: string): TokenHash {
  const hex = createHash('sha256').update(token, 'utf8').digest('hex');
  if (!isTokenHash(hex)) throw new Error('SHA-256 has 64 hex digits');
  return hex;
}

/** Enough to tell tokens apart in a list, far too little to help anybody guess. */
const shownCharacters = 8;

export function shownPrefix(token: string): string {
  return token.slice(0, shownCharacters);
}

const hashPrefix = 'sha256:';

/** The key under which a token stands in tokens.json. */
export function tokenKey(hash: TokenHash): string {
  return `${hashPrefix}${hash}`;
}

/** The hash that a key of tokens.json means: the key itself is the token, unless it says that it is a hash. */
export function hashOfKey(key: string): { readonly hash: TokenHash; readonly isPlaintext: boolean } | undefined {
  if (!key.startsWith(hashPrefix)) return { hash: hashToken(key), isPlaintext: true };
  const hex = key.slice(hashPrefix.length);
  return isTokenHash(hex) ? { hash: hex, isPlaintext: false } : undefined;
}

function isTokenHash(hex: string): hex is TokenHash {
  return /^[0-9a-f]{64}$/.test(hex);
}

/** In any 24 hours, in place of the setting of that name. */
const perDay = z.int().min(0).max(1_000_000_000).nullish();
const mebibyte = 1024 * 1024;

const instant = z.iso.datetime({ offset: true, local: true });

/** One entry of `tokens` in tokens.json: the first seed's keys, then ours. */
export const tokenEntry = z.object({
  name: z.string().min(1),
  description: z.string().nullish(),
  permissions: z.array(z.enum(scopes)).default([]),
  allowed_servers: z.array(z.string()).default(['*']),
  rate_limit_multiplier: z.number().min(0).default(1),
  commands_per_day: perDay,
  servers_per_day: perDay,
  mb_per_day: perDay,
  enabled: z.boolean().default(true),
  created_at: z.string().nullish(),
  expires_at: instant.nullish(),
  prefix: z.string().nullish(),
  profile: z.string().nullish(),
  roles: z.array(z.enum(roles)).default([]),
  allowed_ips: z.array(z.string().refine(isNetwork, { error: 'not an address or network' })).nullish(),
});
export type TokenEntry = z.output<typeof tokenEntry>;

/** A token as it stands in the table; whoever presents the text behind `hash` holds it. */
export interface ApiToken {
  readonly hash: TokenHash;
  readonly name: string;
  readonly description: string | undefined;
  /** A few characters to recognise it by; undefined for those stored in plaintext. */
  readonly prefix: string | undefined;
  readonly scopes: readonly Scope[];
  readonly roles: readonly Role[];
  readonly allowedServers: readonly string[];
  readonly rateLimitMultiplier: number;
  readonly dailyLimits: DailyLimits;
  /** Undefined where the entry names none, as in the seeds. */
  readonly profile: string | undefined;
  /** The addresses and networks it may come from; undefined: any. */
  readonly allowedIps: readonly string[] | undefined;
  readonly enabled: boolean;
  readonly createdAt: string | undefined;
  readonly expiresAt: Date | undefined;
}

export function toApiToken(hash: TokenHash, entry: TokenEntry, expiryHours: number | undefined): ApiToken {
  return {
    hash,
    name: entry.name,
    description: entry.description ?? undefined,
    prefix: entry.prefix ?? undefined,
    scopes: entry.permissions,
    roles: entry.roles,
    allowedServers: entry.allowed_servers,
    rateLimitMultiplier: entry.rate_limit_multiplier,
    dailyLimits: dailyLimitsOf(entry),
    profile: entry.profile ?? undefined,
    allowedIps: entry.allowed_ips ?? undefined,
    enabled: entry.enabled,
    createdAt: entry.created_at ?? undefined,
    expiresAt: expiryOf(entry, expiryHours),
  };
}

function dailyLimitsOf({ commands_per_day, servers_per_day, mb_per_day }: TokenEntry): DailyLimits {
  const bytes = mb_per_day === undefined || mb_per_day === null ? undefined : mb_per_day * mebibyte;
  return { commands: commands_per_day ?? undefined, servers: servers_per_day ?? undefined, bytes };
}

const hourMs = 3_600_000;

/** The entry's own word wins over the general lifetime. A time without a zone is UTC. */
function expiryOf(entry: TokenEntry, expiryHours: number | undefined): Date | undefined {
  if (entry.expires_at) return inUtc(entry.expires_at);
  const created = entry.created_at ? inUtc(entry.created_at).getTime() : Number.NaN;
  if (expiryHours === undefined || Number.isNaN(created)) return undefined;
  return expiryAfter(new Date(created), expiryHours);
}

export function expiryAfter(begin: Date, hours: number): Date {
  return new Date(begin.getTime() + hours * hourMs);
}

function inUtc(text: string): Date {
  return new Date(/(?:[zZ]|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
}

/** Whether what was begun under one may go on under the other. */
export function isSameToken(a: ApiToken, b: ApiToken): boolean {
  const authorityOf = ({ description: _description, prefix: _prefix, ...token }: ApiToken): string =>
    JSON.stringify(token);
  return authorityOf(a) === authorityOf(b);
}
