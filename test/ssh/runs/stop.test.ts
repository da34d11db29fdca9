import { realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDropbear } from '../../fixtures/dropbear.ts';
import { processesMentioning, signalAll } from '../../fixtures/lingering.ts';
import { needsRoot } from '../../fixtures/machine.ts';
import { aPool, runOn } from '../../fixtures/pool.ts';
import { findShell } from '../../fixtures/shells.ts';
import { startSshd } from '../../fixtures/sshd.ts';
import { temporaryFolder } from '../../fixtures/temporary-folder.ts';

/** Everything at once that is hard to end: signals ignored, daemons, and what forks while it is being killed. */
const stubborn = (name: number, forking = 'f() { sleep 0.02; f & }; f;'): string =>
  `sh -c 'trap "" TERM HUP INT; setsid sleep ${name}1 & (setsid sh -c "sleep ${name}2 & wait" &); ` +
  `${forking} setsid sh -c "sleep ${name}3 & exec sleep ${name}4" & sleep ${name}5 & wait'`;

const leftOf = (mark: string) =>
  processesMentioning(mark).filter(({ commandLine }) => /^sleep|f\(\)/.test(commandLine));

/** A path that is the shell: busybox is told what to be by its name. */
const folder = temporaryFolder();
const shells = [['bash'], ['dash'], ['busybox', 'ash'], ['zsh'], ['fish']].map((words, index) => {
  const { program, skip } = findShell(words);
  const link = join(folder.path, words.at(-1) ?? '');
  symlinkSync(program, link);
  return { name: words.join(' '), shell: link, program, skip, number: 81 + index };
});
beforeAll(() => chmod(folder.path, 0o755));
afterAll(() => folder[Symbol.dispose]());

describe.concurrent('a run that ignores signals, makes daemons and forks without end', { timeout: 60_000 }, () => {
  for (const { name, shell, program, skip, number } of shells) {
    const title = `is ended at its timeout, seen to be gone, on OpenSSH with the login shell ${name}`;
    it(...needsRoot(title), async ({ expect: check }) => {
      await using sshd = await startSshd({ login: 'ordinary', shell });
      await using pool = aPool();
      const ran = await runOn(pool, sshd.host(), stubborn(number), { timeoutMs: 600 });
      check(ran).toMatchObject({ exit: { kind: 'timed_out' }, stopped: { state: 'confirmed', pids: [] } });
      check(leftOf(sshd.mark)).toEqual([]);
    });

    // Dropbear takes only shells of /etc/shells.
    if (name.startsWith('busybox')) continue;
    it.skipIf(skip)(
      `is ended at its timeout, seen to be gone, on Dropbear with the login shell ${name}`,
      async ({ expect: check }) => {
        await using dropbear = await startDropbear({ shell: realpathSync(program) });
        await using pool = aPool();
        const ran = await runOn(pool, dropbear.host(), stubborn(number + 10, ''), { timeoutMs: 600 });
        check(ran).toMatchObject({ exit: { kind: 'timed_out' }, stopped: { state: 'confirmed', pids: [] } });
        check(leftOf(dropbear.mark)).toEqual([]);
      },
    );
  }
});

describe('a run that forks without end, where it is in no process session of its own', () => {
  it('is not said to be gone while it is not', async () => {
    await using dropbear = await startDropbear();
    await using pool = aPool();
    const { stopped } = await runOn(pool, dropbear.host(), stubborn(99), { timeoutMs: 600 });
    const isLeft = leftOf(dropbear.mark).length > 0;
    expect({ isLeft, isSaidToBeGone: stopped?.state === 'confirmed' }).not.toEqual({
      isLeft: true,
      isSaidToBeGone: true,
    });
  });
});

describe.concurrent('a host that has no other programs than those of busybox', { timeout: 60_000 }, () => {
  it.for([
    ['with a grep', ['grep'], 71],
    ['without a grep', [], 72],
  ] as const)(
    'has a run ended at its timeout, %s that sees beyond a NUL',
    async ([, more, number], { expect: check }) => {
      using programs = temporaryFolder();
      const { program } = findShell(['busybox']);
      for (const name of ['sh', 'sleep', 'setsid', 'kill', ...more]) symlinkSync(program, join(programs.path, name));
      await chmod(programs.path, 0o755);
      await using sshd = await startSshd({ config: ['PermitUserEnvironment yes'] });
      writeFileSync(join(sshd.directory, 'authorized_keys'), `environment="PATH=${programs.path}" ${sshd.publicKey}\n`);
      await using pool = aPool();
      const ran = await runOn(pool, sshd.host(), stubborn(number), { timeoutMs: 600 });
      check(ran).toMatchObject({ exit: { kind: 'timed_out' }, stopped: { state: 'confirmed', pids: [] } });
      check(leftOf(sshd.mark)).toEqual([]);
    },
  );
});

describe.concurrent('what a run started by sudo', { timeout: 60_000 }, () => {
  // Its environment says nothing of us: it is known by how long it sleeps.
  const seconds = (name: number): string => `${process.pid}${name}`;
  afterAll(() => signalAll(processesMentioning(`sleep ${process.pid}85`), 'SIGKILL'));

  /** Two that sudo waits for, and one that it does not know. */
  const command = (name: number) =>
    `sudo -n sleep ${seconds(name)}1 & sudo -n sh -c 'setsid sleep ${seconds(name)}2 & sleep ${seconds(name)}3' & wait`;
  const pidsOf = (name: number): readonly number[] =>
    processesMentioning(`sleep ${seconds(name)}`).flatMap(({ pid, commandLine }) =>
      commandLine.startsWith('sleep') ? pid : [],
    );
  const aHost = (sudoCommands: string) => startSshd({ login: 'ordinary', shell: '/bin/sh', sudoCommands });

  it(
    ...needsRoot('is ended by sudo where the operator says that the account may use it'),
    async ({ expect: check }) => {
      await using sshd = await aHost('ALL');
      await using pool = aPool();
      const ran = await runOn(pool, sshd.host({ sudo: true }), command(851), { timeoutMs: 700 });
      check(ran).toMatchObject({ exit: { kind: 'timed_out' }, stopped: { state: 'confirmed', pids: [] } });
      check(pidsOf(851)).toEqual([]);
    },
  );

  it(...needsRoot('is ended by sudo also when the connection is lost'), async ({ expect: check }) => {
    await using sshd = await aHost('ALL');
    await using pool = aPool();
    const running = runOn(pool, sshd.host({ sudo: true }), command(852));
    await check.poll(() => pidsOf(852).length, { timeout: 15_000 }).toBe(3);
    sshd.dropConnections();
    await running;
    await check.poll(() => pidsOf(852), { timeout: 15_000 }).toEqual([]);
  });

  const running = [
    ['the operator has not said that the account may use sudo', { sudoCommands: 'ALL', sudo: false, name: 853 }],
    ['sudo does not let the account end it', { sudoCommands: '/usr/bin/sleep, /bin/sh', sudo: true, name: 854 }],
  ] as const;
  for (const [why, { sudoCommands, sudo, name }] of running) {
    it(...needsRoot(`is said to run on, with its processes, where ${why}`), async ({ expect: check }) => {
      await using sshd = await aHost(sudoCommands);
      await using pool = aPool();
      const { stopped } = await runOn(pool, sshd.host({ sudo }), command(name), { timeoutMs: 700 });
      const pids = pidsOf(name);
      signalAll(
        pids.map((pid) => ({ pid })),
        'SIGKILL',
      );
      // What sudo waits for is ended by sudo itself, which the account may signal.
      check(pids).toHaveLength(2);
      check(stopped).toEqual({ state: 'still_running', pids: check.arrayContaining([...pids]) });
    });
  }
});
