import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog, type Log } from '../../src/base/log.ts';
import { ApiTokens } from '../../src/identity/api-tokens.ts';
import type { Caller } from '../../src/identity/caller.ts';
import { createToken, listTokens, revokeToken, tokenNamed } from '../../src/identity/edit-tokens.ts';
import { ExpiryNotices, type FirstSeen } from '../../src/identity/token-expiry.ts';
import { hashToken, tokenKey, type ApiToken } from '../../src/identity/token-entry.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const promisedMs = 2000;
const plain = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
const other = 'tok_0f9e8d7c6b5a49382716f5e4d3c2b1a0';
const entry = { name: 'ci', permissions: ['read', 'execute'], allowed_servers: ['web-*'] };

const tokenFields: Omit<ApiToken, 'name' | 'hash' | 'expiresAt'> = {
  description: undefined,
  prefix: undefined,
  scopes: [],
  roles: [],
  allowedServers: [],
  rateLimitMultiplier: 1,
  dailyLimits: {},
  profile: undefined,
  allowedIps: undefined,
  enabled: true,
  createdAt: undefined,
};

class Fixture implements Disposable {
  readonly #folder = temporaryFolder();
  readonly file = join(this.#folder.path, 'tokens.json');
  readonly logged: string[] = [];
  /** That tokens in plaintext, as most here are, could be migrated. */
  readonly advice: string[] = [];

  constructor(tokens?: Readonly<Record<string, unknown>>) {
    if (tokens) this.write({ tokens });
  }

  write(content: unknown): void {
    const text = typeof content === 'string' ? content : JSON.stringify(content, undefined, 2);
    writeFileSync(this.file, text, { mode: 0o600 });
  }

  open(expiryHours?: number, firstSeen?: FirstSeen): Promise<ApiTokens> {
    const note = (level: string) => (first: unknown, second?: unknown) => {
      const said = `${level}: ${String(typeof first === 'string' ? first : second)}`;
      (said.includes('sallyport token migrate') ? this.advice : this.logged).push(said);
    };
    const log: Log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
    return ApiTokens.open({ file: this.file, log, expiryHours, firstSeen });
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

function callerOf(tokens: ApiTokens, token: string): Caller | undefined {
  return tokens.authenticate({ kind: 'bearer', token });
}

async function isRevoked(caller: Caller | undefined): Promise<boolean> {
  if (caller === undefined) throw new Error('nobody there to be revoked');
  const { revoked } = caller;
  const aborted = new Promise<boolean>((resolve) => revoked.addEventListener('abort', () => resolve(true)));
  return revoked.aborted || (await Promise.race([aborted, sleep(promisedMs, false)]));
}

describe('a token that may come from some addresses alone', () => {
  const bound = { ...entry, allowed_ips: ['10.0.0.0/8', '2001:db8::1'] };

  it('is known from there, and from nowhere else', async () => {
    using fixture = new Fixture({ [plain]: bound });
    using tokens = await fixture.open();
    const from = (address?: string) => tokens.authenticate({ kind: 'bearer', token: plain, address })?.name;
    expect([from('10.1.2.3'), from('::ffff:10.1.2.3'), from('2001:db8::1')]).toEqual(['ci', 'ci', 'ci']);
    expect([from('11.0.0.1'), from('::1'), from('not an address'), from()]).toEqual(Array(4).fill(undefined));
  });

  it('is known from nowhere where the list is empty, and dropped where the list is bad', async () => {
    using fixture = new Fixture({
      [plain]: { ...entry, allowed_ips: [] },
      [other]: { ...entry, allowed_ips: ['home'] },
    });
    using tokens = await fixture.open();
    for (const token of [plain, other]) {
      expect(tokens.authenticate({ kind: 'bearer', token, address: '127.0.0.1' })).toBeUndefined();
    }
    expect(fixture.logged.join()).toContain('allowed_ips.0: not an address or network');
  });

  it('ends what runs under it when its addresses change', async () => {
    using fixture = new Fixture({ [plain]: bound });
    using tokens = await fixture.open();
    const caller = tokens.authenticate({ kind: 'bearer', token: plain, address: '10.1.2.3' });
    fixture.write({ tokens: { [plain]: { ...entry, allowed_ips: ['192.0.2.0/24'] } } });
    expect(await isRevoked(caller)).toBe(true);
    expect(tokens.authenticate({ kind: 'bearer', token: plain, address: '10.1.2.3' })).toBeUndefined();
  });
});

describe('a token', () => {
  it.each([
    { key: plain, how: 'in plaintext, as the first seed stores it' },
    { key: tokenKey(hashToken(plain)), how: 'as its hash' },
  ])('is known when it stands in the file $how', async ({ key }) => {
    using fixture = new Fixture({ [key]: { ...entry, rate_limit_multiplier: 2, made_by: 'us' } });
    using tokens = await fixture.open();
    const caller = callerOf(tokens, plain);
    expect(caller).toMatchObject({ name: 'ci', allowedServers: ['web-*'], rateLimitMultiplier: 2 });
    expect([...(caller?.scopes ?? [])]).toEqual(['read', 'execute']);
    expect(tokens.isEmpty()).toBe(false);
    expect(fixture.logged).toEqual([]);
    expect(fixture.advice).toHaveLength(key === plain ? 1 : 0);
  });

  it('is not known by its hash, by another text, as the local user, or when it is disabled', async () => {
    const key = tokenKey(hashToken(plain));
    using fixture = new Fixture({ [key]: entry, [other]: { ...entry, name: 'off', enabled: false } });
    using tokens = await fixture.open();
    for (const text of [key, key.slice(7), `${plain} `, '', other]) expect(callerOf(tokens, text)).toBeUndefined();
    expect(tokens.authenticate({ kind: 'local_user' })).toBeUndefined();
  });

  it('has a principal of its own, also beside one of the same name', async () => {
    using fixture = new Fixture({ [plain]: entry, [other]: entry });
    using tokens = await fixture.open();
    expect(callerOf(tokens, plain)?.principal).not.toBe(callerOf(tokens, other)?.principal);
  });

  it('without permissions has none, and reaches every server unless told', async () => {
    using fixture = new Fixture({ [plain]: { name: 'bare' } });
    using tokens = await fixture.open();
    expect(callerOf(tokens, plain)).toMatchObject({ scopes: new Set(), roles: new Set(), allowedServers: ['*'] });
  });

  it.each([
    { what: 'an unknown permission', entry: { ...entry, permissions: ['read', 'root'] } },
    { what: 'an unknown role', entry: { ...entry, roles: ['approver', 'root'] } },
    { what: 'no name', entry: { permissions: ['read'] } },
    { what: 'servers that are no list', entry: { ...entry, allowed_servers: 'web' } },
  ])('with $what is dropped with a warning that does not show it; the rest works', async ({ entry: bad }) => {
    using fixture = new Fixture({ [plain]: bad, [other]: entry });
    using tokens = await fixture.open();
    expect(callerOf(tokens, plain)).toBeUndefined();
    expect(callerOf(tokens, other)).toBeDefined();
    expect(fixture.logged).toEqual([
      expect.stringMatching(/^warn: .*tokens\.json:3:\d+: token 1.* is bad: .*Entry dropped/),
    ]);
    expect(fixture.logged.join('')).not.toContain(plain);
  });

  it('that is dropped still counts as one: a mistake must not open the gateway to the tokenless', async () => {
    using fixture = new Fixture({ [plain]: { name: 'x', permissions: ['nope'] } });
    using tokens = await fixture.open();
    expect(tokens.isEmpty()).toBe(false);
  });
});

describe('the start', () => {
  it.each([
    'tok_example_cursor_admin_0123456789abcdef',
    'tok_abc1234567890abcdefghij',
    'tok_your_token_here_0123456789',
    tokenKey(hashToken('tok_example_claude_readonly_xyz789')),
    'tok_abc1230123456789abcdefghij',
    'tok_your_token_here_0123456789',
    'tok_1234567890abcde',
    'tok_tok_tok_tok_tok_tok_tok_',
  ])('is refused for the token %s, which is named by its entry alone', async (token) => {
    using fixture = new Fixture({ [other]: entry, [token]: { ...entry, name: 'shipped' } });
    const refused: unknown = await fixture.open().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/tokens\.json:\d+:\d+: token 2 'shipped' /),
    });
    expect(String(refused)).not.toContain(token);
  });

  it('is not refused for such a token when it is disabled', async () => {
    using fixture = new Fixture({ tok_example_admin: { ...entry, enabled: false } });
    using tokens = await fixture.open();
    expect(callerOf(tokens, 'tok_example_admin')).toBeUndefined();
  });

  it('is refused when one token stands there twice, and when the file is not JSON', async () => {
    using fixture = new Fixture({ [plain]: { ...entry, permissions: [] }, [tokenKey(hashToken(plain))]: entry });
    await expect(fixture.open()).rejects.toThrow('stands here a second time');
    fixture.write('{"tokens": {"x": }}');
    await expect(fixture.open()).rejects.toThrow('tokens.json:1:18: ');
  });

  it('has no tokens where there is no file, not those of the example', async () => {
    using fixture = new Fixture();
    writeFileSync(`${fixture.file}.example`, JSON.stringify({ tokens: { [plain]: entry } }), { mode: 0o600 });
    using tokens = await fixture.open();
    expect(callerOf(tokens, plain)).toBeUndefined();
    expect(tokens.isEmpty()).toBe(true);
  });
});

describe.concurrent('while running', () => {
  it.each<{ what: string; tokens: Readonly<Record<string, unknown>> }>([
    { what: 'removed', tokens: {} },
    { what: 'disabled', tokens: { [plain]: { ...entry, enabled: false } } },
    { what: 'given other permissions', tokens: { [plain]: { ...entry, permissions: ['read'] } } },
    { what: 'given other servers', tokens: { [plain]: { ...entry, allowed_servers: ['db'] } } },
  ])('a token that is $what ends its calls within two seconds, and no others', async ({ tokens: changed }) => {
    using fixture = new Fixture({ [plain]: entry, [other]: { ...entry, name: 'other' } });
    using tokens = await fixture.open();
    const [mine, theirs] = [callerOf(tokens, plain), callerOf(tokens, other)];
    fixture.write({ tokens: { ...changed, [other]: { ...entry, name: 'other', description: 'new' } } });
    expect(await isRevoked(mine)).toBe(true);
    expect(theirs?.revoked.aborted).toBe(false);
    expect(callerOf(tokens, other)).toBe(theirs);
    expect(callerOf(tokens, plain)).not.toBe(mine);
  });

  it('moving a token from plaintext to its hash ends nothing', async () => {
    using fixture = new Fixture({ [plain]: entry });
    using tokens = await fixture.open();
    const caller = callerOf(tokens, plain);
    fixture.write({ tokens: { [tokenKey(hashToken(plain))]: { ...entry, prefix: 'tok_8c1b' } } });
    expect(await isRevoked(caller)).toBe(false);
    expect(callerOf(tokens, plain)).toBe(caller);
  });

  it('a deleted file takes every token with it', async () => {
    using fixture = new Fixture({ [plain]: entry });
    using tokens = await fixture.open();
    const caller = callerOf(tokens, plain);
    rmSync(fixture.file);
    expect(await isRevoked(caller)).toBe(true);
    expect(callerOf(tokens, plain)).toBeUndefined();
  });

  it.each<{ what: string; content: unknown }>([
    { what: 'broken JSON', content: '{"tokens": {}' },
    { what: 'an example token', content: { tokens: { tok_example_cursor_admin_0123456789: entry } } },
  ])('$what keeps the old tokens, and says where', async ({ content }) => {
    using fixture = new Fixture({ [plain]: entry });
    using tokens = await fixture.open();
    const caller = callerOf(tokens, plain);
    fixture.write(content);
    expect(await isRevoked(caller)).toBe(false);
    expect(callerOf(tokens, plain)).toBe(caller);
    expect(fixture.logged).toEqual([expect.stringMatching(/^error: .*tokens\.json:\d+:\d+: .*The old tokens stay/)]);
  });

  it('a token that is added is known', async () => {
    using fixture = new Fixture({});
    using tokens = await fixture.open();
    fixture.write({ tokens: { [plain]: entry } });
    const deadline = Date.now() + promisedMs;
    while (!callerOf(tokens, plain) && Date.now() < deadline) await sleep(20);
    expect(callerOf(tokens, plain)).toBeDefined();
  });

  it('a token ends its calls when its time has come', async () => {
    using fixture = new Fixture({ [plain]: { ...entry, expires_at: new Date(Date.now() + 400).toISOString() } });
    using tokens = await fixture.open();
    const caller = callerOf(tokens, plain);
    expect(caller?.revoked.aborted).toBe(false);
    await sleep(500);
    expect(caller?.revoked.aborted).toBe(true);
    expect(callerOf(tokens, plain)).toBeUndefined();
    expect(fixture.logged).toEqual([expect.stringMatching(/^warn: Token 'ci' expires on /)]);
  });
});

describe('TOKEN_EXPIRY_HOURS', () => {
  const hoursAgo = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
  it.each<{ what: string; fields: Readonly<Record<string, unknown>>; known: boolean }>([
    { what: 'a young token', fields: { created_at: hoursAgo(1) }, known: true },
    { what: 'an old token', fields: { created_at: hoursAgo(3) }, known: false },
    {
      what: 'an old token with a later date of its own',
      fields: { created_at: hoursAgo(3), expires_at: hoursAgo(-1) },
      known: true,
    },
    {
      what: 'a young token with an earlier date of its own',
      fields: { created_at: hoursAgo(1), expires_at: hoursAgo(1) },
      known: false,
    },
    { what: 'a token that has no date', fields: {}, known: true },
  ])('lets $what in: $known', async ({ fields, known }) => {
    using fixture = new Fixture({ [plain]: { ...entry, ...fields } });
    using tokens = await fixture.open(2);
    expect(callerOf(tokens, plain) !== undefined).toBe(known);
  });

  it.each<{ what: string; hours: number; fields: Readonly<Record<string, unknown>>; known: boolean }>([
    { what: 'seen an hour ago', hours: 1, fields: {}, known: true },
    { what: 'seen three hours ago', hours: 3, fields: {}, known: false },
    { what: 'seen three hours ago, whose date is none', hours: 3, fields: { created_at: 'long ago' }, known: false },
    { what: 'seen three hours ago, created an hour ago', hours: 3, fields: { created_at: hoursAgo(1) }, known: true },
    { what: 'with a date of its own', hours: 3, fields: { expires_at: hoursAgo(-1) }, known: true },
  ])('counts from first sight for a token $what', async ({ hours, fields, known }) => {
    using fixture = new Fixture({ [plain]: { ...entry, ...fields } });
    const firstSeen = async (hashes: readonly string[]) =>
      new Map(hashes.map((hash) => [hash, new Date(hoursAgo(hours))]));
    using tokens = await fixture.open(2, firstSeen);
    expect(callerOf(tokens, plain) !== undefined).toBe(known);
  });

  it('unset, asks nobody when a token was seen', async () => {
    using fixture = new Fixture({ [plain]: entry });
    using tokens = await fixture.open(undefined, () => Promise.reject(new Error('asked')));
    expect(callerOf(tokens, plain)).toBeDefined();
  });
});

describe('the end of a token', () => {
  it('is announced from 30 days before, once a day, for enabled tokens', () => {
    vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') });
    onTestFinished(() => void vi.useRealTimers());
    const said: string[] = [];
    using notices = new ExpiryNotices({ ...silentLog, warn: (text: string) => void said.push(text) } as Log);
    const endingOn = (name: string, expiresAt: string | undefined): ApiToken => ({
      ...tokenFields,
      name,
      hash: hashToken(name),
      expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    });
    const tokens = [
      endingOn('soon', '2026-02-01T12:00:00Z'),
      endingOn('later', '2026-12-01T00:00:00Z'),
      endingOn('never', undefined),
      { ...endingOn('off', '2026-01-02T00:00:00Z'), enabled: false },
    ];
    notices.watch(tokens);
    vi.advanceTimersByTime(35 * 3_600_000);
    for (let n = 0; n < 10; n += 1) notices.watch(tokens);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(3 * 24 * 3_600_000);
    for (let n = 0; n < 10; n += 1) notices.watch(tokens);
    expect(said).toEqual(Array.from({ length: 3 }, () => "Token 'soon' expires on 2026-02-01T12:00:00.000Z"));
    vi.advanceTimersByTime(40 * 24 * 3_600_000);
    expect(said.at(-1)).toBe("Token 'soon' expired on 2026-02-01T12:00:00.000Z");
  });
});

describe('editing tokens.json', () => {
  const wanted = {
    name: 'new',
    description: undefined,
    scopes: ['read'],
    allowedServers: ['*'],
    expiresAt: undefined,
    profile: 'standard',
  } as const;

  it('stores a new token as its hash, for us alone, and keeps the rest', async () => {
    using fixture = new Fixture();
    fixture.write({ note: 1, tokens: { [plain]: { ...entry, ours: 2 } } });
    const token = (await createToken(fixture.file, wanted)).reveal();
    expect(token).toMatch(/^tok_[\w-]{32}$/);
    const text = readFileSync(fixture.file, 'utf8');
    expect(text).not.toContain(token);
    expect(statSync(fixture.file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(text)).toMatchObject({
      note: 1,
      tokens: {
        [plain]: { ...entry, ours: 2 },
        [tokenKey(hashToken(token))]: { name: 'new', prefix: token.slice(0, 8), profile: 'standard' },
      },
    });
    using tokens = await fixture.open();
    expect(callerOf(tokens, token)?.name).toBe('new');
  });

  it('gives no name twice', async () => {
    using fixture = new Fixture();
    await createToken(fixture.file, wanted);
    await expect(createToken(fixture.file, wanted)).rejects.toMatchObject({ code: 'already_exists' });
  });

  it.each(['name', 'token', 'key'] as const)('revokes by %s, and says undefined when there is none', async (by) => {
    using fixture = new Fixture();
    const token = (await createToken(fixture.file, wanted)).reveal();
    const text = { name: 'new', token, key: tokenKey(hashToken(token)) }[by];
    expect(await tokenNamed(fixture.file, text)).toBe('new');
    expect(await revokeToken(fixture.file, text)).toBe('new');
    expect(await revokeToken(fixture.file, text)).toBeUndefined();
    expect((await listTokens(fixture.file, {})).tokens).toEqual([]);
  });
});
