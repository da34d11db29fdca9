import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rootScript } from '../../../src/ssh/files/root-script.ts';
import { isRoot } from '../../fixtures/machine.ts';

const hash = (data: string) => createHash('sha256').update(data).digest('hex');

describe.each([['dash'], ['bash'], ['busybox', 'sh']])('the script for root, run by %s %s', (shell, ...more) => {
  let directory: string;
  beforeEach(() => {
    // Whoever runs the tests stands for root: what is theirs is trusted.
    directory = mkdtempSync(join(isRoot ? '/var/lib' : realpathSync(tmpdir()), 'sallyport-script-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const at = (name: string) => join(directory, name);
  const run = (input: string, ...words: readonly string[]): string => {
    const env = { ...process.env, SUDO_UID: String(process.getuid?.()) };
    return execFileSync(shell, [...more, '-c', rootScript, 'sh', ...words], { input, env, encoding: 'utf8' });
  };

  it('replaces a file only with what arrived whole, and only while it is what it was', () => {
    writeFileSync(at('a'), 'old');
    expect(run('ne', 'write', at('a'), hash('new'), 'any', '-', '-')).toBe('sallyport cut\n');
    expect(run('new', 'write', at('a'), hash('new'), hash('other'), '-', '-')).toBe('sallyport conflict\n');
    expect(run('new', 'write', at('a'), hash('new'), 'absent', '-', '-')).toBe('sallyport conflict\n');
    expect(readFileSync(at('a'), 'utf8')).toBe('old');
    expect(run('new', 'write', at('a'), hash('new'), hash('old'), '-', '-')).toBe('sallyport ok replaced\n');
    expect(readFileSync(at('a'), 'utf8')).toBe('new');
    expect(readdirSync(directory)).toEqual(['a']);
  });

  it('adds only what arrived whole, and removes only what it was', () => {
    writeFileSync(at('a'), '1');
    expect(run('', 'append', at('a'), hash('2'))).toBe('sallyport cut\n');
    expect(run('2', 'append', at('a'), hash('2'))).toBe('sallyport ok\n');
    expect(run('', 'remove', at('a'), hash('1'))).toBe('sallyport conflict\n');
    expect(readFileSync(at('a'), 'utf8')).toBe('12');
    expect(run('', 'remove', at('a'), hash('12'))).toBe('sallyport ok\n');
    expect(run('', 'remove', at('a'), hash('12'))).toBe('sallyport absent\n');
  });

  it('reads ranges, and says where a path leads, whatever it is called', () => {
    const name = "-x 'q' $(id)\\\n é";
    writeFileSync(at(name), 'abcdef');
    expect(run('', 'resolve', at(`./${name}`))).toBe(`sallyport ok\n${at(name)}`);
    expect(run('', 'resolve', at('not there'))).toBe(`sallyport ok\n${at('not there')}`);
    expect(run('', 'resolve', at('no/such/place'))).toBe('sallyport absent\n');
    expect(run('', 'read', at(name), '2', '3')).toMatch(/^sallyport ok [0-9a-f]+ 6 \d+ \d+\ncde$/);
    expect(run('', 'list', directory, '9999')).toContain(`./${name}/\n`);
  });
});
