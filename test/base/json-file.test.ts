import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isMembers, readJsonFile, rewriteJsonFile, withMember, type JsonMembers } from '../../src/base/json-file.ts';
import { ScriptProcess } from '../fixtures/script-process.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

function membersOf(file: string): JsonMembers {
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isMembers(value)) throw new Error('not an object');
  return value;
}

describe('reading a JSON file', () => {
  it('says undefined when it is absent, and bears a byte order mark', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'a.json');
    expect(await readJsonFile(file)).toBeUndefined();
    writeFileSync(file, '\uFEFF{"a": 1}');
    expect((await readJsonFile(file))?.value).toEqual({ a: 1 });
  });

  it('names file, line and column of a syntax error', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'a.json');
    writeFileSync(file, '{\n  "a": 1,\n}\n');
    await expect(readJsonFile(file)).rejects.toMatchObject({
      code: 'config_invalid',
      message: `${file}:3:1: a key is missing, or a ',' is too many`,
    });
  });
});

describe('rewriting a JSON file', () => {
  it('makes a missing one, for us alone', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'a.json');
    await rewriteJsonFile(file, (members) => withMember(members, 'a', 1));
    expect(readFileSync(file, 'utf8')).toBe('{\n  "a": 1\n}\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path)).toEqual(['a.json']);
  });

  it('keeps unknown keys, their order, the indentation, and the mode less the right of others to write', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'a.json');
    writeFileSync(file, '{\n\t"z": {"deep": [1, null]},\n\t"a": 1,\n\t"__proto__": 5\n}', { mode: 0o660 });
    await rewriteJsonFile(file, (members) => withMember(members, 'a', 2));
    expect(readFileSync(file, 'utf8').replace(/\s/g, '')).toBe('{"z":{"deep":[1,null]},"a":2,"__proto__":5}');
    expect(readFileSync(file, 'utf8')).toContain('\n\t"a"');
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it.each(['{"a": 1,}', '[]', 'nonsense'])('leaves a file alone that holds %s', async (text) => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'a.json');
    writeFileSync(file, text);
    await expect(rewriteJsonFile(file, (members) => members)).rejects.toMatchObject({ code: 'config_invalid' });
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(readdirSync(folder.path)).toEqual(['a.json']);
  });

  it.each([{ target: 'present' }, { target: 'absent' }])(
    'keeps a symbolic link to a file that is $target',
    async ({ target }) => {
      using folder = temporaryFolder();
      mkdirSync(join(folder.path, 'real'));
      const [file, real] = [join(folder.path, 'a.json'), join(folder.path, 'real', 'b.json')];
      symlinkSync('real/b.json', file);
      if (target === 'present') writeFileSync(real, '{}');
      await rewriteJsonFile(file, (members) => withMember(members, 'a', 1));
      expect(lstatSync(file).isSymbolicLink()).toBe(true);
      expect(membersOf(real)).toEqual({ a: 1 });
    },
  );

  it('loses nothing when two processes and this one do it at once', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'a.json');
    await using one = new ScriptProcess('rewriting', file, 'one', '30');
    await using two = new ScriptProcess('rewriting', file, 'two', '30');
    for (let index = 0; index < 30; index += 1) {
      await rewriteJsonFile(file, (members) => withMember(members, `here-${index}`, 1));
    }
    await Promise.all([one.succeeded(), two.succeeded()]);
    expect(Object.keys(membersOf(file))).toHaveLength(90);
    expect(readdirSync(folder.path)).toEqual(['a.json']);
  });

  it('leaves the old text or the new when killed in the middle, and the next one goes on', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'a.json');
    for (let round = 0; round < 4; round += 1) {
      await using writer = new ScriptProcess('rewriting', file, `round-${round}`, '10000', '20000');
      await writer.hasPrinted(1);
      await sleep(round * 13);
      await writer.kill();
      const before = Object.keys(membersOf(file)).length;
      await rewriteJsonFile(file, (members) => withMember(members, `after-${round}`, 1));
      expect(Object.keys(membersOf(file))).toHaveLength(before + 1);
      expect(readdirSync(folder.path)).toEqual(['a.json']);
    }
  });

  it('shows readers a whole file at any time', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'a.json');
    await using writer = new ScriptProcess('rewriting', file, 'n', '10000', '200000');
    await writer.hasPrinted(1);
    let count = 0;
    for (const deadline = Date.now() + 500; Date.now() < deadline; await sleep(1))
      count = Object.keys(membersOf(file)).length;
    expect(count).toBeGreaterThan(2);
  });

  it('takes a lock over whose pid lives again as another process, and no lock whose owner lives', async () => {
    using folder = temporaryFolder();
    const [file, lock] = [join(folder.path, 'a.json'), join(folder.path, 'a.json.lock')];
    symlinkSync(`${process.pid} 1 ${hostname()} reused`, lock);
    await rewriteJsonFile(file, (members) => withMember(members, 'a', 1));
    expect(membersOf(file)).toEqual({ a: 1 });

    const started = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ')[19];
    symlinkSync(`${process.pid} ${started} ${hostname()} alive`, lock);
    const blocked = rewriteJsonFile(file, (members) => withMember(members, 'b', 1));
    expect(await Promise.race([blocked.then(() => 'went on'), sleep(300, 'waits')])).toBe('waits');
    rmSync(lock);
    await blocked;
    expect(membersOf(file)).toEqual({ a: 1, b: 1 });
  });
});
