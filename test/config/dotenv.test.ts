import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDotenv, readDotenv } from '../../src/config/dotenv.ts';
import { runOrThrow } from '../fixtures/run.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

describe('a line of .env', () => {
  it.each<{ line: string; value: string | undefined }>([
    { line: 'A=1', value: '1' },
    { line: 'export A = one two ', value: 'one two' },
    { line: 'A=', value: '' },
    { line: 'A=one # comment', value: 'one' },
    { line: 'A=a#b', value: 'a#b' },
    { line: "A='one # $HOME \\n'", value: 'one # $HOME \\n' },
    { line: 'A="one\\n\\"two\\""  # comment', value: 'one\n"two"' },
    { line: 'A=$(id) ${B}', value: '$(id) ${B}' },
    { line: '# A=1', value: undefined },
    { line: 'A', value: undefined },
    { line: '1A=1', value: undefined },
    { line: '\uFEFFA=1\r', value: '1' },
  ])('sets $value: $line', ({ line, value }) => {
    expect(parseDotenv(line).get('A')?.value).toBe(value);
  });

  it('is known by its number, and the last one for a name wins', () => {
    expect(parseDotenv('A=1\n\nA=2\n').get('A')).toEqual({ value: '2', line: 3 });
  });
});

describe('the file .env', () => {
  it('is refused when others can write it, and when it is no file', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, '.env');
    expect(await readDotenv(file)).toEqual({ kind: 'absent' });
    writeFileSync(file, 'A=1');
    chmodSync(file, 0o644);
    expect(await readDotenv(file)).toMatchObject({ kind: 'read' });
    chmodSync(file, 0o646);
    expect(await readDotenv(file)).toMatchObject({ kind: 'refused' });
    const pipe = join(folder.path, 'pipe');
    await runOrThrow('mkfifo', ['-m', '600', pipe]);
    expect(await readDotenv(pipe)).toMatchObject({ kind: 'refused' });
  });
});
