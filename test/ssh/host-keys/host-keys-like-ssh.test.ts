import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeHostKey } from '../../../src/ssh/host-keys/host-keys.ts';
import { blobOf, ed25519Line } from '../../fixtures/public-keys.ts';
import { startSshd, type Sshd } from '../../fixtures/sshd.ts';

const ed = ed25519Line();

describe('ssh itself, connecting to a real server', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  it.each<{
    what: string;
    lines: (key: string, port: number) => readonly string[];
    alias?: string;
    hashed?: true;
    verdict: string;
  }>([
    { what: 'the key of the port', lines: (key, port) => [`[127.0.0.1]:${port} ${key}`], verdict: 'trusted' },
    { what: 'the key of the plain address', lines: (key) => [`127.0.0.1 ${key}`], verdict: 'trusted' },
    { what: 'a wildcard for the plain address', lines: (key) => [`127.* ${key}`], verdict: 'trusted' },
    { what: 'another key of the plain address', lines: () => [`127.0.0.1 ${ed}`], verdict: 'unknown' },
    {
      what: 'another key of the port',
      lines: (key, port) => [`[127.0.0.1]:${port} ${ed}`, `127.0.0.1 ${key}`],
      verdict: 'mismatch',
    },
    { what: 'a negation', lines: (key) => [`127.*,!127.0.0.1 ${key}`], verdict: 'unknown' },
    {
      what: 'a revoked key',
      lines: (key, port) => [`[127.0.0.1]:${port} ${key}`, `@revoked [127.*]:* ${key}`],
      verdict: 'revoked',
    },
    { what: 'an authority', lines: (key) => [`@cert-authority * ${key}`], verdict: 'authority_only' },
    { what: 'an alias in capitals', lines: (key) => [`web ${key}`], alias: 'WEB', verdict: 'trusted' },
    {
      what: 'an alias in capitals, hashed',
      lines: (key) => [`web ${key}`],
      alias: 'WEB',
      hashed: true,
      verdict: 'trusted',
    },
    {
      what: 'an alias with the port',
      lines: (key, port) => [`[web]:${port} ${key}`],
      alias: 'web',
      verdict: 'unknown',
    },
    { what: 'the hashed address', lines: (key) => [`127.0.0.1 ${key}`], hashed: true, verdict: 'trusted' },
    { what: 'nothing', lines: () => [], verdict: 'unknown' },
  ])('agrees that $what makes it $verdict', ({ lines, alias, hashed, verdict }) => {
    const key = sshd.hostKeys[0]?.publicLine ?? '';
    const path = join(sshd.directory, 'known_hosts_of_test');
    writeFileSync(
      path,
      lines(key, sshd.port)
        .map((line) => `${line}\n`)
        .join(''),
    );
    if (hashed) execFileSync('ssh-keygen', ['-H', '-f', path], { stdio: 'ignore' });
    const host = sshd.host({ knownHostsFiles: [path], hostKeyAlias: alias });
    const options = [
      'BatchMode=yes',
      'StrictHostKeyChecking=yes',
      'IdentitiesOnly=yes',
      `UserKnownHostsFile=${path}`,
      'GlobalKnownHostsFile=/dev/null',
      ...(alias === undefined ? [] : [`HostKeyAlias=${alias}`]),
    ].flatMap((option) => ['-o', option]);
    const target = ['-i', sshd.keyPath, '-p', String(sshd.port), `${sshd.user}@127.0.0.1`, 'true'];
    const { status } = spawnSync('ssh', ['-F', 'none', ...options, ...target], { stdio: 'ignore', timeout: 10_000 });
    expect(judgeHostKey(host, blobOf(key)).kind).toBe(verdict);
    expect(status === 0).toBe(verdict === 'trusted');
  });
});
