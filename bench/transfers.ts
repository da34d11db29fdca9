import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startSshd, type Sshd } from '../test/fixtures/sshd.ts';
import { median, type Row, type Section } from './figures.ts';
import { serveGateway, type Gateway } from './gateway.ts';

const execute = promisify(execFile);
const megabytes = 256;
const smallFiles = 2000;
const rounds = 3;

/** What `transfer_file` moves, with hashes on both sides, the rename and the audit, against OpenSSH's `scp`, which checks nothing. */
export const transfers: Section = {
  name: 'transfers',
  about: `transfer_file of ${megabytes} MB and of ${smallFiles} small files, verified, against scp; ${rounds} rounds in turns`,
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
    try {
      await using sshd = await startSshd({ ports: 2 });
      await using gateway = await serveGateway(sshd);
      return await measure({ folder, sshd, gateway });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

interface Bench {
  readonly folder: string;
  readonly sshd: Sshd;
  readonly gateway: Gateway;
}

async function measure({ folder, sshd, gateway }: Bench): Promise<readonly Row[]> {
  const at = (name: string): string => join(folder, name);
  writeFileSync(at('large'), Buffer.alloc(megabytes * 1024 * 1024, 'sallyport '));
  mkdirSync(at('small'));
  for (let n = 0; n < smallFiles; n += 1) writeFileSync(at(`small/${n}`), `file ${n} `.repeat(100));
  const [one, other] = gateway.servers;
  const transfer = async (input: object): Promise<void> => {
    const answer = await gateway.call('transfer_file', { ...input, overwrite: 'always', timeout: 600 });
    if (answer['success'] !== true) throw new Error(JSON.stringify(answer));
  };
  const fresh = (name: string): string => {
    rmSync(at(name), { recursive: true, force: true });
    return at(name);
  };
  const large = { from_server: one, from_path: at('large') };
  const small = { from_server: one, from_path: at('small') };
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    'host to gateway': () => transfer({ ...large, to_path: 'large' }),
    'scp from the host': () => scp(sshd, `${sshd.user}@${sshd.address}:${at('large')}`, fresh('scp-from')),
    'gateway to host': () => transfer({ from_path: 'large', to_server: one, to_path: fresh('large-back') }),
    'scp to the host': () => scp(sshd, at('large'), `${sshd.user}@${sshd.address}:${fresh('scp-to')}`),
    'host to host': () => transfer({ ...large, to_server: other, to_path: fresh('large-other') }),
    'small files, host to gateway': () => transfer({ ...small, to_path: 'small' }),
    'small files, scp -r from the host': () =>
      scp(sshd, `${sshd.user}@${sshd.address}:${at('small')}`, fresh('scp-small')),
    'small files, gateway to host': () =>
      transfer({ from_path: 'small', to_server: one, to_path: fresh('small-back') }),
    'small files, host to host': () => transfer({ ...small, to_server: other, to_path: fresh('small-other') }),
  };
  const times = new Map<string, number[]>(Object.keys(ways).map((way) => [way, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [way, go] of Object.entries(ways)) {
      const before = performance.now();
      await go();
      if (round >= 0) times.get(way)?.push(performance.now() - before);
    }
  }
  const isSmall = (way: string): boolean => way.startsWith('small');
  return Object.keys(ways).map((way): Row => {
    const ms = median(times.get(way) ?? []);
    return isSmall(way)
      ? { what: way, measured: (smallFiles / ms) * 1000, unit: '/s' }
      : { what: `${way}, ${megabytes} MB`, measured: (megabytes / ms) * 1000, unit: 'MB/s' };
  });
}

async function scp(sshd: Sshd, from: string, to: string): Promise<void> {
  const known = ['-o', `UserKnownHostsFile=${sshd.knownHostsPath}`, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'];
  await execute('scp', ['-F', 'none', '-q', '-r', ...known, '-P', String(sshd.port), '-i', sshd.keyPath, from, to]);
}
