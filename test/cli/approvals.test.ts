import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, timeLimit } from '../../src/approvals/boot-clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { openApprovalStore } from '../../src/storage/approval-store.ts';
import { anApproval } from '../fixtures/approvals.ts';
import type { GatewayError } from '../../src/base/errors.ts';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const code = /To confirm, type (\w{6}): /;

let sshd: Sshd;
let gateway: TestGateway;
let place: SallyportPlace;
beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd, { tokens: { [fullToken]: { ...fullRights, profile: 'standard' } } });
  place = new SallyportPlace();
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const run = (command: string) => gateway.call('execute_command', { server: 'web-1', command });
const asked = async (command: string): Promise<string> => {
  const error = (await run(command).catch((refused: unknown) => refused)) as GatewayError;
  expect(error).toMatchObject({ code: 'approval_required' });
  return String(error.details['approval_id']);
};
const sallyport = (...args: readonly string[]) => place.run(args, { cwd: gateway.directory });
const atTerminal = (args: readonly string[], answer: (shown: string) => string) =>
  place.atTerminal(args, [[code, ([, shown = '']) => `${answer(shown)}\r`]], { cwd: gateway.directory });

describe('sallyport approvals', { timeout: 60_000 }, () => {
  it('lists and shows what waits, and has it run once somebody types the code at the terminal', async () => {
    const tree = join(gateway.directory, 'tree');
    mkdirSync(tree);
    const id = await asked(`rm -rf ${tree}; echo d\u0430ta`);
    const { stdout } = await sallyport('approvals', 'list', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ approvals: [{ approval_id: id, state: 'pending', asked_by: 'full' }] });
    const shown = await sallyport('approvals', 'show', id);
    expect(shown.stdout).toContain(`    | rm -rf ${tree}; echo d<U+0430 \u0430>ta\n`);
    expect(shown.stdout).toContain('rule      builtin:destructive');
    const typed = await atTerminal(['approvals', 'approve', '--reason', 'it is old'], (shownCode) => shownCode);
    expect(typed).toMatchObject({ status: 0, shown: expect.stringContaining(`starts    "rm" "-rf" "${tree}"`) });
    expect(typed.shown).toContain(`✓ ${id} approved`);
    expect(existsSync(tree)).toBe(true);
    expect((await run(`rm -rf ${tree}; echo d\u0430ta`)).json).toMatchObject({ exit_code: 0 });
    expect(existsSync(tree)).toBe(false);
    const after = JSON.parse((await sallyport('approvals', 'list', '--all', '--json')).stdout) as object;
    expect(after).toMatchObject({
      approvals: [{ state: 'consumed', channel: 'terminal', decision_reason: 'it is old' }],
    });
  });

  it('decides nothing where another code is typed, or none', async () => {
    const id = await asked('rm -rf /tmp/sallyport-cli-a');
    for (const answer of ['abcdef', '', 'y', 'yes', '\u0004']) {
      const { status, shown } = await atTerminal(['approvals', 'approve', id], () => answer);
      expect({ status, shown }).toMatchObject({ status: 1, shown: expect.stringContaining('Nothing was decided') });
    }
    expect(await gateway.running.gateway.approvals.find(id)).toMatchObject({ state: 'pending' });
    expect(await atTerminal(['approvals', 'deny', id], (shownCode) => shownCode)).toMatchObject({ status: 0 });
    await expect(run('rm -rf /tmp/sallyport-cli-a')).rejects.toMatchObject({ code: 'approval_declined' });
  });

  it('asks nobody but a terminal: not standard input, and no option goes round it', async () => {
    const id = await asked('rm -rf /tmp/sallyport-cli-b');
    // As a program that an agent starts: without a controlling terminal.
    const { status, stderr } = await place.runApart(['approvals', 'approve', id], {
      cwd: gateway.directory,
      input: 'y\n'.repeat(10),
    });
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('at a terminal') });
    for (const flag of ['--yes', '--force', '--code=abcdef']) {
      expect(await sallyport('approvals', 'approve', id, flag)).toMatchObject({ status: 2 });
    }
    expect(await gateway.running.gateway.approvals.find(id)).toMatchObject({ state: 'pending' });
  });

  it('finds those of sallyport stdio where there is no gateway for a team, and anywhere when told so', async () => {
    await using alone = new SallyportPlace();
    const state = join(alone.home, '.local', 'state', 'sallyport', 'state.db');
    const location = { kind: 'sqlite', path: state, durability: 'normal', busyTimeoutMs: 50 } as const;
    const store = await openApprovalStore(location, silentLog);
    const approval = anApproval({ limit: timeLimit(systemClock, 60_000) });
    await store.open(approval, { maxPending: 1 });
    await store.close();
    const listed = async (...more: readonly string[]): Promise<unknown> =>
      JSON.parse((await alone.run(['approvals', 'list', '--json', ...more])).stdout);
    const found = { approvals: [{ approval_id: approval.id }] };
    expect(await listed()).toMatchObject(found);
    mkdirSync(alone.path('data'), { mode: 0o700 });
    expect(await listed()).toEqual({ approvals: [] });
    expect(await listed('--personal')).toMatchObject(found);
  });
});
