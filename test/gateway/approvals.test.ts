import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Approver } from '../../src/approvals/approval.ts';
import type { GatewayError } from '../../src/base/errors.ts';
import type { PrincipalId } from '../../src/identity/caller.ts';
import { aPerson } from '../fixtures/approvals.ts';
import { recordsIn, verifyFile } from '../fixtures/audit-file.ts';
import { aGateway, fullRights, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const asker = 'tok_2c3d4e5f60718293a4b5c6d7e8f90112';
const neighbour = 'tok_3d4e5f60718293a4b5c6d7e8f9011223';
const passing = 'tok_4e5f60718293a4b5c6d7e8f901122334';
const standard = { ...fullRights, profile: 'standard' };
const tokens = {
  [asker]: { ...standard, name: 'asker' },
  [neighbour]: { ...standard, name: 'neighbour' },
  [passing]: { ...standard, name: 'passing' },
};

let sshd: Sshd;
let gateway: TestGateway;
beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd, { tokens, servers: { 'web-2': serverEntry(sshd) } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

interface Asked {
  readonly command: string;
  readonly token?: string;
  readonly [argument: string]: unknown;
}

let made = 0;
/** A tree of its own, which the command removes: whether it ran can be seen. */
function aTree(): { readonly path: string; readonly command: string; readonly isGone: () => boolean } {
  made += 1;
  const path = join(gateway.directory, `tree-${made}`);
  mkdirSync(path);
  return { path, command: `rm -rf ${path}`, isGone: () => !existsSync(path) };
}

function run({ token = asker, ...input }: Asked) {
  return gateway.call('execute_command', { server: 'web-1', ...input }, { token });
}
const failure = (call: Promise<unknown>): Promise<GatewayError> =>
  call.then(
    () => expect.unreachable('it ran'),
    (error: GatewayError) => error,
  );
const asked = async (input: Asked): Promise<string> => {
  const error = await failure(run(input));
  expect(error).toMatchObject({ code: 'approval_required', ran: 'not_started' });
  return String(error.details['approval_id']);
};
const approvals = {
  pending: () => gateway.running.gateway.approvals.pending(),
  find: (id: string) => gateway.running.gateway.approvals.find(id),
};
const decide = (id: string, decision: 'approve' | 'decline', by: Approver = aPerson) =>
  gateway.running.gateway.approvals.decide(id, { by, decision, reason: 'because' });

describe('a call that policy asks about', () => {
  it('runs nothing, and shows a person all there is to know', async () => {
    const tree = aTree();
    const id = await asked({ command: tree.command });
    expect(tree.isGone()).toBe(false);
    const approval = await gateway.running.gateway.approvals.find(id);
    expect(approval).toMatchObject({
      state: 'pending',
      requester: { name: 'asker' },
      question: {
        tool: 'execute_command',
        hosts: [{ name: 'web-1', address: sshd.address, user: sshd.user }],
        steps: [{ does: 'run_command', hosts: ['web-1'], about: tree.command, programs: [['rm', '-rf', tree.path]] }],
        rule: 'builtin:destructive',
      },
    });
    expect(approval?.limit.until.getTime()).toBeCloseTo(Date.now() + 600_000, -5);
  });

  it('runs once when it is made again after a person approved it, with the id or without', async () => {
    for (const named of ['by id', 'without']) {
      const tree = aTree();
      const id = await asked({ command: tree.command });
      expect((await decide(id, 'approve')).kind).toBe('decided');
      expect(tree.isGone()).toBe(false);
      const again = named === 'by id' ? { approval_id: id } : {};
      expect((await run({ command: tree.command, ...again })).json).toMatchObject({ exit_code: 0 });
      expect(tree.isGone()).toBe(true);
      expect(await failure(run({ command: tree.command, approval_id: id }))).toMatchObject({ code: 'approval_used' });
      const anew = await asked({ command: tree.command });
      expect(anew).not.toBe(id);
    }
  });

  it('is the same question as long as that waits, and says so to nobody else', async () => {
    const tree = aTree();
    const id = await asked({ command: tree.command });
    expect(await asked({ command: tree.command, wait: 3 })).toBe(id);
    expect(await asked({ command: tree.command, approval_id: id })).toBe(id);
    expect(await asked({ command: tree.command, token: neighbour })).not.toBe(id);
  });

  it.each<[string, (command: string) => Asked]>([
    ['a command that differs by a blank', (command) => ({ command: command.replace('-rf ', '-rf  ') })],
    ['another command', (command) => ({ command: `${command}; true` })],
    ['another server', (command) => ({ command, server: 'web-2' })],
    ['another time limit', (command) => ({ command, timeout: 5 })],
    ['another caller', (command) => ({ command, token: neighbour })],
  ])('is not let through by the approval of another: %s', async (_, other) => {
    const tree = aTree();
    const id = await asked({ command: tree.command });
    await decide(id, 'approve');
    expect(await asked({ ...other(tree.command), approval_id: id })).not.toBe(id);
    expect(tree.isGone()).toBe(false);
  });

  it('is told that a person declined, and is not asked about again before that question would have ended', async () => {
    const tree = aTree();
    const id = await asked({ command: tree.command });
    expect((await decide(id, 'decline')).kind).toBe('decided');
    for (const again of [{ approval_id: id }, {}]) {
      expect(await failure(run({ command: tree.command, ...again }))).toMatchObject({
        code: 'approval_declined',
        details: { approval_id: id, reason: 'because' },
      });
    }
    expect(tree.isGone()).toBe(false);
    expect((await decide(id, 'approve')).kind).toBe('not_pending');
  });

  it('gives what was answered to it, and asks nobody, where its key was used before and it has ended', async () => {
    const tree = aTree();
    const keyed = { command: `${tree.command}; echo done`, idempotency_key: tree.path };
    const id = await asked(keyed);
    await decide(id, 'approve');
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => run(keyed)));
    const given = answers.map((one) => (one.status === 'fulfilled' ? one.value.json : one.reason));
    expect(given).toEqual(given.map(() => expect.objectContaining({ exit_code: 0, stdout: 'done\n' })));
    expect(given.filter((json) => json.repeated !== true)).toHaveLength(1);
    const waiting = (await approvals.pending()).length;
    expect((await run({ ...keyed, approval_id: id, wait: 3 })).json).toMatchObject({
      stdout: 'done\n',
      repeated: true,
    });
    mkdirSync(tree.path);
    expect(await failure(run({ ...keyed, timeout: 9 }))).toMatchObject({ code: 'conflict' });
    expect((await approvals.pending()).length).toBe(waiting);
    expect(await asked({ ...keyed, token: neighbour })).not.toBe(id);
    expect(tree.isGone()).toBe(false);
  });

  it('joins the same call of its key that runs, or is told that this is under way', async () => {
    const tree = aTree();
    const keyed = { command: `${tree.command}; sleep 1.5`, idempotency_key: tree.path };
    await decide(await asked(keyed), 'approve');
    const first = run(keyed);
    await vi.waitUntil(tree.isGone, { timeout: 10_000 });
    expect(await failure(run({ ...keyed, wait: 0 }))).toMatchObject({ code: 'busy', ran: 'may_have_run' });
    const second = await run(keyed);
    expect([(await first).json['repeated'], second.json['repeated']]).toEqual([undefined, true]);
  });

  it('is not asked at all where it is catastrophic', async () => {
    const before = (await approvals.pending()).length;
    expect(await failure(run({ command: 'rm -rf --no-preserve-root /' }))).toMatchObject({ code: 'denied_by_policy' });
    expect(await approvals.pending()).toHaveLength(before);
  });

  it('is one question for many servers', async () => {
    const tree = aTree();
    const input = { servers: ['web-1', 'web-2'], command: tree.command };
    const call = (more: object = {}) => gateway.call('execute_on_multiple', { ...input, ...more }, { token: asker });
    const { details } = await failure(call());
    const id = String(details['approval_id']);
    const question = (await approvals.find(id))?.question;
    expect(question?.hosts.map(({ name }) => name)).toEqual(['web-1', 'web-2']);
    expect(question?.steps).toMatchObject([{ hosts: ['web-1', 'web-2'], about: tree.command }]);
    await decide(id, 'approve');
    expect((await call()).json).toMatchObject({ success: true });
    expect(tree.isGone()).toBe(true);
  });

  it('shows no secret of ours, and nothing that is not seen', async () => {
    const secret = 'geheim-5f0c9a7e31b84d26';
    gateway.running.gateway.redactor.add({ reveal: () => secret } as never);
    const seen = await asked({ command: `rm -rf /tmp/${secret}` });
    const text = JSON.stringify(await approvals.find(seen));
    expect(text).not.toContain(secret);
    expect(text).toContain('/tmp/');
  });
});

describe('an approval', () => {
  it('lets one of fifty calls at once run', async () => {
    const counter = join(gateway.directory, 'counter');
    const command = `echo x >> ${counter}; rm -rf ${counter}.none`;
    const id = await asked({ command });
    await decide(id, 'approve');
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => run({ command, approval_id: id })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    expect(new Set(codes)).toEqual(new Set(['approval_used']));
    expect((await run({ command: `cat ${counter}` })).json).toMatchObject({ stdout: 'x\n' });
    expect(await verifyFile(join(gateway.config.dataDir, 'audit.db'))).toMatchObject({ ok: true });
  });

  it('is given by nobody with the credential that asked', async () => {
    const tree = aTree();
    const id = await asked({ command: tree.command });
    const requester = (await approvals.find(id))?.requester;
    if (requester === undefined) throw new Error('it is pending');
    expect((await decide(id, 'approve', { ...requester, channel: 'web' })).kind).toBe('own');
    expect(await asked({ command: tree.command })).toBe(id);
    const other = { principal: 'token:other' as PrincipalId, name: 'other', channel: 'web' } as const;
    expect((await decide(id, 'approve', other)).kind).toBe('decided');
  });

  it('is decided once, by whoever is first', async () => {
    const id = await asked({ command: aTree().command });
    const decided = await Promise.all([decide(id, 'approve'), decide(id, 'decline'), decide(id, 'approve')]);
    expect(decided.filter(({ kind }) => kind === 'decided')).toHaveLength(1);
    expect((await decide('apr_x', 'approve')).kind).toBe('unknown');
  });

  it('is on record with who asked, who decided, and what ran by it', async () => {
    const tree = aTree();
    const id = await asked({ command: tree.command });
    await decide(id, 'approve');
    await run({ command: tree.command });
    await gateway.auditLog();
    const records = (await recordsIn(join(gateway.config.dataDir, 'audit.db'))).map(({ body }) => JSON.parse(body));
    const about = records.filter((record) => JSON.stringify(record).includes(id));
    expect(about).toMatchObject([
      { kind: 'refusal', eventType: 'approval_requested', code: 'approval_required', tokenName: 'asker' },
      { kind: 'intent', tool: 'approvals approve', tokenName: 'local:ann', change: { eventType: 'approval_granted' } },
      { kind: 'outcome', eventType: 'approval_granted', metadata: { asked_by: 'asker', channel: 'terminal' } },
      { kind: 'intent', decision: 'ask', approval: { id, by: 'local:ann', channel: 'terminal' } },
    ]);
  });

  it('ends with the token that asked, for good', async () => {
    const tree = aTree();
    const id = await asked({ command: tree.command, token: passing });
    await decide(id, 'approve');
    const { [passing]: removed, ...rest } = tokens;
    await gateway.write('tokens.json', { tokens: rest });
    await vi.waitFor(async () => expect(await approvals.find(id)).toMatchObject({ state: 'withdrawn' }), 15_000);
    await gateway.write('tokens.json', { tokens: { ...rest, [passing]: removed } });
    await vi.waitFor(async () => {
      const again = await failure(run({ command: tree.command, token: passing, approval_id: id }));
      expect(again).toMatchObject({ code: 'approval_expired' });
    }, 15_000);
    expect(tree.isGone()).toBe(false);
  });

  it('ends with the policy under which it was asked', async () => {
    const tree = aTree();
    const id = await asked({ command: tree.command });
    await decide(id, 'approve');
    await gateway.write('policy.yaml', 'version: 1\ndefaults: { unparsable: deny }\n');
    await vi.waitFor(async () => expect(await approvals.find(id)).toMatchObject({ state: 'withdrawn' }), 15_000);
    expect(await asked({ command: tree.command })).not.toBe(id);
    expect(tree.isGone()).toBe(false);
  });
});

describe('a caller', () => {
  it('has so many questions, and is then told to wait', async () => {
    await gateway.running.gateway.approvals.withdraw(() => true);
    for (let n = 0; n < 20; n += 1) await asked({ command: `rm -rf /tmp/sallyport-question-${n}` });
    expect(await failure(run({ command: 'rm -rf /tmp/sallyport-question-20' }))).toMatchObject({ code: 'busy' });
    expect(await asked({ command: 'rm -rf /tmp/sallyport-question-7' })).toMatch(/^apr_/);
    expect(await asked({ command: 'rm -rf /tmp/sallyport-question-21', token: neighbour })).toMatch(/^apr_/);
  });
});
