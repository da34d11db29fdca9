import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { ApiTokens } from '../../src/identity/api-tokens.ts';
import { setTokenEnabled } from '../../src/identity/edit-tokens.ts';
import { migrateTokens } from '../../src/identity/migrate-tokens.ts';
import { hashToken, tokenKey } from '../../src/identity/token-entry.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const first = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
const second = 'tok_0f9e8d7c6b5a49382716f5e4d3c2b1a0';

function aFile(tokens: object, extra: object = {}) {
  const folder = temporaryFolder();
  const file = join(folder.path, 'tokens.json');
  writeFileSync(file, JSON.stringify({ comment: 'ours', tokens, ...extra }, undefined, 4), { mode: 0o600 });
  return { file, text: () => readFileSync(file, 'utf8'), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

describe('migrating tokens', () => {
  it('leaves hashes in the places of plaintext keys, with all else as it was, and no copy of the text', async () => {
    const hashed = { name: 'hashed', prefix: 'tok_0f9e', note: 'kept' };
    using place = aFile(
      { [first]: { name: 'a', permissions: ['read'], note: 'mine' }, [tokenKey(hashToken(second))]: hashed },
      { __proto__: null, after: [1] },
    );
    expect(await migrateTokens(place.file)).toEqual({ migrated: ['a'], weak: [] });
    expect(place.text()).toBe(
      `${JSON.stringify(
        {
          comment: 'ours',
          tokens: {
            [tokenKey(hashToken(first))]: { name: 'a', permissions: ['read'], note: 'mine', prefix: 'tok_8c1b' },
            [tokenKey(hashToken(second))]: hashed,
          },
          after: [1],
        },
        undefined,
        4,
      )}\n`,
    );
    expect(statSync(place.file).mode & 0o777).toBe(0o600);
    const before = place.text();
    expect(await migrateTokens(place.file)).toEqual({ migrated: [], weak: [] });
    expect(place.text()).toBe(before);
  });

  it('lets whoever holds a token go on, without an interruption', async () => {
    using place = aFile({ [first]: { name: 'a' } });
    using tokens = await ApiTokens.open({ file: place.file, log: silentLog });
    const caller = tokens.authenticate({ kind: 'bearer', token: first });
    await migrateTokens(place.file);
    using again = await ApiTokens.open({ file: place.file, log: silentLog });
    expect(again.authenticate({ kind: 'bearer', token: first })?.principal).toBe(caller?.principal);
    expect(caller?.revoked.aborted).toBe(false);
  });

  it('does not hide a guessable token behind a hash, where it could be enabled', async () => {
    using place = aFile({ tok_short: { name: 'weak', enabled: false }, [first]: { name: 'a' } });
    expect(await migrateTokens(place.file)).toEqual({ migrated: ['a'], weak: ['weak'] });
    await expect(setTokenEnabled(place.file, 'weak', 'enabled')).rejects.toThrow(/cannot be enabled/);
  });

  it.each([
    {
      tokens: { [first]: { name: 'a' }, [tokenKey(hashToken(first))]: { name: 'b' } },
      why: 'a token stands there twice',
    },
    { tokens: [], why: 'the tokens are no object' },
  ])('changes nothing when $why', async ({ tokens }) => {
    using place = aFile(tokens);
    const before = place.text();
    await expect(migrateTokens(place.file)).rejects.toThrow(/a second time|must be an object/);
    expect(place.text()).toBe(before);
  });

  it('has nothing to do where there is no file, and makes none', async () => {
    using place = aFile({});
    expect(await migrateTokens(`${place.file}.absent`)).toEqual({ migrated: [], weak: [] });
    expect(() => readFileSync(`${place.file}.absent`)).toThrow(/ENOENT/);
  });
});
