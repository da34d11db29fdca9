import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

/** Every command, with arguments it needs no terminal for, and what it ends with on an empty configuration. */
const commands: readonly { readonly words: string; readonly args: readonly string[]; readonly status: number }[] = [
  { words: 'init', args: [], status: 0 },
  { words: 'status', args: [], status: 0 },
  { words: 'server list', args: [], status: 0 },
  { words: 'server add', args: ['web'], status: 2 },
  { words: 'server test', args: ['nobody'], status: 1 },
  { words: 'server trust', args: ['--all'], status: 0 },
  { words: 'server enable', args: ['nobody'], status: 1 },
  { words: 'server disable', args: ['nobody'], status: 1 },
  { words: 'server remove', args: ['nobody', '--yes'], status: 1 },
  { words: 'token list', args: [], status: 0 },
  { words: 'token create', args: ['ci', '--permissions', 'read'], status: 0 },
  { words: 'token enable', args: ['nobody'], status: 1 },
  { words: 'token disable', args: ['nobody'], status: 1 },
  { words: 'token revoke', args: ['nobody', '--yes'], status: 1 },
  { words: 'audit verify', args: [], status: 1 },
  { words: 'version', args: [], status: 0 },
];

let folder: ReturnType<typeof temporaryFolder>;
let printed = { stdout: '', stderr: '' };

beforeEach(() => {
  folder = temporaryFolder();
  printed = { stdout: '', stderr: '' };
  mkdirSync(join(folder.path, 'config'), { mode: 0o700 });
  vi.stubEnv('CONFIG_DIR', join(folder.path, 'config'));
  vi.stubEnv('DATA_DIR', join(folder.path, 'data'));
  vi.stubEnv('LOGS_DIR', join(folder.path, 'logs'));
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  folder[Symbol.dispose]();
});

describe('every command', () => {
  it('is in the table, and has help', async () => {
    const listed = async (...words: readonly string[]): Promise<readonly string[]> => {
      printed.stdout = '';
      expect(await run([...words, '--help'])).toBe(0);
      const rest = printed.stdout.split('\nCommands:\n')[1] ?? '';
      return [...rest.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => [...words, name].join(' '));
    };
    const groups = ['server', 'token', 'audit'];
    const found = [...(await listed())];
    for (const group of groups) found.push(...(await listed(group)));
    const known = [...commands.map(({ words }) => words), ...groups, 'serve', 'stdio'];
    expect(found.toSorted()).toEqual(known.toSorted());
  });

  it.each(commands)('$words $args ends with $status, and with --json prints one JSON value or nothing', async (row) => {
    const words = row.words.split(' ');
    expect(await run([...words, '--help'])).toBe(0);
    expect(printed.stdout).toContain(`Usage: sallyport ${row.words}`);
    printed.stdout = '';
    expect(await run([...words, ...row.args, '--json'])).toBe(row.status);
    expect(row.status === 0 || printed.stdout !== '' ? typeof JSON.parse(printed.stdout) : 'object').toBe('object');
    expect(await run([...words, ...row.args, '--no-such-option'])).toBe(2);
  });

  it.each(commands.filter(({ words }) => !['version', 'audit verify', 'server add'].includes(words)))(
    '$words ends with 78 where the configuration is broken, and names the place',
    async ({ words, args }) => {
      for (const name of ['servers', 'tokens'])
        writeFileSync(join(folder.path, 'config', `${name}.json`), '{"a": }', { mode: 0o600 });
      expect(await run([...words.split(' '), ...args])).toBe(78);
      expect(printed.stderr).toMatch(/(servers|tokens)\.json:1:7: /);
    },
  );
});
