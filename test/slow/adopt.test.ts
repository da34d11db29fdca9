import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import type { ConnectionPool } from '../../src/ssh/pool/pool.ts';
import { readJob } from '../../src/ssh/jobs/read-job.ts';
import { runOrKeep, type KeptRun } from '../../src/ssh/jobs/run-or-keep.ts';
import { runMarkOf } from '../../src/ssh/runs/run-mark.ts';
import { processesMentioning, signalAll, type RunningProcess } from '../fixtures/lingering.ts';
import { isRoot } from '../fixtures/machine.ts';
import { aPool } from '../fixtures/pool.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const signal = new AbortController().signal;

/** Starts it, hands it over after so long, and waits for its end: all that it wrote, in the order it came. */
async function keep(
  pool: ConnectionPool,
  host: Host,
  command: string,
  { waitMs = 400, whenKept }: { readonly waitMs?: number; readonly whenKept?: () => void } = {},
) {
  const received = { stdout: '', stderr: '' };
  let mark = '';
  let kept: KeptRun | undefined;
  const output = {
    stdout: (chunk: Buffer) => void (received.stdout += chunk.toString('latin1')),
    stderr: (chunk: Buffer) => void (received.stderr += chunk.toString('latin1')),
  };
  const begin = async (value: string) => void (mark = value);
  const space = { retentionMs: 86_400_000, maxOutputBytes: 1e9, maxTotalBytes: 1e10 };
  const request = { command, timeoutMs: 60_000, waitMs, space, output, signal, begin };
  const run = await pool.use(host, { caller: 'a', signal }, ({ connection }) =>
    runOrKeep(connection, request, (told) => {
      kept = told;
      if (whenKept) setTimeout(whenKept, 300);
    }),
  );
  if (run || !kept) return { run, kept, received, report: undefined, stdout: '', stderr: '' };
  const part = { offset: 0, maxBytes: 16_000_000 };
  for (;;) {
    const report = await pool.use(host, { caller: 'a', signal }, ({ connection }) =>
      readJob(connection, runMarkOf(mark), { stdout: part, stderr: part }, signal),
    );
    if (report.state.kind === 'running') continue;
    const stdout = received.stdout + report.stdout.data.toString('latin1');
    const stderr = received.stderr + report.stderr.data.toString('latin1');
    return { run, kept, received, report, stdout, stderr };
  }
}

describe.each([{ login: 'current' as const }, ...(isRoot ? [{ login: 'ordinary' as const, shell: '/bin/dash' }] : [])])(
  'a run on OpenSSH that is handed over, as $login user',
  (options) => {
    let sshd: Sshd;
    let pool: ConnectionPool;
    beforeAll(async () => {
      sshd = await startSshd(options);
      pool = aPool();
    });
    afterAll(async () => {
      await pool[Symbol.asyncDispose]();
      await sshd[Symbol.asyncDispose]();
    });

    it('keeps its exit code and what it writes after', async () => {
      const ended = await keep(pool, sshd.host(), 'echo one; sleep 1; echo two; echo oops >&2; exit 3');
      expect(ended).toMatchObject({ kept: { kept: 'on_host' }, stdout: 'one\ntwo\n', stderr: 'oops\n' });
      expect(ended.report?.state).toEqual({ kind: 'ended', status: 3 });
    });

    it('loses and repeats no byte of two streams without a pause', async () => {
      const stop = join(sshd.directory, `stop-${options.login}`);
      const command = `i=0; while [ ! -e ${stop} ]; do i=$((i+1)); echo "out $i"; echo "err $i" >&2; done; /bin/true`;
      const ended = await keep(pool, sshd.host(), command, { waitMs: 50, whenKept: () => writeFileSync(stop, '') });
      expect(ended.kept?.kept).toBe('on_host');
      const count = ended.stdout.split('\n').length - 1;
      const lines = (name: string) => Array.from({ length: count }, (_, i) => `${name} ${i + 1}\n`).join('');
      expect(count).toBeGreaterThan(1_000);
      expect(ended.received.stdout.length).toBeGreaterThan(0);
      expect(ended.received.stdout.length).toBeLessThan(ended.stdout.length);
      expect(ended.stdout === lines('out')).toBe(true);
      expect(ended.stderr === lines('err')).toBe(true);
    }, 60_000);

    it.each([0, 20, 60])('runs on where whoever takes it over is ended %i ms after it has begun', async (afterMs) => {
      const kills = watchFor(async () => {
        const takers = takersOn(sshd);
        if (takers.length > 0) await sleep(afterMs);
        signalAll(takers, 'SIGKILL');
        return takers.length > 0;
      });
      const ended = await keep(pool, sshd.host(), fortyLines, { waitMs: 300 });
      expect(await kills.stop()).toBe(true);
      expectWhole(ended);
    });

    it('stays with us where the host does not say that it has taken it', async () => {
      const stops = watchFor(async () => {
        const isBegun = scriptsOn(sshd).some(({ pid }) => !isPipe(pid, 1));
        if (isBegun) signalAll(answerersOn(sshd), 'SIGSTOP');
        return isBegun;
      });
      const ended = await keep(pool, sshd.host(), fortyLines, { waitMs: 300 });
      expect(await stops.stop()).toBe(true);
      signalAll(answerersOn(sshd), 'SIGKILL');
      expect(ended.run).toBeDefined();
      expectWhole(ended);
    }, 40_000);
  },
);

const fortyLines = 'i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo "line $i"; sleep 0.05; done; exit 3';

function expectWhole(ended: Awaited<ReturnType<typeof keep>>): void {
  const all = ended.run ? ended.received.stdout : ended.stdout;
  expect(all).toBe(Array.from({ length: 40 }, (_, i) => `line ${i + 1}\n`).join(''));
  expect(ended.run ? ended.run.exit : ended.report?.state).toMatchObject({ status: 3 });
}

/** The processes on the host that have stopped a run and hold its outputs, to take it over. */
function takersOn(sshd: Sshd): readonly RunningProcess[] {
  return scriptsOn(sshd).filter(({ pid }) => [3, 4].every((fd) => isPipe(pid, fd)));
}

/** Those that answer us while others, which they started, do it. */
function answerersOn(sshd: Sshd): readonly RunningProcess[] {
  const scripts = scriptsOn(sshd);
  return scripts.filter(({ parent }) => !scripts.some(({ pid }) => pid === parent));
}

function scriptsOn(sshd: Sshd): readonly RunningProcess[] {
  return processesMentioning(sshd.mark).filter(({ commandLine }) => commandLine.includes('stand_by()'));
}

function isPipe(pid: number, fd: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('pipe:');
  } catch {
    // It has ended, or has nothing open there.
    return false;
  }
}

/** Tries again and again until it has succeeded; `stop` says whether it has. */
function watchFor(attempt: () => Promise<boolean>): { readonly stop: () => Promise<boolean> } {
  let done = false;
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted && !done) {
      done = await attempt();
      await sleep(3);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await watching;
      return done;
    },
  };
}
