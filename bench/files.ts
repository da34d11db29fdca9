import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, open as openFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openToRead } from '../src/ssh/files/read-file.ts';
import { Sftp } from '../src/ssh/files/sftp.ts';
import { overwriteFile } from '../src/ssh/files/write-file.ts';
import { aPool } from '../test/fixtures/pool.ts';
import { startSshd, type Sshd } from '../test/fixtures/sshd.ts';
import { median, type Row, type Section } from './figures.ts';

const execute = promisify(execFile);
const megabytes = 256;
const smallFiles = 2000;

/**
 * One large file each way and many small ones, against OpenSSH's `sftp`. What is written to the host is on its disk at
 * the end (`put -f`); ours includes the atomic rename.
 */
export const files: Section = {
  name: 'files',
  about: `${megabytes} MB both ways and ${smallFiles} small files, against the sftp client; 5 rounds in turns, its login not counted`,
  run: async () => {
    const local = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
    try {
      return await compare(local);
    } finally {
      await rm(local, { recursive: true });
    }
  },
};

async function compare(local: string): Promise<readonly Row[]> {
  await using sshd = await startSshd();
  await using pool = aPool();
  using lease = await pool.lease(sshd.host(), { caller: 'bench', signal: new AbortController().signal });
  const open = async (): Promise<Sftp> =>
    new Sftp(await lease.connection.sftp(), { signal: new AbortController().signal, stallMs: 30_000 });
  const at = (name: string): string => join(local, name);
  await writeFile(at('large'), Buffer.alloc(megabytes * 1024 * 1024, 'sallyport '));

  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    'sftp login': () => sftp(sshd, ['pwd']),
    'ours reads': async () => {
      using mine = await open();
      await using file = await openToRead(mine, at('large'));
      await using out = await openFile(at('read-by-us'), 'w');
      let written: Promise<unknown> = Promise.resolve();
      let gathered: Buffer[] = [];
      for await (const chunk of file.chunks({ offset: 0, length: file.sizeBytes })) {
        gathered.push(chunk);
        if (gathered.length < 8) continue;
        await written;
        written = out.writev(gathered);
        gathered = [];
      }
      await written;
      await out.writev(gathered);
    },
    'sftp reads': () => sftp(sshd, [`get ${at('large')} ${at('read-by-sftp')}`]),
    'ours writes': async () => {
      using mine = await open();
      await overwriteFile(mine, at('written-by-us'), () =>
        createReadStream(at('large'), { highWaterMark: 1024 * 1024 }),
      );
    },
    'sftp writes': () => sftp(sshd, [`put -f ${at('large')} ${at('written-by-sftp')}`]),
  };
  const times = new Map<string, number[]>(Object.keys(ways).map((way) => [way, []]));
  for (let round = -1; round < 5; round += 1) {
    for (const [way, go] of Object.entries(ways)) {
      // What the one before has left to be written is not this one's.
      await execute('sync');
      const before = performance.now();
      await go();
      if (round >= 0) times.get(way)?.push(performance.now() - before);
    }
  }
  const took = (way: string): number => median(times.get(way) ?? []);
  const login = took('sftp login');
  const rate = (ms: number): number => (megabytes / ms) * 1000;
  const rates = {
    'ours reads': rate(took('ours reads')),
    'sftp reads': rate(took('sftp reads') - login),
    'ours writes': rate(took('ours writes')),
    'sftp writes': rate(took('sftp writes') - login),
  };
  return [
    ...Object.entries(rates).map(([what, measured]): Row => ({ what, measured, unit: 'MB/s' })),
    {
      what: 'read, ours / sftp',
      measured: rates['ours reads'] / rates['sftp reads'],
      unit: 'x',
      target: { atLeast: 1 },
    },
    {
      what: 'write, ours / sftp',
      measured: rates['ours writes'] / rates['sftp writes'],
      unit: 'x',
      target: { atLeast: 1 },
    },
    { what: `${smallFiles} small files, 64 reads at once`, measured: await smallReads(local, open), unit: '/s' },
  ];
}

async function smallReads(local: string, open: () => Promise<Sftp>): Promise<number> {
  const names = Array.from({ length: smallFiles }, (_, n) => join(local, `small-${n}`));
  for (const name of names) await writeFile(name, name.repeat(20));
  using mine = await open();
  const before = performance.now();
  const waiting = [...names];
  const reader = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      await using file = await openToRead(mine, name);
      for await (const _chunk of file.chunks({ offset: 0, length: file.sizeBytes }));
    }
  };
  await Promise.all(Array.from({ length: 64 }, reader));
  return (smallFiles / (performance.now() - before)) * 1000;
}

async function sftp(sshd: Sshd, commands: readonly string[]): Promise<void> {
  const known = ['-o', `UserKnownHostsFile=${sshd.knownHostsPath}`, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'];
  const where = ['-P', String(sshd.port), '-i', sshd.keyPath, `${sshd.user}@${sshd.address}`];
  const child = execute('sftp', ['-F', 'none', '-q', ...known, '-b', '-', ...where]);
  child.child.stdin?.end(`${commands.join('\n')}\n`);
  await child;
}
