import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Sftp } from '../../src/ssh/files/sftp.ts';
import { overwriteFile, type OverwriteOptions } from '../../src/ssh/files/write-file.ts';
import type { ConnectionPool } from '../../src/ssh/pool/pool.ts';
import { aPool } from '../fixtures/pool.ts';
import { Random } from '../fixtures/random.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { startTcpProxy } from '../fixtures/tcp-proxy.ts';

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
/** What a write of ours needs on the way back, from the first question to the last answer; the login is before that. */
const leastAnswers = 200;
const mostAnswers = 14_000;
const cuts = 200;
const mostRounds = 150;
const filesAtOnce = 5;

let sshd: Sshd;
let directory: string;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd[Symbol.asyncDispose]());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sallyport-cut-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const at = (name: string) => join(directory, name);

async function overwrite(
  pool: ConnectionPool,
  path: string,
  { data, host = sshd.host(), ...options }: OverwriteOptions & { data: Buffer; host?: ReturnType<Sshd['host']> },
) {
  const { signal } = new AbortController();
  using lease = await pool.lease(host, { caller: 'somebody', signal });
  using sftp = new Sftp(await lease.connection.sftp(), { signal, stallMs: 10_000 });
  return await overwriteFile(sftp, path, () => [data], options);
}

describe('a connection that is cut 200 times in the middle of a write', () => {
  it('leaves the old file or the new one, whole, and never takes a write for done that is not', async () => {
    const random = new Random(20261121);
    const old = Buffer.alloc(3_000, 'old line\n');
    const outcomes = new Map<string, number>();
    const cutSoFar = (): number => (outcomes.get('cut, old') ?? 0) + (outcomes.get('cut, new') ?? 0);
    for (let round = 0; round < mostRounds && cutSoFar() < cuts; round += 1) {
      await using proxy = await startTcpProxy(sshd.port);
      const host = sshd.host({ port: proxy.port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` });
      await using pool = aPool();
      const { signal } = new AbortController();
      (await pool.lease(host, { caller: 'somebody', signal }))[Symbol.dispose]();
      const cutAfter = proxy.delivered + leastAnswers + Math.floor(Math.sqrt(random.next()) * mostAnswers);
      proxy.cutAt(cutAfter);
      const writing = Array.from({ length: filesAtOnce }, async (_, n) => {
        const path = at(`${n}`);
        writeFileSync(path, old);
        const data = Buffer.alloc(50_000 + Math.floor(random.next() * 400_000), `round ${round} of file ${n}\n`);
        // Every other one as an edit does it: only if the file is what was read.
        const replacing = n % 2 === 0 ? undefined : sha256(old);
        const written = await overwrite(pool, path, { data, host, replacing }).catch((error: unknown) => error);
        const is = sha256(readFileSync(path));
        const allowed = written instanceof Error ? [sha256(old), sha256(data)] : [sha256(data)];
        expect(allowed).toContain(is);
        const outcome = `${written instanceof Error ? 'cut' : 'done'}, ${is === sha256(old) ? 'old' : 'new'}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      });
      await Promise.all(writing);
    }
    expect(cutSoFar()).toBeGreaterThanOrEqual(cuts);
    expect(outcomes.size).toBeGreaterThan(1);
  });
});

describe('what a write that was cut off has left', () => {
  const left = '.a.sallyport-0123456789ab.tmp';
  const anHourAgo = Date.now() / 1000 - 3600;

  it('is removed by the next write beside it', async () => {
    writeFileSync(at('a'), 'old');
    writeFileSync(at(left), 'half of it');
    utimesSync(at(left), anHourAgo, anHourAgo);
    await using pool = aPool();
    await overwrite(pool, at('a'), { data: Buffer.from('new') });
    expect(readdirSync(directory)).toEqual(['a']);
  });

  it.each([
    { what: 'one that changed a moment ago, for another call may be writing it', name: left, old: false },
    { what: 'a file with a name like it', name: '.a.sallyport-0123456789ab.tmp2', old: true },
    { what: 'a file with a name without a dot', name: 'a.sallyport-0123456789ab.tmp', old: true },
    { what: 'the temporary file of another program', name: '.a.0123456789ab.tmp', old: true },
  ])('is not $what', async ({ name, old }) => {
    writeFileSync(at('a'), 'old');
    writeFileSync(at(name), 'somebody else’s');
    if (old) utimesSync(at(name), anHourAgo, anHourAgo);
    await using pool = aPool();
    await overwrite(pool, at('a'), { data: Buffer.from('new') });
    await sleep(20);
    expect(statSync(at(name)).size).toBeGreaterThan(0);
  });
});
