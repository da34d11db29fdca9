import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addKnownKey, replaceKnownKeys } from '../../../src/ssh/host-keys/known-hosts-edit.ts';
import { parseKeyText, type PublicKey } from '../../../src/ssh/host-keys/public-key.ts';
import { ecdsaLine, ed25519Line, rsaLine } from '../../fixtures/public-keys.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-known-hosts-edit-'));
  path = join(directory, 'known_hosts');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ed = ed25519Line();
const other = ed25519Line();
const ec = ecdsaLine();

function keyOf(line: string): PublicKey {
  const [algorithm = '', base64 = ''] = line.split(' ');
  const key = parseKeyText(algorithm, base64);
  if (!key) throw new Error(`not a key: ${line}`);
  return key;
}

/** Lines of the file that ssh-keygen finds for a name. */
function found(name: string): readonly string[] {
  const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', path], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('adding a known host key', () => {
  it('makes the file and its directory for the owner alone', async () => {
    path = join(directory, 'new', 'known_hosts');
    expect(await addKnownKey({ path, name: '[web]:2222', key: keyOf(ed) })).toBe('added');
    expect(readFileSync(path, 'utf8')).toBe(`[web]:2222 ${ed}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'new')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(directory, 'new'))).toEqual(['known_hosts']);
  });

  it.each([
    ['whole lines', '# mine\nweb-2 x\n\xff\0\n', ''],
    ['a torn last line', '# mine\nweb-2 ssh-ed25519 AAAA', '\n'],
  ])('keeps every byte of %s', async (_what, before, between) => {
    writeFileSync(path, before, { encoding: 'latin1', mode: 0o644 });
    await addKnownKey({ path, name: 'web', key: keyOf(ed) });
    expect(readFileSync(path, 'latin1')).toBe(`${before}${between}web ${ed}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(found('web')).toEqual([`web ${ed}`]);
  });

  it('leaves a file alone that has the key', async () => {
    writeFileSync(path, `a,web ${ed} comment`);
    expect(await addKnownKey({ path, name: 'web', key: keyOf(ed) })).toBe('present');
    expect(readFileSync(path, 'utf8')).toBe(`a,web ${ed} comment`);
  });

  it('loses nothing when many processes add at once', async () => {
    const module = new URL('../../../src/ssh/host-keys/known-hosts-edit.ts', import.meta.url).href;
    const blob = keyOf(ed).blob.toString('base64');
    const script = `
      import { addKnownKey, replaceKnownKeys } from ${JSON.stringify(module)};
      const key = { type: 'ssh-ed25519', blob: Buffer.from('${blob}', 'base64') };
      const [path, process] = globalThis.process.argv.slice(-2);
      for (let n = 0; n < 10; n += 1) await addKnownKey({ path, name: 'web-' + process + '-' + n, key });
      await replaceKnownKeys({ path, name: 'web-' + process + '-0', key });`;
    const children = Array.from({ length: 4 }, (_, index) =>
      spawn(process.execPath, ['--input-type=module', '-e', script, path, String(index)], {
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
    );
    await Promise.all(children.map((child) => once(child, 'exit')));
    expect(children.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(new Set(lines).size).toBe(40);
    expect(lines).toHaveLength(40);
    expect(readdirSync(directory)).toEqual(['known_hosts']);
  });

  it.each(['a,b', '*', 'web?', '!web', 'web x', '#web', '|1|a', '@revoked', 'web\n*', '', 'w\tb', 'web\0'])(
    'refuses the name %j, which would speak for other hosts',
    async (name) => {
      const adding = addKnownKey({ path, name, key: keyOf(ed) });
      await expect(adding).rejects.toMatchObject({ code: 'config_invalid' });
      expect(existsSync(path)).toBe(false);
    },
  );

  it('says which file cannot be written', async () => {
    writeFileSync(join(directory, 'file'), '');
    path = join(directory, 'file', 'known_hosts');
    const message = expect.stringContaining(path) as string;
    await expect(addKnownKey({ path, name: 'web', key: keyOf(ed) })).rejects.toMatchObject({
      code: 'config_invalid',
      message,
    });
  });
});

describe('replacing the known host keys of one host', () => {
  it('puts one key for all of them and keeps everything else byte for byte', async () => {
    const kept = [
      '# mine',
      'broken',
      `web-2 ${ed}\r`,
      `@revoked web ${other}`,
      `@cert-authority web ${ec}`,
      '\xff\xfe',
    ];
    const [a = '', b = '', c = '', ...more] = kept;
    writeFileSync(path, [a, `web ${other}`, b, `WEB ${ec} x`, c, ...more, `web ${rsaLine()}`].join('\n'), 'latin1');
    expect(await replaceKnownKeys({ path, name: 'web', key: keyOf(ed) })).toEqual({ removed: 3 });
    expect(readFileSync(path, 'latin1')).toBe([...kept, `web ${ed}`, ''].join('\n'));
  });

  it.each([
    { before: `a,web,b ${other} x`, after: `a,b ${other} x` },
    { before: `\t a,WEB  ${other}`, after: `\t a  ${other}` },
    { before: `w* ${other}`, after: `!web,w* ${other}` },
    { before: `web,w*,b ${other}`, after: `!web,w*,b ${other}` },
    { before: `web,!web-2 ${other}`, after: '' },
  ])('leaves of "$before" what it says of other hosts', async ({ before, after }) => {
    writeFileSync(path, `${before}\n`);
    const others = ['a', 'b', 'web-2', 'w'].map((name) => [name, found(name).length]);
    await replaceKnownKeys({ path, name: 'web', key: keyOf(ed) });
    expect(readFileSync(path, 'utf8')).toBe(`${after}${after === '' ? '' : '\n'}web ${ed}\n`);
    expect(found('web')).toEqual([`web ${ed}`]);
    expect(['a', 'b', 'web-2', 'w'].map((name) => [name, found(name).length])).toEqual(others);
  });

  it('finds the names that ssh-keygen has hashed', async () => {
    writeFileSync(path, `web,web-2 ${other}\n[web]:2222 ${other}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', path], { stdio: 'ignore' });
    expect(await replaceKnownKeys({ path, name: 'web', key: keyOf(ed) })).toEqual({ removed: 1 });
    expect(found('web')).toEqual([`web ${ed}`]);
    expect(found('web-2')).toHaveLength(1);
    expect(found('[web]:2222')).toHaveLength(1);
  });

  it('writes through a link and keeps the mode of the file', async () => {
    const target = join(directory, 'target');
    writeFileSync(target, `web ${other}\n`);
    chmodSync(target, 0o640);
    symlinkSync('target', path);
    await replaceKnownKeys({ path, name: 'web', key: keyOf(ed) });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toBe(`web ${ed}\n`);
    expect(statSync(target).mode & 0o777).toBe(0o640);
  });

  it('stores the key where nothing was known', async () => {
    expect(await replaceKnownKeys({ path, name: 'web', key: keyOf(ed) })).toEqual({ removed: 0 });
    expect(readFileSync(path, 'utf8')).toBe(`web ${ed}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});
