import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyFile, type Copying } from '../../../src/ssh/transfer/copy-file.ts';
import { copyTree } from '../../../src/ssh/transfer/copy-tree.ts';
import { gatewayPlace } from '../../../src/ssh/transfer/gateway-place.ts';
import { isPartial, partialBeside } from '../../../src/ssh/transfer/names.ts';
import type { Place, PlacedEntry } from '../../../src/ssh/transfer/place.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

const mebibyte = 1024 * 1024;

/** Two folders, and a copying from the one to the other. */
function twoFolders(more: Partial<Copying> = {}) {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  for (const name of ['from', 'to']) mkdirSync(at(name));
  const copying: Copying = {
    from: gatewayPlace,
    to: gatewayPlace,
    overwrite: 'never',
    isTimeUp: () => false,
    progressed: () => undefined,
    busy: new Set(),
    ...more,
  };
  return {
    from: (name: string) => join(at('from'), name),
    to: (name: string) => join(at('to'), name),
    copying: (now: Partial<Copying> = {}): Copying => ({ ...copying, ...now }),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** Stops after so many bytes, as a client that goes away does. */
function cutAfter(bytes: number): Place {
  return {
    ...gatewayPlace,
    openSource: async (path) => {
      const file = await gatewayPlace.openSource(path);
      const chunks = async function* (offset: number): AsyncGenerator<Buffer> {
        let left = bytes;
        for await (const chunk of file.chunks(offset)) {
          yield chunk;
          left -= chunk.length;
          if (left <= 0) throw new Error('cut');
        }
      };
      return { ...file, chunks };
    },
  };
}

describe('copying a file', () => {
  it.each([0, 1, mebibyte, mebibyte + 1, 5 * mebibyte + 17])(
    'of %i bytes gives it whole, with its mode',
    async (size) => {
      using folders = twoFolders();
      const data = randomBytes(size);
      writeFileSync(folders.from('a'), data);
      chmodSync(folders.from('a'), 0o751);
      const copied = await copyFile(folders.copying(), folders.from('a'), folders.to('a'));
      expect(copied).toMatchObject({ kind: 'copied', bytes: size, resumedFrom: 0 });
      expect(readFileSync(folders.to('a')).equals(data)).toBe(true);
      expect(statSync(folders.to('a')).mode & 0o7777).toBe(0o751);
      expect(readdirSync(folders.to(''))).toEqual(['a']);
    },
  );

  it('takes no set-user-ID bit along', async () => {
    using folders = twoFolders();
    writeFileSync(folders.from('a'), 'x');
    chmodSync(folders.from('a'), 0o4755);
    await copyFile(folders.copying(), folders.from('a'), folders.to('a'));
    expect(statSync(folders.to('a')).mode & 0o7777).toBe(0o755);
  });

  it.each([
    { overwrite: 'never', same: { kind: 'exists' }, other: { kind: 'exists' }, left: 'two' },
    { overwrite: 'if_changed', same: { kind: 'unchanged' }, other: { kind: 'copied' }, left: 'one' },
    { overwrite: 'always', same: { kind: 'copied' }, other: { kind: 'copied' }, left: 'one' },
  ] as const)('that exists, with overwrite $overwrite', async ({ overwrite, same, other, left }) => {
    using folders = twoFolders({ overwrite });
    writeFileSync(folders.from('a'), 'one');
    writeFileSync(folders.to('a'), 'one');
    const copy = () => copyFile(folders.copying(), folders.from('a'), folders.to('a'));
    expect(await copy()).toMatchObject(same);
    writeFileSync(folders.to('a'), 'two');
    expect(await copy()).toMatchObject(other);
    expect(readFileSync(folders.to('a'), 'utf8')).toBe(left);
  });

  it('goes on where it was cut off, and only on what the source begins with', async () => {
    using folders = twoFolders();
    const data = randomBytes(6 * mebibyte);
    writeFileSync(folders.from('a'), data);
    const cut = () => copyFile(folders.copying({ from: cutAfter(3 * mebibyte) }), folders.from('a'), folders.to('a'));
    await expect(cut()).rejects.toThrow('cut');
    const [partial = ''] = readdirSync(folders.to(''));
    expect([
      isPartial(partial),
      statSync(folders.to(partial)).size,
      statSync(folders.to(partial)).mode & 0o777,
    ]).toEqual([true, 3 * mebibyte, 0o600]);
    expect(await copyFile(folders.copying(), folders.from('a'), folders.to('a'))).toMatchObject({
      kind: 'copied',
      resumedFrom: 3 * mebibyte,
    });
    expect(readFileSync(folders.to('a')).equals(data)).toBe(true);

    writeFileSync(folders.to(partial), randomBytes(1000));
    const again = folders.copying({ overwrite: 'always' });
    expect(await copyFile(again, folders.from('a'), folders.to('a'))).toMatchObject({ resumedFrom: 0 });
    expect(readdirSync(folders.to(''))).toEqual(['a']);
  });

  it("starts anew where the partial file is a link, somebody else's, or longer than the source", async () => {
    using folders = twoFolders({ overwrite: 'always' });
    const data = randomBytes(2 * mebibyte);
    writeFileSync(folders.from('a'), data);
    const partial = partialBeside(folders.to('a'), `the gateway\0${folders.from('a')}`);
    symlinkSync(folders.from('elsewhere'), partial);
    expect(await copyFile(folders.copying(), folders.from('a'), folders.to('a'))).toMatchObject({ resumedFrom: 0 });
    expect(existsSync(folders.from('elsewhere'))).toBe(false);
    writeFileSync(partial, Buffer.concat([data, data]));
    expect(await copyFile(folders.copying(), folders.from('a'), folders.to('a'))).toMatchObject({ resumedFrom: 0 });
    writeFileSync(partial, data.subarray(0, mebibyte));
    const notOurs = { ...gatewayPlace, isOurs: async () => false };
    expect(await copyFile(folders.copying({ to: notOurs }), folders.from('a'), folders.to('a'))).toMatchObject({
      resumedFrom: 0,
    });
    expect(readFileSync(folders.to('a')).equals(data)).toBe(true);
  });

  it('pauses when its time is up, and says how far it came', async () => {
    using folders = twoFolders();
    writeFileSync(folders.from('a'), randomBytes(4 * mebibyte));
    const paused = await copyFile(folders.copying({ isTimeUp: () => true }), folders.from('a'), folders.to('a'));
    expect(paused).toMatchObject({ kind: 'paused', bytes: mebibyte });
    expect(existsSync(folders.to('a'))).toBe(false);
    const done = await copyFile(folders.copying(), folders.from('a'), folders.to('a'));
    expect(done).toMatchObject({ kind: 'copied', resumedFrom: mebibyte });
  });

  it.each([10, 3 * mebibyte])('of %i bytes that arrives damaged is not given its name, and removed', async (size) => {
    using folders = twoFolders();
    writeFileSync(folders.from('a'), randomBytes(size));
    const flipping: Place = {
      ...gatewayPlace,
      hash: async () => 'f'.repeat(64),
      create: async (path) => ({ ...(await gatewayPlace.create(path)), hashBack: async () => 'f'.repeat(64) }),
    };
    const copy = copyFile(folders.copying({ to: flipping }), folders.from('a'), folders.to('a'));
    await expect(copy).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('hashes differ') });
    expect(readdirSync(folders.to(''))).toEqual([]);
  });

  it('that changes while it is read is not given its name', async () => {
    using folders = twoFolders();
    writeFileSync(folders.from('a'), randomBytes(3 * mebibyte));
    let once = true;
    const progressed = (): void => {
      if (once) appendFileSync(folders.from('a'), 'more');
      once = false;
    };
    const copy = copyFile(folders.copying({ progressed }), folders.from('a'), folders.to('a'));
    await expect(copy).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('changed while') });
    expect(readdirSync(folders.to(''))).toEqual([]);
  });

  it('never replaces what was made meanwhile', async () => {
    using folders = twoFolders();
    writeFileSync(folders.from('a'), 'one');
    const late: Place = {
      ...gatewayPlace,
      create: async (path) => {
        writeFileSync(folders.to('a'), 'first');
        return await gatewayPlace.create(path);
      },
    };
    const copy = copyFile(folders.copying({ to: late }), folders.from('a'), folders.to('a'));
    await expect(copy).rejects.toMatchObject({ code: 'already_exists' });
    expect(readFileSync(folders.to('a'), 'utf8')).toBe('first');
    expect(readdirSync(folders.to(''))).toEqual(['a']);
  });

  it('is done by one transfer at a time', async () => {
    using folders = twoFolders();
    writeFileSync(folders.from('a'), randomBytes(3 * mebibyte));
    const copying = folders.copying();
    const both = await Promise.allSettled([1, 2].map(() => copyFile(copying, folders.from('a'), folders.to('a'))));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'busy' } });
    expect(copying.busy.size).toBe(0);
  });

  it('says that there is no room before it sends', async () => {
    using folders = twoFolders();
    writeFileSync(folders.from('a'), randomBytes(3 * mebibyte));
    const full = { ...gatewayPlace, freeBytes: async () => mebibyte };
    const copy = copyFile(folders.copying({ to: full }), folders.from('a'), folders.to('a'));
    await expect(copy).rejects.toMatchObject({ code: 'disk_full' });
    expect(readdirSync(folders.to(''))).toEqual([]);
  });

  it('follows no link, and reads no pipe', async () => {
    using folders = twoFolders({ overwrite: 'always' });
    symlinkSync('/etc/passwd', folders.from('link'));
    await expect(copyFile(folders.copying(), folders.from('link'), folders.to('a'))).rejects.toMatchObject({
      code: 'path_not_permitted',
    });
    writeFileSync(folders.from('a'), 'x');
    symlinkSync(folders.from('victim'), folders.to('a'));
    await expect(copyFile(folders.copying(), folders.from('a'), folders.to('a'))).rejects.toMatchObject({
      code: 'path_not_permitted',
    });
    expect(existsSync(folders.from('victim'))).toBe(false);
  });
});

/** A place whose directories list what a hostile server says. */
function lists(entries: Readonly<Record<string, readonly (PlacedEntry | 'limit')[]>>, root: string): Place {
  return {
    ...gatewayPlace,
    async *entries(path) {
      yield* entries[path.slice(root.length).replace(/^\//, '')] ?? [];
    },
    openSource: async (path) => {
      const data = Buffer.from(`at ${path}`);
      return {
        facts: { ...aFile, sizeBytes: data.length },
        chunks: async function* () {
          yield data;
        },
        isUnchanged: async () => true,
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  };
}
const aFile = { type: 'file', sizeBytes: 1, mode: 0o644, uid: 0, modified: 0 } as const;
const aDirectory = { ...aFile, type: 'directory', mode: 0o755 } as const;

describe('copying a directory', () => {
  it('copies all that is in it, links that stay in it too', async () => {
    using folders = twoFolders();
    mkdirSync(folders.from('top/a/b'), { recursive: true });
    mkdirSync(folders.from('top/empty'), { mode: 0o500 });
    for (let n = 0; n < 200; n += 1) writeFileSync(folders.from(`top/a/${n}`), `file ${n}`);
    writeFileSync(folders.from('top/a/b/large'), Buffer.alloc(2 * mebibyte, 'x'));
    symlinkSync('../a/b', folders.from('top/a/in'));
    symlinkSync('/etc/passwd', folders.from('top/a/out'));
    symlinkSync('../../../../etc', folders.from('top/a/up'));
    const report = await copyTree(folders.copying(), folders.from('top'), folders.to(''));
    expect(report).toMatchObject({
      files: { copied: 201, unchanged: 0, existing: 0, failed: 0 },
      directories: 3,
      links: 1,
      problemCount: 2,
      isComplete: true,
    });
    expect(report.problems.map(({ path }) => path).toSorted()).toEqual(['a/out', 'a/up']);
    expect(readFileSync(folders.to('a/199'), 'utf8')).toBe('file 199');
    expect(readlinkSync(folders.to('a/in'))).toBe('../a/b');
    expect(readdirSync(folders.to('')).toSorted()).toEqual(['a', 'empty']);

    const again = await copyTree(folders.copying(), folders.from('top'), folders.to(''));
    expect(again.files).toEqual({ copied: 0, unchanged: 0, existing: 201, failed: 0 });
    const changed = folders.copying({ overwrite: 'if_changed' });
    writeFileSync(folders.from('top/a/7'), 'file 8');
    expect((await copyTree(changed, folders.from('top'), folders.to(''))).files).toMatchObject({
      copied: 1,
      unchanged: 200,
    });
  });

  it('writes nothing outside of the target, whatever a listing says', async () => {
    using folders = twoFolders();
    const evil = ['..', '.', '', '../x', '/etc/evil', 'a/../../x', 'a\0b', 'bad\uFFFDname', 'x'.repeat(300)];
    const entries = {
      '': [
        ...evil.map((name) => ({ name, facts: aFile })),
        { name: '..', facts: aDirectory },
        { name: '../d', facts: aDirectory },
        { name: 'good', facts: aFile },
        { name: 'dir', facts: aDirectory },
        { name: 'dir', facts: aFile },
        { name: 'good', facts: aDirectory },
        { name: 'pipe', facts: { ...aFile, type: 'pipe' } },
      ],
      dir: [{ name: 'inner', facts: aFile }, 'limit'],
    } as const;
    mkdirSync(folders.to('tree'));
    const from = lists(entries, folders.from(''));
    const { files, problemCount } = await copyTree(folders.copying({ from }), folders.from(''), folders.to('tree'));
    expect(readdirSync(folders.to(''))).toEqual(['tree']);
    expect(readdirSync(folders.from(''))).toEqual([]);
    expect(readdirSync(folders.to('tree'), { recursive: true }).toSorted()).toEqual(['dir', 'dir/inner', 'good']);
    expect(files.copied).toBeGreaterThan(0);
    expect(problemCount).toBeGreaterThan(8);
  });

  it('writes through no link that stands in the target', async () => {
    using folders = twoFolders({ overwrite: 'always' });
    mkdirSync(folders.from('top/a'), { recursive: true });
    writeFileSync(folders.from('top/a/x'), 'x');
    writeFileSync(folders.from('top/y'), 'y');
    mkdirSync(folders.from('victim'));
    symlinkSync(folders.from('victim'), folders.to('a'));
    symlinkSync(folders.from('victim/y'), folders.to('y'));
    const report = await copyTree(folders.copying(), folders.from('top'), folders.to(''));
    expect(report.problems.map(({ path }) => path)).toEqual(['a', 'y']);
    expect(readdirSync(folders.from('victim'))).toEqual([]);
  });

  it('goes on with the others when one file fails', async () => {
    using folders = twoFolders();
    mkdirSync(folders.from('top'));
    for (const name of ['a', 'b', 'c']) writeFileSync(folders.from(`top/${name}`), name);
    mkdirSync(folders.to('b'));
    const report = await copyTree(folders.copying(), folders.from('top'), folders.to(''));
    expect(report.files).toEqual({ copied: 2, unchanged: 0, existing: 0, failed: 1 });
    expect(report.problems).toEqual([{ path: 'b', why: expect.stringContaining('is_a_directory') }]);
  });

  it('ends in a directory without end', async () => {
    using folders = twoFolders();
    const from: Place = {
      ...gatewayPlace,
      async *entries() {
        yield { name: 'd', facts: aDirectory };
      },
    };
    const report = await copyTree(folders.copying({ from }), folders.from(''), folders.to(''));
    expect(report).toMatchObject({ directories: 64, problemCount: 1 });
    const flood: Place = {
      ...gatewayPlace,
      async *entries() {
        for (;;) yield { name: 'p', facts: { ...aFile, type: 'pipe' } };
      },
    };
    await expect(copyTree(folders.copying({ from: flood }), folders.from(''), folders.to(''))).rejects.toMatchObject({
      code: 'too_large',
    });
  });

  it('stops when its time is up, and says so', async () => {
    using folders = twoFolders();
    mkdirSync(folders.from('top'));
    for (let n = 0; n < 300; n += 1) writeFileSync(folders.from(`top/${n}`), 'x');
    let left = 100;
    const isTimeUp = (): boolean => (left -= 1) < 0;
    const report = await copyTree(folders.copying({ isTimeUp }), folders.from('top'), folders.to(''));
    expect(report.isComplete).toBe(false);
    expect(report.files.copied).toBeLessThan(300);
    const rest = await copyTree(folders.copying(), folders.from('top'), folders.to(''));
    expect(rest.files.copied + rest.files.existing).toBe(300);
  });
});
