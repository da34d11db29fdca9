import { checkConfigFile } from '../base/file-modes.ts';
import { GatewayError } from '../base/errors.ts';
import { readJsonFile } from '../base/json-file.ts';
import type { Log } from '../base/log.ts';
import { Networks } from '../base/networks.ts';
import { fileStamp, watchFile, type Watch } from '../base/watch-file.ts';
import type { AuthMethod, Credential } from './authenticate.ts';
import type { Caller, PrincipalId } from './caller.ts';
import { principalId } from './principal.ts';
import { isSameName } from './same-person.ts';
import { noTokens, readTokens, type TokenTable } from './read-tokens.ts';
import { ExpiryNotices, withFirstSight, type Lifetime } from './token-expiry.ts';
import { hashToken, isSameToken, type ApiToken, type TokenHash } from './token-entry.ts';

export interface ApiTokensOptions extends Lifetime {
  readonly file: string;
  readonly log: Log;
  /** Told of tokens that are not in the file any more. */
  readonly onRemoved?: (principal: PrincipalId) => void;
  /** Told of tokens that let nobody in any more: removed, disabled or expired. */
  readonly onOver?: (principal: PrincipalId) => void;
}

/** A token in force, the caller it makes, and the end of everything begun under it. */
interface Holder {
  readonly token: ApiToken;
  readonly caller: Caller;
  readonly end: AbortController;
  /** Where it may come from; undefined: anywhere. */
  readonly networks: Networks | undefined;
}

/** The profile of entries that name none, as those of the seeds. */
const seedProfile = 'seed';
const longestTimerMs = 2_147_483_647;

/**
 * Auth method: the tokens of tokens.json, kept up to date with the file until disposed.
 *
 * Looked up by SHA-256 of what was presented, so that the time a look-up takes tells nothing about any token.
 */
export class ApiTokens implements AuthMethod, Disposable {
  readonly #options: ApiTokensOptions;
  readonly #holders = new Map<TokenHash, Holder>();
  readonly #watch: Watch;
  readonly #notices: ExpiryNotices;
  #entryCount = 0;
  #expiry: NodeJS.Timeout | undefined;

  private constructor(options: ApiTokensOptions, table: TokenTable, stamp: string) {
    this.#options = options;
    this.#notices = new ExpiryNotices(options.log);
    this.#replace(table);
    const onChange = (): Promise<void> => this.#reload();
    this.#watch = watchFile(options.file, { stamp, onChange, log: options.log });
  }

  /** Reads the file; a missing one has no tokens. Throws `config_invalid`, naming entries that are published or guessable. */
  static async open(options: ApiTokensOptions): Promise<ApiTokens> {
    const stamp = await fileStamp(options.file);
    return new ApiTokens(options, await load(options), stamp);
  }

  authenticate(credential: Credential): Caller | undefined {
    if (credential.kind !== 'bearer') return undefined;
    return this.callerOf(hashToken(credential.token), credential.address);
  }

  /** Whoever holds the token of that hash, from that address. */
  callerOf(hash: TokenHash, address: string | undefined): Caller | undefined {
    const holder = this.#holders.get(hash);
    if (holder === undefined || !isInForce(holder.token) || !mayComeFrom(holder, address)) return undefined;
    return holder.caller;
  }

  /** Whether the token of that hash lets anybody in, from wherever. */
  hasInForce(hash: TokenHash): boolean {
    const holder = this.#holders.get(hash);
    return holder !== undefined && isInForce(holder.token);
  }

  /** Resolves once the file is in force as it is now. */
  async takeIn(): Promise<void> {
    await this.#watch.look();
  }

  /** Those whose tokens have this name. */
  principalsNamed(name: string): readonly PrincipalId[] {
    return [...this.#holders.values()]
      .filter(({ token }) => isSameName(token.name, name))
      .map(({ caller }) => caller.principal);
  }

  /** Whether the file holds no entry at all, bad ones counted: only then may anybody do without a token. */
  isEmpty(): boolean {
    return this.#entryCount === 0;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#notices[Symbol.dispose]();
    clearTimeout(this.#expiry);
  }

  async #reload(): Promise<void> {
    const { log, file } = this.#options;
    try {
      this.#replace(await load(this.#options));
      log.info({ tokens: this.#holders.size }, `${file} was taken in`);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      log.error(`${error.message}. The old tokens stay.`);
    }
  }

  /** Unchanged tokens keep their caller; what was begun under any other ends. */
  #replace({ tokens, entryCount }: TokenTable): void {
    this.#entryCount = entryCount;
    const before = new Map(this.#holders);
    this.#holders.clear();
    for (const token of tokens.values()) {
      const old = before.get(token.hash);
      const stays = old !== undefined && isSameToken(old.token, token);
      this.#holders.set(token.hash, stays ? old : holderOf(token));
      if (stays) before.delete(token.hash);
    }
    for (const { end } of before.values()) end.abort();
    for (const [hash, { caller }] of before) {
      if (!this.#holders.has(hash)) this.#options.onRemoved?.(caller.principal);
      if (!this.hasInForce(hash)) this.#options.onOver?.(caller.principal);
    }
    this.#notices.watch(tokens.values());
    this.#endExpired();
  }

  /** Ends what runs under tokens whose time has come, and comes back when the next one's does. */
  #endExpired(): void {
    clearTimeout(this.#expiry);
    const holders = [...this.#holders.values()];
    for (const { token, end, caller } of holders) {
      if (isInForce(token) || end.signal.aborted) continue;
      end.abort();
      this.#options.onOver?.(caller.principal);
    }
    const next = Math.min(...holders.flatMap(({ token }) => (isInForce(token) ? [expiryTime(token)] : [])));
    if (next === Infinity) return;
    const waitMs = Math.min(Math.max(next - Date.now(), 0) + 1, longestTimerMs);
    this.#expiry = setTimeout(() => this.#endExpired(), waitMs).unref();
  }
}

async function load(options: ApiTokensOptions): Promise<TokenTable> {
  const { file, log, expiryHours } = options;
  for (const warning of await checkConfigFile(file)) log.warn(warning);
  const json = await readJsonFile(file);
  if (json === undefined) return noTokens;
  const table = readTokens(json, expiryHours);
  for (const warning of table.warnings) log.warn(warning);
  return { ...table, tokens: await withFirstSight(table.tokens, options) };
}

function expiryTime({ expiresAt }: ApiToken): number {
  return expiresAt?.getTime() ?? Infinity;
}

function isInForce(token: ApiToken): boolean {
  return token.enabled && Date.now() < expiryTime(token);
}

/** Over no network there is no address to be one of them. */
function mayComeFrom({ networks }: Holder, address: string | undefined): boolean {
  return networks === undefined || (address !== undefined && networks.has(address));
}

function holderOf(token: ApiToken): Holder {
  const end = new AbortController();
  const caller: Caller = {
    // By hash, not by name: two tokens may have one name, but must not read each other's kept outputs.
    principal: principalId('token', token.hash.slice(0, 16)),
    name: token.name,
    scopes: new Set(token.scopes),
    roles: new Set(token.roles),
    allowedServers: token.allowedServers,
    profile: token.profile ?? seedProfile,
    rateLimitMultiplier: token.rateLimitMultiplier,
    dailyLimits: token.dailyLimits,
    revoked: end.signal,
  };
  return { token, caller, end, networks: token.allowedIps && new Networks(token.allowedIps) };
}
