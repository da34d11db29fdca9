import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isEntryName, staysWithin } from '../../../src/ssh/transfer/names.ts';
import { TransferDirectory } from '../../../src/ssh/transfer/transfer-directory.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

describe('names', () => {
  it.each(['', '.', '..', 'a/b', '/', 'a\0', '\uFFFD', 'x'.repeat(256), 'é'.repeat(128)])(
    '%j is no entry of a directory',
    (name) => {
      expect(isEntryName(name)).toBe(false);
    },
  );

  it.each(['a', '...', '..a', '-rf', 'a b', 'a\nb', 'é', '.hidden', '~'])('%j is one', (name) => {
    expect(isEntryName(name)).toBe(true);
  });

  it.each<{ target: string; depth: number; stays: boolean }>([
    { target: 'a', depth: 0, stays: true },
    { target: 'a/b/./c', depth: 0, stays: true },
    { target: '.', depth: 0, stays: true },
    { target: '../a', depth: 1, stays: true },
    { target: '..', depth: 1, stays: true },
    { target: '../../a', depth: 1, stays: false },
    { target: '..', depth: 0, stays: false },
    { target: 'a/..', depth: 0, stays: false },
    { target: '../a/../b', depth: 5, stays: false },
    { target: './../..', depth: 1, stays: false },
    { target: '/a', depth: 3, stays: false },
    { target: '', depth: 0, stays: false },
  ])('a link to $target, $depth down, stays within: $stays', ({ target, depth, stays }) => {
    expect(staysWithin(target, depth)).toBe(stays);
  });
});

describe('the directory for transfers', () => {
  const opened = () => {
    const folder = temporaryFolder();
    const path = join(folder.path, 'transfers');
    return { path, directory: new TransferDirectory(path), [Symbol.dispose]: () => folder[Symbol.dispose]() };
  };

  it('is made at its first use, for ourselves alone', async () => {
    using made = opened();
    expect((await made.directory.resolve('a/b', 'target')).path).toBe(join(made.path, 'a/b'));
    expect(statSync(made.path).mode & 0o777).toBe(0o700);
    expect((await made.directory.resolve(join(made.path, 'a'), 'source')).path).toBe(join(made.path, 'a'));
    expect((await made.directory.resolve('.', 'source')).path).toBe(made.path);
  });

  it.each(['..', '../x', 'a/../../x', '/etc/passwd', '/', 'a\0b', '../transfers2/x'])(
    'leads nowhere else: %j',
    async (path) => {
      using made = opened();
      for (const use of ['source', 'target'] as const) {
        await expect(made.directory.resolve(path, use)).rejects.toMatchObject({ code: 'path_not_permitted' });
      }
    },
  );

  it('leads through no link', async () => {
    using made = opened();
    await made.directory.resolve('a', 'target');
    symlinkSync('/etc', join(made.path, 'out'));
    symlinkSync('/etc/passwd', join(made.path, 'file'));
    symlinkSync('/nowhere', join(made.path, 'dangling'));
    for (const path of ['out/passwd', 'out', 'file', 'dangling', 'dangling/x', 'out/new/x']) {
      for (const use of ['source', 'target'] as const) {
        await expect(made.directory.resolve(path, use)).rejects.toMatchObject({
          code: expect.stringMatching(/^path_not_/),
        });
      }
    }
    expect(existsSync('/etc/new')).toBe(false);
  });

  it('is refused when others may write to it', async () => {
    using made = opened();
    mkdirSync(made.path);
    chmodSync(made.path, 0o777);
    await expect(made.directory.resolve('a', 'target')).rejects.toMatchObject({ code: 'path_not_permitted' });
  });
});
