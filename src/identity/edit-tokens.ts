import { randomBytes } from 'node:crypto';
import {
  isMembers,
  readJsonFile,
  rewriteJsonFile,
  withMember,
  withoutMember,
  type JsonMembers,
} from '../base/json-file.ts';
import { GatewayError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import type { Role, Scope } from './caller.ts';
import { readTokens } from './read-tokens.ts';
import { expiryNotice, withFirstSight, type Lifetime } from './token-expiry.ts';
import { weaknessOfKey } from './weak-token.ts';
import { hashOfKey, hashToken, shownPrefix, tokenKey, type ApiToken } from './token-entry.ts';

const tokenPrefix = 'tok_';
const randomByteCount = 24;

export interface NewToken {
  readonly name: string;
  readonly description: string | undefined;
  readonly scopes: readonly Scope[];
  readonly roles?: readonly Role[];
  readonly allowedServers: readonly string[];
  readonly expiresAt: Date | undefined;
  readonly profile: string;
  /** 1 where absent. */
  readonly rateLimitMultiplier?: number;
  /** Addresses and networks; undefined: any. */
  readonly allowedIps?: readonly string[] | undefined;
}

/** Adds a token to the file and returns its text, which is stored nowhere. */
export async function createToken(file: string, token: NewToken): Promise<Secret> {
  const text = `${tokenPrefix}${randomBytes(randomByteCount).toString('base64url')}`;
  const entry = {
    name: token.name,
    description: token.description ?? null,
    permissions: token.scopes,
    allowed_servers: token.allowedServers,
    rate_limit_multiplier: token.rateLimitMultiplier ?? 1,
    enabled: true,
    created_at: new Date().toISOString(),
    ...(token.expiresAt && { expires_at: token.expiresAt.toISOString() }),
    prefix: shownPrefix(text),
    profile: token.profile,
    ...(token.roles && token.roles.length > 0 && { roles: token.roles }),
    ...(token.allowedIps && { allowed_ips: token.allowedIps }),
  };
  await rewriteJsonFile(file, (members) => {
    const tokens = tokensOf(members);
    const isTaken = Object.values(tokens).some((other) => isMembers(other) && other['name'] === token.name);
    if (isTaken) throw new GatewayError('already_exists', `There is a token named '${token.name}' already`);
    return withMember(members, 'tokens', withMember(tokens, tokenKey(hashToken(text)), entry));
  });
  return new Secret(text);
}

/** Removes the first entry whose name or text is `nameOrToken`. Returns its name, or undefined when there is none. */
export async function revokeToken(file: string, nameOrToken: string): Promise<string | undefined> {
  let revoked: string | undefined;
  if ((await readJsonFile(file)) === undefined) return undefined;
  await rewriteJsonFile(file, (members) => {
    const tokens = tokensOf(members);
    const found = findToken(tokens, nameOrToken);
    if (found === undefined) return members;
    revoked = found.name;
    return withMember(members, 'tokens', withoutMember(tokens, found.key));
  });
  return revoked;
}

/** Changes the entry that `revokeToken` would remove. One that is published or guessable cannot be enabled. */
export async function setTokenEnabled(file: string, nameOrToken: string, state: 'enabled' | 'disabled'): Promise<void> {
  await rewriteJsonFile(file, (members) => {
    const tokens = tokensOf(members);
    const found = findToken(tokens, nameOrToken);
    const entry = found && tokens[found.key];
    if (found === undefined || !isMembers(entry)) throw new GatewayError('invalid_input', 'Token not found');
    const weakness = state === 'enabled' ? weaknessOfKey(found.key) : undefined;
    if (weakness !== undefined) {
      const message = `Token '${found.name}' ${weakness}: it cannot be enabled. Make another with \`sallyport token create\`.`;
      throw new GatewayError('invalid_input', message);
    }
    return withMember(members, 'tokens', withMember(tokens, found.key, { ...entry, enabled: state === 'enabled' }));
  });
}

/** The name of the entry that `revokeToken` would remove. */
export async function tokenNamed(file: string, nameOrToken: string): Promise<string | undefined> {
  const json = await readJsonFile(file);
  return isMembers(json?.value) ? findToken(tokensOf(json.value), nameOrToken)?.name : undefined;
}

/** The tokens in the order of the file, and what is wrong with others. */
export async function listTokens(
  file: string,
  lifetime: Lifetime,
): Promise<{ readonly tokens: readonly ApiToken[]; readonly warnings: readonly string[] }> {
  const json = await readJsonFile(file);
  if (json === undefined) return { tokens: [], warnings: [] };
  const { tokens: read, warnings } = readTokens(json, lifetime.expiryHours);
  const tokens = [...(await withFirstSight(read, lifetime)).values()];
  return { tokens, warnings: [...warnings, ...tokens.flatMap((token) => expiryNotice(token) ?? [])] };
}

/** The token that `revokeToken` would remove, with what else `listTokens` tells. */
export async function tokenOf(file: string, nameOrToken: string, lifetime: Lifetime): Promise<ApiToken | undefined> {
  const json = await readJsonFile(file);
  const found = isMembers(json?.value) ? findToken(tokensOf(json.value), nameOrToken) : undefined;
  if (found === undefined) return undefined;
  const { tokens } = await listTokens(file, lifetime);
  return tokens.find(({ hash }) => hash === hashOfKey(found.key)?.hash);
}

function findToken(
  tokens: JsonMembers,
  nameOrToken: string,
): { readonly key: string; readonly name: string } | undefined {
  const keys = new Set([nameOrToken, tokenKey(hashToken(nameOrToken))]);
  for (const [key, value] of Object.entries(tokens)) {
    const name = isMembers(value) && typeof value['name'] === 'string' ? value['name'] : 'unnamed';
    if (keys.has(key) || name === nameOrToken) return { key, name };
  }
  return undefined;
}

export function tokensOf(members: JsonMembers): JsonMembers {
  const tokens = members['tokens'] ?? {};
  if (isMembers(tokens)) return tokens;
  throw new GatewayError('config_invalid', 'tokens.json: tokens must be an object');
}
