import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SshHome } from '../fixtures/ssh-home.ts';
import { hostId } from '../fixtures/sshd.ts';

let at: SshHome;
beforeEach(() => {
  at = new SshHome();
});
afterEach(() => at[Symbol.dispose]());

describe('the names of an SSH client configuration', () => {
  it('are none without a configuration', async () => {
    expect(await at.names()).toEqual([]);
    expect(at.hosts().status(hostId('web'))).toBe('absent');
    rmSync(at.path('.ssh'), { recursive: true });
    expect(await at.names()).toEqual([]);
  });

  it('are those that stand for themselves, once each, in the order of the file', async () => {
    at.config(
      'Host web db',
      'Host *',
      'Host web-? *.example.com !web',
      'Host db cache',
      'Match host other',
      'HostName x',
    );
    expect(await at.names()).toEqual(['web', 'db', 'cache']);
  });

  it.each<{ readonly text: string; readonly expected: readonly string[] }>([
    { text: 'host a', expected: ['a'] },
    { text: '\t HOST \t a\t b  \r', expected: ['a', 'b'] },
    { text: 'Host=a', expected: ['a'] },
    { text: 'Host = a b', expected: ['a', 'b'] },
    { text: 'Host "a" \'b\' c"d"\'e\'', expected: ['a', 'b', 'cde'] },
    { text: String.raw`Host a\ b c\"d "e f" g\h i$j`, expected: [] },
    { text: String.raw`Host a\ b c`, expected: ['c'] },
    { text: 'Host a # b', expected: ['a'] },
    { text: 'Host a#b', expected: ['a#b'] },
    { text: '# Host a', expected: [] },
    { text: 'Host a !a b', expected: ['b'] },
    { text: 'HostName a', expected: [] },
    { text: 'Host git@a ssh://b', expected: [] },
    { text: 'Host a\0b', expected: ['a'] },
  ])('are $expected in $text', async ({ text, expected }) => {
    at.config(text);
    expect(await at.names()).toEqual(expected);
    for (const name of expected) {
      // Only a block that applies to the name can give it a port.
      at.config(text, '  Port 4321');
      const { stdout } = spawnSync('ssh', ['-F', at.path('.ssh/config'), '-G', '--', name], { encoding: 'utf8' });
      expect(stdout).toContain('\nport 4321\n');
    }
  });

  it('include those of included files: relative to ~/.ssh, by glob, quoted, nested', async () => {
    at.config(
      'Include config.d/*.conf',
      'Include "~/.ssh/with blank" other-[a-c] missing',
      `Include ${at.home}/far/away`,
      'Host last',
    );
    at.put('.ssh/config.d/20.conf', 'Include config.d/nested\nHost twenty');
    at.put('.ssh/config.d/10.conf', 'Host ten');
    at.put('.ssh/config.d/.hidden.conf', 'Host hidden');
    at.put('.ssh/config.d/skipped', 'Host skipped');
    at.put('.ssh/config.d/nested', 'Host nested');
    at.put('.ssh/with blank', 'Host blank');
    at.put('.ssh/other-b', 'Host b');
    at.put('.ssh/other-d', 'Host d');
    at.put('far/away', 'Host away');
    expect(await at.names()).toEqual(['ten', 'nested', 'twenty', 'blank', 'b', 'away', 'last']);
  });

  it('leave out what is included for other hosts only', async () => {
    at.config('Host web web-*', 'Include inner', 'Host *', 'Include everywhere', 'Match user root', 'Include matched');
    at.put('.ssh/inner', 'Host web-1 db\nHost web-2');
    at.put('.ssh/everywhere', 'Host cache');
    at.put('.ssh/matched', 'Host maybe');
    expect(await at.names()).toEqual(['web', 'web-1', 'web-2', 'cache', 'maybe']);
  });

  it('are read down to the depth that ssh allows', () => {
    at.config('Include level-1');
    for (let level = 1; level <= 20; level += 1)
      at.put(`.ssh/level-${level}`, `Include level-${level + 1}\nHost at-${level}`);
    const hosts = at.hosts();
    expect([1, 16, 17].map((level) => hosts.status(hostId(`at-${level}`)))).toEqual(['enabled', 'enabled', 'absent']);
  });

  it('are found in files that include each other and themselves', () => {
    at.config('Include config a a b b', 'Host web');
    at.put('.ssh/a', 'Include b b config\nHost a');
    at.put('.ssh/b', 'Include a a config\nHost b');
    const hosts = at.hosts();
    expect(['web', 'a', 'b'].map((name) => hosts.status(hostId(name)))).toEqual(['enabled', 'enabled', 'enabled']);
  });

  it('are found among lines that mean no good', () => {
    const bidi = 'Host \u202Egnp.exe a\u200Bb';
    at.config(
      'Host "open',
      `Host ${'x'.repeat(1_000_000)}`,
      `Include ${'y'.repeat(1_000_000)}`,
      bidi,
      '\0\0',
      '=',
      '""',
      'Host -oProxyCommand=id',
      'Host ok',
    );
    at.put('.ssh/bad', Buffer.from('Host caf\xe9 fine\n', 'latin1'));
    const hosts = at.hosts();
    expect(hosts.status(hostId('ok'))).toBe('enabled');
    expect(hosts.status('-oProxyCommand=id' as never)).toBe('absent');
    expect(hosts.status('\u202Egnp.exe' as never)).toBe('absent');
  });

  it('do not make us wait for a pipe', () => {
    execFileSync('mkfifo', [at.path('.ssh/pipe')]);
    at.config('Include pipe', 'Host web');
    expect(at.hosts().status(hostId('web'))).toBe('enabled');
    rmSync(at.path('.ssh/config'));
    execFileSync('mkfifo', [at.path('.ssh/config')]);
    expect(at.hosts().status(hostId('web'))).toBe('absent');
  });

  it.each(['config', 'included'])('are refused when others may write to the %s file', async (name) => {
    at.config('Host web', 'Include included');
    at.put('.ssh/included');
    chmodSync(join(at.home, '.ssh', name), 0o664);
    const message = `The SSH client configuration ${at.home}/.ssh/${name} can be written by others: chmod go-w ${at.home}/.ssh/${name}.`;
    await expect(at.hosts().find(hostId('web'))).rejects.toMatchObject({ code: 'config_invalid', message });
  });
});
