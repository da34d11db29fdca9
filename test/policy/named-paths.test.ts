import { describe, expect, it } from 'vitest';
import { pathsNamed } from '../../src/policy/named-paths.ts';

describe('the paths that the words of a command may stand for', () => {
  it.each<[string, readonly string[]]>([
    ['cat /etc/hosts', ['/etc/hosts']],
    ['cat notes', ['~/notes']],
    ['cat ~/notes', ['~/notes']],
    ['cat a/~/b', ['~/a/~/b']],
    ['/opt/tool /srv/data', ['/opt/tool', '/srv/data']],
    ['bin/tool', ['~/bin/tool']],
    ['echo hello > /srv/out', ['~/hello', '/srv/out']],
    ['HOME=/srv/home tool', ['/srv/home']],
    ['cat /etc/../srv/x', ['/srv/x']],
    ['cd /srv && cat x', ['/srv', '/srv/x']],
    ['cat /srv/*.yaml', ['/srv/*.yaml']],
    ['cat < /srv/a | sort -o /srv/b', ['/srv/a', '/srv/b']],
  ])('of %j are %j', (command, paths) => {
    expect(pathsNamed(command)).toEqual(expect.arrayContaining([...paths]));
  });

  it.each<[string, string]>([
    ['dd of=/srv/x', '/srv/x'],
    ['docker run -v=/srv/x:/data image', '/srv/x'],
    ['docker run -v a:/srv/x image', '/srv/x'],
    ['tool -o one,/srv/x', '/srv/x'],
    ['scp other@/srv/x .', '/srv/x'],
    ['tool --file=~/x', '~/x'],
  ])('are also what stands within a word: %j names %j', (command, path) => {
    expect(pathsNamed(command)).toContain(path);
  });

  it('are not what only looks like one within a word', () => {
    expect(pathsNamed('tool name=a/b')).not.toContain('~/a/b');
  });

  it('are none of a program without words that is found in PATH', () => {
    expect(pathsNamed('tool')).toEqual([]);
  });

  it('are not known of a word that is made when the command runs, or of a text that cannot be read', () => {
    expect(pathsNamed('cat "$FILE=/srv/x"')).not.toContain('/srv/x');
    expect(pathsNamed('cat "')).toEqual([]);
  });

  it('are too many from 2,049 on', () => {
    // Each of them may be in the home directory, and in the one that is changed to.
    const relative = Array.from({ length: 1023 }, (_, n) => n.toString(36)).join(' ');
    expect(pathsNamed(`cd /srv; cat /a ${relative}`)).toHaveLength(2048);
    expect(pathsNamed(`cd /srv; cat /a /b ${relative}`)).toBe('too_many');
  });
});
