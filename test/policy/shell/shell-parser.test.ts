import { describe, expect, it } from 'vitest';
import { programNamed } from '../../../src/policy/shell/programs.ts';
import { parseShell } from '../../../src/policy/shell/shell-parser.ts';

const part = (text: string, dialect: 'bash' | 'posix' = 'bash'): readonly [string, string | undefined] => {
  const parsed = parseShell(text, dialect);
  if (parsed.kind === 'parsed') return ['parsed', undefined];
  return [parsed.code, parsed.span === undefined ? undefined : text.slice(...parsed.span)];
};

describe('a shell text', () => {
  it('is a tree', () => {
    const parsed = parseShell('a; b', 'bash');
    expect(parsed.kind === 'parsed' && parsed.script.commands).toHaveLength(2);
  });

  it.each<[text: string, code: string, where: string | undefined]>([
    ['', 'empty', undefined],
    ['a )', 'syntax', 'a )'],
    ['a; ls @(b)', 'ambiguous', '@(b)'],
    ['a $(b @(c))', 'ambiguous', '@(c)'],
    ['a `b @(c)`', 'ambiguous', '@(c)'],
  ])('is not read where a part of it could be read otherwise, and says which: %j', (text, code, where) => {
    const [found, at] = part(text);
    expect(found).toBe(code);
    expect(at === undefined).toBe(where === undefined);
    expect(at ?? '').toContain(where ?? '');
  });

  it.each([
    ['x; y `c \\`d @(e)\\``', '`c \\`d @(e)\\``'],
    ['x; y `c "\\$d" @(e)`', '`c "\\$d" @(e)`'],
    ['x; y `c \\`d $(f @(e))\\``', '`c \\`d $(f @(e))\\``'],
    ['x; y `c @(e)`', '@(e)'],
  ])('says which script it is where backslashes hide the places in it: %s', (text, where) => {
    expect(part(text)).toEqual(['ambiguous', where]);
  });

  it('for a shell that may know the standard alone has nothing else', () => {
    expect(part('[[ a ]]')).toEqual(['parsed', undefined]);
    expect(part('[[ a ]]', 'posix')).toEqual(['ambiguous', '[[ a ]]']);
    expect(part('a $(b <(c))', 'posix')).toEqual(['ambiguous', '<(c)']);
    expect(part('a; b | c', 'posix')).toEqual(['parsed', undefined]);
  });
});

describe('a program', () => {
  it('is known by its name, wherever it is', () => {
    expect(programNamed('sudo')?.name).toBe('sudo');
    expect(programNamed('/usr/bin/sudo')?.name).toBe('sudo');
    expect(programNamed('./sudo')).toBe(programNamed('sudo'));
    expect(programNamed('sudo/x')).toBeUndefined();
    expect(programNamed('nothing-of-that-name')).toBeUndefined();
    expect(programNamed('')).toBeUndefined();
  });

  it.each(['sudo', 'python3', 'rm', 'systemctl', 'curl'])('is in one of the tables: %s', (name) => {
    expect(programNamed(name)?.name).toBe(name);
  });
});
