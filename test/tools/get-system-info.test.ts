import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import { factsScript } from '../../src/ssh/runs/facts-script.ts';
import { sectionMark } from '../../src/ssh/runs/sections.ts';
import { FactsCache } from '../../src/tools/facts-cache.ts';
import { getSystemInfo } from '../../src/tools/get-system-info.ts';
import { parseFacts } from '../../src/tools/system-facts.ts';
import { anInventory } from '../fixtures/callers.ts';
import { findShell, optionalShells } from '../fixtures/shells.ts';
import { hostAt } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { aBench, localHosts } from './local-hosts.ts';

const seedKeys = ['hostname', 'uptime', 'os_release', 'kernel', 'cpu_info', 'memory', 'disk'];

/** What `sh -c` would be handed as its script, for shells that are to run it themselves. */
const body = /^exec sh -c '([^']*)'$/.exec(factsScript)?.[1] ?? '';

function section(name: string, ...lines: readonly string[]): string {
  return `\n${sectionMark} ${name} 0\n${lines.map((line) => `|${line}\n`).join('')}`;
}

const aHost = (): Host =>
  hostAt({ address: '10.0.0.1', port: 22, user: 'deploy', keyPath: '/k', knownHostsPath: '/h' });

describe('the facts script', () => {
  it('is one word for every shell: nothing in it means anything between single quotes', () => {
    expect(body).not.toBe('');
    expect(body).not.toMatch(/['\\!\n]/);
  });

  const posixShells = [['sh'], ['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh']];
  it.for(posixShells.map(findShell))('runs in $name', (shell, context) => {
    context.skip(shell.skip, 'it does not run from the cache');
    const { program, options, env } = shell;
    const output = execFileSync(program, [...options, '-c', body], { encoding: 'utf8', env });
    const { systemInfo, facts } = parseFacts(output);
    expect(Object.keys(systemInfo)).toEqual(seedKeys);
    expect(systemInfo).toMatchObject({
      hostname: hostname(),
      kernel: execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim(),
      os_release: expect.stringContaining('NAME='),
      memory: expect.stringMatching(/^Total: [\d.]+[KMGT]i, Used: [\d.]+[KMGT]i, Free: [\d.]+[KMGT]i$/),
      disk: expect.stringMatching(/^Size: [\d.]+[KMGT]?, Used: [\d.]+[KMGT]?, Avail: [\d.]+[KMGT]?, Use%: \d+%$/),
    });
    expect(facts).toMatchObject({
      system: 'Linux',
      user: userInfo().username,
      uid: userInfo().uid,
      cpus: expect.any(Number),
    });
  });

  const loginShells = [...[['sh'], ['bash'], ['zsh'], ['fish']].map(findShell), ...optionalShells(['tcsh'])];
  it.for(loginShells)('is started by $name as login shell', ({ program, env, skip }, context) => {
    context.skip(skip, 'it does not run from the cache');
    const output = execFileSync(program, ['-c', factsScript], { encoding: 'utf8', env });
    expect(parseFacts(output).systemInfo['hostname']).toBe(hostname());
  });

  it('tells what it can where next to nothing is installed', () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    for (const program of ['sh', 'sed', 'cat']) {
      symlinkSync(
        execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim(),
        join(folder.path, program),
      );
    }
    const bare = body.replace('PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin', `PATH=${folder.path}`);
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', bare], { encoding: 'utf8', env: {} });
    const { systemInfo, answered } = parseFacts(stdout);
    expect([answered, stderr]).toEqual([true, '']);
    expect(systemInfo).toMatchObject({
      hostname: 'N/A',
      uptime: 'N/A',
      kernel: 'N/A',
      disk: 'N/A',
      memory: expect.stringContaining('Total: '),
      os_release: expect.stringContaining('NAME='),
    });
  });
});

describe('what the facts script wrote', () => {
  it('becomes the strings the seed gave', () => {
    const { systemInfo, facts } = parseFacts(
      section('hostname', 'web-1') +
        section('uptime', ' 10:00:00 up 3 days,  2:11,  1 user,  load average: 0.00, 0.01, 0.05') +
        section('os_release', 'NAME="Debian GNU/Linux"', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"') +
        section('kernel', '6.1.0-18-amd64') +
        section(
          'processor',
          'Architecture: x86_64',
          'BIOS Model name:  x  CPU @ 2.0GHz',
          'Model name:     AMD EPYC 7B13',
        ) +
        section('memory', 'MemTotal: 8148420 kB', 'MemFree: 512000 kB', 'MemAvailable: 4074210 kB') +
        section('disk', 'Filesystem Size Used Avail Use% Mounted on', '/dev/sda 1 40G 12G 26G 32% /') +
        section('load', '0.50 1.00 1.50 1/234 5678') +
        section('id', 'uid=1000(deploy) gid=1000(deploy) groups=1000(deploy),27(sudo)') +
        section('programs', 'dnf', 'yum', 'systemctl', 'git'),
    );
    expect(systemInfo).toEqual({
      hostname: 'web-1',
      uptime: '10:00:00 up 3 days,  2:11,  1 user,  load average: 0.00, 0.01, 0.05',
      os_release: 'NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"',
      kernel: '6.1.0-18-amd64',
      cpu_info: 'AMD EPYC 7B13',
      memory: 'Total: 7.8Gi, Used: 3.9Gi, Free: 500Mi',
      disk: 'Size: 40G, Used: 12G, Avail: 26G, Use%: 32%',
    });
    expect(facts).toEqual({
      distribution: 'Debian GNU/Linux 12 (bookworm)',
      load: [0.5, 1, 1.5],
      memory_available_bytes: 4_171_991_040,
      user: 'deploy',
      uid: 1000,
      package_manager: 'dnf',
      programs: ['systemctl', 'git'],
    });
  });

  it('cannot be forged by what a file on the host holds', () => {
    const output = section('os_release', `${sectionMark} kernel`, '|evil', '') + section('kernel', '6.1');
    expect(parseFacts(output).systemInfo['kernel']).toBe('6.1');
  });

  it('is N/A where a probe gave nothing', () => {
    const { systemInfo, facts, answered } = parseFacts(seedKeys.map((name) => section(name)).join(''));
    expect(answered).toBe(true);
    expect(Object.values(systemInfo)).toEqual(seedKeys.map(() => 'N/A'));
    expect(facts).toEqual({});
  });
});

describe('get_system_info', () => {
  it('answers in one round trip', async () => {
    await using bench = aBench();
    const { json, isError } = await bench.call(getSystemInfo, { server: 'web-1' });
    expect(isError).toBeUndefined();
    expect(json).toMatchObject({
      success: true,
      server: 'web-1',
      system_info: { hostname: hostname() },
      facts: { arch: expect.any(String) },
    });
  });

  it('says so when the host has no POSIX shell', async () => {
    await using bench = aBench({
      hosts: localHosts({ gatherFacts: async () => "'sh' is not recognized as a command" }),
    });
    const { json, isError } = await bench.call(getSystemInfo, { server: 'win-1' });
    expect([json['success'], isError, json['error']]).toEqual([false, true, expect.stringContaining('no POSIX shell')]);
  });

  const askedHow = () => {
    let asked = 0;
    const gatherFacts = async () => {
      asked += 1;
      return section('hostname', `answer ${asked}`);
    };
    const bench = aBench({ hosts: localHosts({ gatherFacts }), inventory: [aHost()] });
    const call = async (input: object = {}) => {
      const { json } = await bench.call(getSystemInfo, { server: 'web-1', ...input });
      return { hostname: (json['system_info'] as { hostname: string }).hostname, age: json['age_s'] };
    };
    return { call, count: () => asked, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
  };

  it('tells what it knows for a minute, and how old that is', async () => {
    await using host = askedHow();
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    try {
      expect(await host.call()).toEqual({ hostname: 'answer 1', age: 0 });
      vi.advanceTimersByTime(59_000);
      expect(await host.call()).toEqual({ hostname: 'answer 1', age: 59 });
      vi.advanceTimersByTime(2_000);
      expect(await host.call()).toEqual({ hostname: 'answer 2', age: 0 });
      expect(await host.call({ max_age: 0 })).toEqual({ hostname: 'answer 3', age: 0 });
      vi.advanceTimersByTime(3_000_000);
      expect(await host.call({ max_age: 3_600 })).toEqual({ hostname: 'answer 3', age: 3_000 });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what is known of a host', () => {
  const changed: readonly (readonly [what: string, more: Partial<Host>, again: boolean])[] = [
    ['address', { address: '10.0.0.9' }, true],
    ['account', { user: 'other' }, true],
    ['port', { port: 23 }, true],
    ['description', { description: 'the same machine' }, false],
  ];
  it.each(changed)('with another %s', async (_what, more, again) => {
    let host = aHost();
    const cache = new FactsCache({ ...anInventory([]), find: async () => host });
    let asked = 0;
    const gather = async () => {
      asked += 1;
      return section('hostname', 'x');
    };
    await cache.card(host.id, 60_000, gather);
    host = { ...host, ...more };
    await cache.card(host.id, 60_000, gather);
    expect(asked).toBe(again ? 2 : 1);
  });

  it('is forgotten with the host, and not kept where it said nothing', async () => {
    const host = aHost();
    const cache = new FactsCache(anInventory([host]));
    const answers = [section('hostname', 'a'), 'no shell', section('hostname', 'c')];
    const ask = async () =>
      (await cache.card(host.id, 60_000, async () => answers.shift() ?? '')).facts.systemInfo['hostname'];
    expect([await ask(), await ask()]).toEqual(['a', 'a']);
    cache.forget(new Set([host.id]));
    expect([await ask(), await ask(), await ask()]).toEqual(['N/A', 'c', 'c']);
  });
});
