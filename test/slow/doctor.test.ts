import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { generateKey } from '../fixtures/ssh-keys.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';

let sshd: Sshd;
let strangersKey: string;
let lockedKey: string;
let openKey: string;
/** Logs in to where it is two hours later. */
let laterKey: string;
beforeAll(async () => {
  sshd = await startSshd({ config: ['PermitUserEnvironment yes'] });
  const at = (name: string): string => join(sshd.directory, name);
  strangersKey = (await generateKey(at('stranger'))).path;
  lockedKey = (await generateKey(at('locked'), 'ed25519', 'a passphrase')).path;
  openKey = at('open');
  copyFileSync(sshd.keyPath, openKey);
  chmodSync(openKey, 0o644);
  const later = await generateKey(at('later'));
  laterKey = later.path;
  mkdirSync(at('bin'));
  writeFileSync(at('bin/date'), '#!/bin/sh\necho $(($(/bin/date +%s) + 7200))\n', { mode: 0o755 });
  await sshd.authorize(`environment="PATH=${at('bin')}:/usr/bin:/bin" ${later.publicLine}`);
});
afterAll(() => sshd[Symbol.asyncDispose]());

function entry(more: object = {}): object {
  const known = sshd.hostKeys[0]?.publicLine;
  return { host: sshd.address, port: sshd.port, user: sshd.user, ssh_key_path: sshd.keyPath, host_key: known, ...more };
}

const servers = (more: object) => (place: SallyportPlace) =>
  place.write('config/servers.json', { servers: { a: entry(more) } });
const withTokens = (key: string, more: object) => (place: SallyportPlace) =>
  place.write('config/tokens.json', { tokens: { [key]: { name: 'ci', permissions: ['read'], ...more } } });

async function findingsOf(place: SallyportPlace, ...args: readonly string[]): Promise<readonly unknown[]> {
  const { stdout } = await runHere(place, ['doctor', '--json', ...args]);
  return (JSON.parse(stdout) as { findings: readonly unknown[] }).findings;
}

describe('doctor', { timeout: 60_000 }, () => {
  it.each<{ broken: string; breaks: (place: SallyportPlace) => void; finding: object }>([
    {
      broken: 'a host key that is another one',
      breaks: (place) =>
        servers({ host_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPEACVxbKaRLH1uouz/Ka/aXssAt7wSvrqmdGz2SSFm/' })(
          place,
        ),
      finding: { check: 'server a', level: 'error', fix: expect.stringMatching(/sallyport server trust a --replace$/) },
    },
    {
      broken: 'a key that the server does not take',
      breaks: (place) => servers({ ssh_key_path: strangersKey })(place),
      finding: { check: 'server a', level: 'error', fix: expect.stringMatching(/sallyport server add a --replace$/) },
    },
    {
      broken: 'a private key that others can read',
      breaks: (place) => servers({ ssh_key_path: openKey })(place),
      finding: { check: 'server a', level: 'error', fix: expect.stringMatching(/^chmod 600 .*\/open$/) },
    },
    {
      broken: 'a private key whose passphrase nobody knows',
      breaks: (place) => servers({ ssh_key_path: lockedKey })(place),
      finding: { check: 'server a', level: 'error', fix: expect.stringContaining('ssh_key_passphrase_env') },
    },
    {
      broken: 'a clock that is two hours off',
      breaks: (place) => servers({ ssh_key_path: laterKey })(place),
      finding: {
        check: 'server a',
        level: 'warning',
        message: expect.stringMatching(/7\d\d\d s apart/),
        fix: expect.stringContaining('timedatectl set-ntp true'),
      },
    },
    {
      broken: 'an entry without a user',
      breaks: (place) => servers({ user: undefined })(place),
      finding: { check: 'servers', level: 'error', fix: expect.stringMatching(/^mend this entry of .*servers\.json/) },
    },
    {
      broken: 'a token that is published',
      breaks: withTokens('tok_example_cursor_admin_abc123', {}),
      finding: { check: 'tokens', message: expect.stringContaining('published example') },
    },
    {
      broken: 'a list of tokens that is no JSON',
      breaks: (place) => place.write('config/tokens.json', '{"tokens": }'),
      finding: { check: 'tokens', level: 'error', message: expect.stringContaining('tokens.json:1:12') },
    },
    {
      broken: 'a token that others can read',
      breaks: (place) => {
        withTokens(token, {})(place);
        chmodSync(place.path('config/tokens.json'), 0o644);
      },
      finding: { check: 'permissions', level: 'warning', fix: expect.stringMatching(/^chmod 600 .*tokens\.json$/) },
    },
    {
      broken: 'a directory of logs that is a file',
      breaks: (place) => place.write('logs', 'x'),
      finding: { check: 'LOGS_DIR', level: 'error', fix: 'set LOGS_DIR to another' },
    },
  ])('names $broken and how it is mended', async ({ breaks, finding }) => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: { a: entry() } });
    breaks(place);
    expect(await findingsOf(place)).toContainEqual(expect.objectContaining(finding));
  });

  it('names a disk that is nearly full, and one that is full', async (context) => {
    await using place = new SallyportPlace();
    const data = place.path('data');
    mkdirSync(data);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100m,mode=700', 'tmpfs', data]).status === 0;
    // A container may not be let mount anything.
    if (!mounted) return context.skip();
    try {
      const fix = expect.stringContaining('make room');
      expect(await findingsOf(place, '--offline')).toContainEqual(
        expect.objectContaining({
          check: 'DATA_DIR',
          level: 'warning',
          message: expect.stringMatching(/^\d+ MB are free/),
          fix,
        }),
      );
      writeFileSync(join(data, 'ballast'), Buffer.alloc(60 * 1024 * 1024));
      expect(await findingsOf(place, '--offline')).toContainEqual(
        expect.objectContaining({ check: 'DATA_DIR', level: 'error', fix }),
      );
    } finally {
      spawnSync('umount', [data]);
    }
  });
});
