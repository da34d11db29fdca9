import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileBefore, PlannedChange } from '../../src/changes/change.ts';
import type { Changes } from '../../src/changes/changes.ts';
import { SealedFiles } from '../../src/changes/sealed-files.ts';
import type { Caller } from '../../src/identity/caller.ts';
import { aCaller } from '../fixtures/callers.ts';
import { changesIn } from '../fixtures/changes.ts';
import { hostId } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
let changes: Changes;
beforeEach(() => {
  folder = temporaryFolder();
  changes = changesIn(folder.path);
});
afterEach(async () => {
  await changes[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});
const at = (name: string) => join(folder.path, name);

const secret = 'the old contents, a secret';
function before(text = secret): FileBefore {
  const data = Buffer.from(text);
  const sha256 = createHash('sha256').update(data).digest('hex');
  return { kind: 'file', sizeBytes: data.length, attributes: { mode: 0o600 }, contents: { data, sha256 } };
}
function aChange(overrides: Partial<PlannedChange> = {}): PlannedChange {
  const place = { host: hostId('web-1'), path: '/srv/a', by: 'account', operation: 'write' } as const;
  return { ...place, before: before(), after: undefined, ...overrides };
}
const callOf = (caller: Caller = aCaller(), kept = changes) => kept.of({ id: 'call', tool: 'write_file', caller });

describe('what a file was', () => {
  it('is on disk before the change is made, sealed: neither its bytes nor a key that is ours to lose stand beside them', async () => {
    const { id } = await callOf().begin(aChange());
    const sealed = readFileSync(at(`changes/${id}`));
    expect(sealed.includes('secret')).toBe(false);
    expect(sealed.includes(readFileSync(at('changes.key')))).toBe(false);
    const modes = ['changes', 'changes.key', `changes/${id}`].map((name) => statSync(at(name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    expect(await changes.find(aCaller(), String(id))).toMatchObject({ state: 'begun' });
  });

  it('comes back as it was, also in another process', async () => {
    const { id } = await callOf().begin(aChange());
    await using again = changesIn(folder.path);
    const change = await again.find(aCaller(), String(id));
    expect((await callOf(aCaller(), again).contentsBefore(change)).toString()).toBe(secret);
  });

  it.each<{ how: string; spoil: (file: string, other: string) => void }>([
    { how: 'changed', spoil: (file) => writeFileSync(file, readFileSync(file).fill(1, 40, 41)) },
    { how: 'cut short', spoil: (file) => writeFileSync(file, readFileSync(file).subarray(0, 10)) },
    { how: 'put in the place of another', spoil: (file, other) => renameSync(other, file) },
    { how: 'removed', spoil: (file) => rmSync(file) },
    { how: 'sealed with a key that is gone', spoil: () => rmSync(at('changes.key')) },
  ])('is not given back when it was $how', async ({ spoil }) => {
    const [mine, other] = [await callOf().begin(aChange()), await callOf().begin(aChange())];
    spoil(at(`changes/${mine.id}`), at(`changes/${other.id}`));
    await using again = changesIn(folder.path);
    const call = callOf(aCaller(), again);
    const change = await again.find(aCaller(), String(mine.id));
    await expect(call.contentsBefore(change)).rejects.toMatchObject({ code: 'change_not_kept' });
  });

  it('is forgotten when nothing was changed', async () => {
    const begun = await callOf().begin(aChange());
    await begun.dropped();
    expect(readdirSync(at('changes'))).toEqual([]);
    expect(await callOf().list()).toEqual([]);
  });
});

describe('a file that cannot be kept', () => {
  const tooLarge: FileBefore = { kind: 'file', sizeBytes: 5_000_000, attributes: {}, contents: undefined };
  const unreadable: FileBefore = { ...tooLarge, sizeBytes: 10 };

  it.each([
    { what: 'too large', file: tooLarge, reason: /more than the 1048576 bytes/ },
    { what: 'unreadable', file: unreadable, reason: /could not be read/ },
  ])('is changed, and the answer says so, when it is $what', async ({ file, reason }) => {
    const { id, undo } = await callOf().begin(aChange({ before: file }));
    expect(undo).toEqual({ available: false, reason: expect.stringMatching(reason) });
    expect(await changes.find(aCaller(), String(id))).toMatchObject({ what: { undo } });
  });

  it('is refused where the operator wants all to be kept', async () => {
    await using strict = changesIn(folder.path, { unkept: 'refused' });
    const refused = callOf(aCaller(), strict).begin(aChange({ before: tooLarge }));
    await expect(refused).rejects.toMatchObject({ code: 'change_not_kept', ran: 'not_started' });
    expect(await callOf(aCaller(), strict).list()).toEqual([]);
  });

  it.each(['made', 'refused'] as const)('for a fault of ours is %s', async (unkept) => {
    writeFileSync(at('changes'), 'a file where the directory should be');
    await using broken = changesIn(folder.path, { unkept });
    const outcome = await callOf(aCaller(), broken)
      .begin(aChange())
      .catch((error: unknown) => error);
    const expected = { made: { id: null, undo: { available: false } }, refused: { code: 'change_not_kept' } };
    expect(outcome).toMatchObject(expected[unkept]);
  });

  it('is one under a key that others may read', async () => {
    writeFileSync(at('changes.key'), randomBytes(32));
    chmodSync(at('changes.key'), 0o644);
    expect(await callOf().begin(aChange())).toMatchObject({ id: null, undo: { available: false } });
  });

  it('is every file where keeping is switched off', async () => {
    await using off = changesIn(folder.path, { maxFileBytes: 0 });
    const { undo } = await callOf(aCaller(), off).begin(aChange({ before: { kind: 'absent' } }));
    expect(undo).toMatchObject({ available: false });
  });
});

describe('who may see a change', () => {
  const other = { principal: 'token:other' as Caller['principal'] };

  it.each<{ who: string; caller: Caller; sees: number }>([
    { who: 'whoever made it', caller: aCaller({ scopes: ['write'] }), sees: 1 },
    { who: 'nobody else', caller: aCaller({ ...other, scopes: ['read', 'write', 'execute'] }), sees: 0 },
    { who: 'who has the permission to manage', caller: aCaller({ ...other, scopes: ['write', 'manage'] }), sees: 1 },
    { who: 'only who may reach its host', caller: aCaller({ allowedServers: ['db-*'] }), sees: 0 },
  ])('$who: $sees', async ({ caller, sees }) => {
    const { id } = await callOf(aCaller({ scopes: ['write'] })).begin(aChange());
    expect(await callOf(caller).list()).toHaveLength(sees);
    const found = await changes.find(caller, String(id)).catch((error: unknown) => error);
    expect(found).toMatchObject(sees === 1 ? { id } : { code: 'change_not_found' });
  });

  it.each(['', '../changes.key', 'chg_', "' or 1=1 --"])('nobody finds %j', async (id) => {
    await expect(changes.find(aCaller(), id)).rejects.toMatchObject({ code: 'change_not_found' });
  });
});

describe('old changes', () => {
  it('make room for new ones, the oldest first, with their files', async () => {
    await using small = changesIn(folder.path, { maxTotalBytes: 2_500 });
    const call = callOf(aCaller(), small);
    const ids: (string | null)[] = [];
    for (const letter of 'abc') ids.push((await call.begin(aChange({ before: before(letter.repeat(1_000)) }))).id);
    await small.prune();
    expect(readdirSync(at('changes')).sort()).toEqual(ids.slice(1).sort());
    expect((await call.list()).map(({ id }) => id).sort()).toEqual(ids.slice(1).sort());
  });

  it('are gone when they are too old', async () => {
    await using short = changesIn(folder.path, { maxAgeMs: -1 });
    const { id } = await callOf(aCaller(), short).begin(aChange());
    await expect(short.find(aCaller(), String(id))).rejects.toMatchObject({ code: 'change_not_found' });
    await short.prune();
    expect(readdirSync(at('changes'))).toEqual([]);
  });

  it('leave nothing behind that has no record, unless it may yet get one', async () => {
    await callOf().begin(aChange());
    for (const name of ['fresh', 'old']) writeFileSync(at(`changes/chg_${name}`), 'x');
    utimesSync(at('changes/chg_old'), 1, 1);
    await changes.prune();
    expect(readdirSync(at('changes'))).toContain('chg_fresh');
    expect(readdirSync(at('changes'))).not.toContain('chg_old');
  });
});

it('facts about other things are told beside the files', async () => {
  const host = hostId('web-1');
  const id = await callOf().recordFact({ host, subject: 'service nginx', before: { active: true } });
  expect(await callOf().list()).toMatchObject([
    { id, state: 'done', what: { kind: 'fact', subject: 'service nginx' } },
  ]);
});

it('many processes that begin at once share one key', async () => {
  const sealed = Array.from({ length: 8 }, () => {
    return new SealedFiles({ directory: at('changes'), keyFile: at('one.key') });
  });
  await Promise.all(sealed.map((files, n) => files.write(`chg_${n}`, Buffer.from(`${n}`))));
  const again = new SealedFiles({ directory: at('changes'), keyFile: at('one.key') });
  const read = await Promise.all(sealed.map((_, n) => again.read(`chg_${n}`)));
  expect(read.map(String)).toEqual(sealed.map((_, n) => `${n}`));
  expect(readdirSync(folder.path).sort()).toEqual(['changes', 'one.key']);
});
