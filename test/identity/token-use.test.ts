import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { hashToken } from '../../src/identity/token-entry.ts';
import { TokenUses } from '../../src/identity/token-use.ts';
import { openTokenUseStore, stateFile } from '../../src/storage/token-use-store.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

describe('the uses of tokens', () => {
  it('are kept by the hashes of the tokens, which themselves are kept nowhere', async () => {
    using folder = temporaryFolder();
    const openStore = async () => openTokenUseStore({ location: stateFile(`${folder.path}/state.db`), log: silentLog });
    const met: string[] = [];
    const uses = new TokenUses({ openStore, onFirstUse: (token) => met.push(token), log: silentLog });
    uses.note('tok_one');
    uses.note('tok_two');
    uses.note('tok_one');
    await uses[Symbol.asyncDispose]();
    const store = await openStore();
    expect([...(await store.lastUsed()).keys()].toSorted()).toEqual(['tok_one', 'tok_two'].map(hashToken).toSorted());
    expect(met).toEqual(['tok_one', 'tok_two']);
    await store.close();
  });

  it('harm no call when they cannot be kept', async () => {
    const openStore = () => Promise.reject(new Error('no disk'));
    const uses = new TokenUses({ openStore, onFirstUse: () => undefined, log: silentLog });
    expect(() => uses.note('tok_one')).not.toThrow();
    await uses[Symbol.asyncDispose]();
  });

  it('count from the start of this process where first sights cannot be kept', async () => {
    const openStore = () => Promise.reject(new Error('no disk'));
    const uses = new TokenUses({ openStore, onFirstUse: () => undefined, log: silentLog });
    const first = (await uses.firstSeen(['a'])).get('a');
    expect(first?.getTime()).toBeGreaterThan(Date.now() - 5_000);
    expect((await uses.firstSeen(['a', 'b'])).get('a')).toEqual(first);
    await uses[Symbol.asyncDispose]();
  });
});
