import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditLogFile } from '../../src/audit/log-file.ts';
import type { AuditRecord } from '../../src/audit/event.ts';
import { Approvals, type AskingCall } from '../../src/approvals/approvals.ts';
import type { Clock } from '../../src/approvals/boot-clock.ts';
import { GatewayError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { Sealing } from '../../src/base/sealing.ts';
import { openApprovalStore } from '../../src/storage/approval-store.ts';
import { anApproval, aPerson } from '../fixtures/approvals.ts';
import { aCaller } from '../fixtures/callers.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const minute = 60_000;
const match = { decision: 'ask', rule: 'r', justification: 'It deletes.', code: 'approval_unavailable' } as const;
const evaluation = { decision: 'ask', actions: [], matches: [match], policyVersion: 'v1' } as const;
const start = Date.UTC(2026, 10, 21, 10);

/** A clock on the wall that anybody may set, and the machine's own, which only goes on. */
class TwoClocks implements Clock {
  wallMs = start;
  bootMs = 5_000;
  bootId = 'boot-1';
  date = (): Date => new Date(this.wallMs);
  sinceBoot = (): { bootId: string; ms: number } => ({ bootId: this.bootId, ms: this.bootMs });
  pass(ms: number): void {
    this.wallMs += ms;
    this.bootMs += ms;
  }
}

let folder: ReturnType<typeof temporaryFolder>;
let clock: TwoClocks;
let records: AuditRecord[];
let approvals: Approvals;
let others: Approvals;
let isRecording: boolean;
const open: Approvals[] = [];

function ofProcess(asking: 'on' | 'off' = 'on'): Approvals {
  const append = async (record: AuditRecord): Promise<void> => {
    if (!isRecording) throw new GatewayError('audit_unavailable', 'the disk is full');
    records.push(record);
  };
  const made = new Approvals({
    asking,
    openStore: () =>
      openApprovalStore(
        { kind: 'sqlite', path: join(folder.path, 'state.db'), durability: 'normal', busyTimeoutMs: 50 },
        silentLog,
      ),
    records: {
      writer: { append, note: append, problem: () => undefined, close: async () => undefined },
      logFile: new AuditLogFile({ path: join(folder.path, 'audit.log'), log: silentLog }),
    },
    command: 'sallyport approvals approve',
    approveUrl: (id) => `https://gateway.example/approvals/${id}`,
    sealing: new Sealing(join(folder.path, 'approvals.key')),
    log: silentLog,
    clock,
  });
  open.push(made);
  return made;
}

beforeEach(() => {
  folder = temporaryFolder();
  clock = new TwoClocks();
  records = [];
  isRecording = true;
  approvals = ofProcess();
  others = ofProcess();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const call = (more: Partial<AskingCall> = {}): AskingCall => ({
  caller: aCaller(),
  evaluation,
  planHash: 'plan-1',
  question: async () => anApproval().question,
  clientMayConfirm: false,
  named: undefined,
  answer: undefined,
  ...more,
});
const refused = (asking: Promise<unknown>): Promise<GatewayError> =>
  asking.then(
    () => expect.unreachable('it was let through'),
    (error: GatewayError) => error,
  );
async function asked(more?: Partial<AskingCall>): Promise<string> {
  const error = await refused(approvals.settle(call(more)));
  expect(error.code).toBe('approval_required');
  return String(error.details['approval_id']);
}
const approve = (id: string) => others.decide(id, { by: aPerson, decision: 'approve' });
const events = () => records.flatMap((record) => ('eventType' in record ? [record.eventType] : []));

describe('a question', () => {
  it('says what to do, until when, and where', async () => {
    const { message, details } = await refused(approvals.settle(call()));
    expect(details).toEqual({
      approval_id: expect.stringMatching(/^apr_[\w-]{32}$/),
      approve_url: `https://gateway.example/approvals/${String(details['approval_id'])}`,
      expires_at: new Date(start + 10 * minute).toISOString(),
      rule: 'r',
    });
    expect(message).toContain(`sallyport approvals approve ${String(details['approval_id'])}`);
  });

  it('is not put where asking is switched off: that is another code', async () => {
    const off = ofProcess('off');
    expect(await refused(off.settle(call()))).toMatchObject({
      code: 'approval_unavailable',
      message: 'It deletes. Nobody could be asked.',
    });
    expect(await off.pending()).toEqual([]);
  });

  it('lets nothing run where it cannot be put, and says so', async () => {
    const path = join(folder.path, 'state.db');
    mkdirSync(path);
    expect(await refused(approvals.settle(call()))).toMatchObject({ code: 'approval_unavailable', ran: 'not_started' });
    rmdirSync(path);
    expect(await asked()).toMatch(/^apr_/);
  });

  it('is decided in one process and seen in another, within a second', async () => {
    const id = await asked();
    const seen = approvals.untilDecided(id, { timeoutMs: 20_000, signal: new AbortController().signal });
    const startedMs = performance.now();
    expect((await approve(id)).kind).toBe('decided');
    expect(await seen).toMatchObject({ state: 'approved', decision: { name: aPerson.name } });
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    await approvals.settle(call());
  });

  it('is not waited for by who has gone away', async () => {
    const id = await asked();
    const gone = new AbortController();
    const seen = approvals.untilDecided(id, { timeoutMs: 60_000, signal: gone.signal });
    gone.abort();
    expect(await seen).toMatchObject({ state: 'pending' });
  });

  it('is there for the next process when the one that asked is gone', async () => {
    const id = await asked();
    await approvals[Symbol.asyncDispose]();
    open.splice(open.indexOf(approvals), 1);
    expect(await others.pending()).toMatchObject([{ id }]);
    await approve(id);
    await others.settle(call());
  });
});

describe('the time of an approval', () => {
  it.each<[string, () => void]>([
    ['ten minutes pass', () => clock.pass(10 * minute)],
    [
      'ten minutes pass while the clock is put back nine',
      () => {
        clock.pass(10 * minute);
        clock.wallMs -= 9 * minute;
      },
    ],
    ['ten minutes pass while the clock stands', () => (clock.bootMs += 10 * minute)],
    ['the clock goes ahead', () => (clock.wallMs += 10 * minute)],
    [
      'the machine was started anew, with its clock an hour behind',
      () => {
        clock.bootId = 'boot-2';
        clock.bootMs = 0;
        clock.wallMs -= 60 * minute;
      },
    ],
  ])('is over when %s', async (_, pass) => {
    const [pending, approved] = [await asked(), await asked({ planHash: 'plan-2' })];
    await approve(approved);
    pass();
    expect(await approvals.find(pending)).toMatchObject({ state: 'expired' });
    expect((await approve(pending)).kind).toBe('not_pending');
    expect(await refused(approvals.settle(call({ planHash: 'plan-2', named: approved })))).toMatchObject({
      code: 'approval_expired',
    });
    expect(events().filter((event) => event === 'approval_expired')).toHaveLength(2);
    expect(await asked({ planHash: 'plan-2' })).not.toBe(approved);
  });

  it('is not over before, nor by a restart, nor by clocks of two machines that differ a little', async () => {
    const id = await asked();
    clock.pass(9 * minute);
    clock.bootId = 'boot-2';
    clock.bootMs = 1e9;
    clock.wallMs -= 9 * minute + 5_000;
    expect(await approvals.find(id)).toMatchObject({ state: 'pending' });
  });

  it('is over for a decline too: then it is asked anew', async () => {
    const id = await asked();
    await others.decide(id, { by: aPerson, decision: 'decline', reason: 'x'.repeat(2_000) });
    const declined = await refused(approvals.settle(call()));
    expect(declined).toMatchObject({ code: 'approval_declined', details: { reason: 'x'.repeat(500) } });
    clock.pass(10 * minute);
    expect(await asked()).not.toBe(id);
    expect(await refused(approvals.settle(call({ named: id })))).toMatchObject({ code: 'approval_required' });
  });
});

describe('a decision', () => {
  it('does not count where it cannot be recorded', async () => {
    const id = await asked();
    isRecording = false;
    await expect(approve(id)).rejects.toMatchObject({ code: 'audit_unavailable' });
    isRecording = true;
    expect(await approvals.find(id)).toMatchObject({ state: 'pending', decision: undefined });
  });

  it('is taken from the person at the client only where policy lets him, and only on what he was asked', async () => {
    const id = await asked();
    const answer = 'accepted' as const;
    expect((await refused(approvals.settle(call({ named: id, answer })))).code).toBe('approval_required');
    const other = { named: 'apr_other', answer, clientMayConfirm: true };
    expect((await refused(approvals.settle(call(other)))).code).toBe('approval_required');
    await approvals.settle(call({ named: id, answer, clientMayConfirm: true }));
    expect(await approvals.find(id)).toMatchObject({ decision: { channel: 'client', name: 'test' } });
  });

  it('that an approval is not used up by what could not be recorded', async () => {
    await approve(await asked());
    const approved = await approvals.settle(call());
    const failing = approvals.use(approved, () => Promise.reject(new GatewayError('audit_unavailable', 'full')));
    await expect(failing).rejects.toMatchObject({ code: 'audit_unavailable' });
    const record = vi.fn<() => Promise<void>>().mockResolvedValue();
    await approvals.use(await approvals.settle(call()), record);
    expect(record).toHaveBeenCalledOnce();
    expect(await approvals.find(approved.approval.id)).toMatchObject({ state: 'consumed' });
  });
});

describe('what is withdrawn', () => {
  it('is what is meant, pending and approved, and is recorded', async () => {
    const [one, two] = [await asked(), await asked({ planHash: 'plan-2' })];
    await approve(two);
    const kept = await asked({ planHash: 'plan-3', evaluation: { ...evaluation, policyVersion: 'v2' } });
    expect(await others.withdraw(({ policyVersion }) => policyVersion === 'v1')).toBe(2);
    for (const id of [one, two]) expect(await approvals.find(id)).toMatchObject({ state: 'withdrawn' });
    expect(await approvals.find(kept)).toMatchObject({ state: 'pending' });
    expect(events().filter((event) => event === 'approval_withdrawn')).toHaveLength(2);
    expect(await refused(approvals.settle(call({ named: one })))).toMatchObject({ code: 'approval_expired' });
  });

  it('is all that a credential asked, once that is revoked', async () => {
    const revoked = new AbortController();
    const id = await asked({ caller: aCaller({ revoked: revoked.signal }) });
    revoked.abort();
    await vi.waitFor(async () => expect(await approvals.find(id)).toMatchObject({ state: 'withdrawn' }), 15_000);
  });
});
