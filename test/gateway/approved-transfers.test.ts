import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Approval } from '../../src/approvals/approval.ts';
import { approvalText } from '../../src/approvals/approval-text.ts';
import { ApprovalRequired } from '../../src/approvals/refusals.ts';
import type { GatewayError } from '../../src/base/errors.ts';
import { aPerson } from '../fixtures/approvals.ts';
import { aGateway, fullRights, fullToken, serverEntry, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let gateway: TestGateway;
let work: string;
beforeAll(async () => {
  sshd = await startSshd();
  const careful = { [fullToken]: { ...fullRights, profile: 'careful' } };
  gateway = await aGateway(sshd, { tokens: careful, servers: { 'web-2': serverEntry(sshd) } });
  work = join(sshd.directory, 'work');
  mkdirSync(join(work, 'asked'), { recursive: true });
  mkdirSync(join(work, 'to'));
  mkdirSync(join(gateway.directory, 'data/transfers'), { mode: 0o700 });
  await gateway.write(
    'policy.yaml',
    `version: 1
paths: { to: ["${work}/to/**"], asked: ["${work}/asked/**"] }
roles: { careful: { extends: standard } }
rules:
  - { id: ask-writes, effect: ask, actions: [write_path], writes: { any: [to] } }
  - { id: ask-reads, effect: ask, actions: [read_path], reads: { any: [asked] } }
`,
  );
  await gateway.write('tokens.json', { tokens: careful });
  const probe = { server: 'web-1', file_path: join(work, 'to/probe'), contents: '' };
  const isAsking = () => gateway.call('write_file', probe).then(() => false, isRequired);
  await vi.waitUntil(isAsking, { timeout: 15_000, interval: 100 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

const isRequired = (error: unknown): boolean => error instanceof ApprovalRequired;
const sha = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const transfer = (input: object) => gateway.call('transfer_file', input);
const refusal = (input: object): Promise<GatewayError> =>
  transfer(input).then(
    () => expect.unreachable('it ran'),
    (error: GatewayError) => error,
  );
async function asked(input: object): Promise<Approval> {
  const error = await refusal(input);
  expect(error).toMatchObject({ code: 'approval_required', ran: 'not_started' });
  const approval = await gateway.running.gateway.approvals.find(String(error.details['approval_id']));
  if (approval === undefined) throw new Error('it is there');
  return approval;
}
const approve = async ({ id }: Approval): Promise<void> => {
  const decided = await gateway.running.gateway.approvals.decide(id, { by: aPerson, decision: 'approve' });
  expect(decided.kind).toBe('decided');
};

let made = 0;
/** A source and a target of their own. */
function ends(source = `source-${(made += 1)}`) {
  const from = join(work, source);
  const to = join(work, 'to', `copy-${(made += 1)}`);
  return { from, to, input: { from_server: 'web-2', from_path: from, to_server: 'web-1', to_path: to } };
}
/** The source becomes something else once it was looked at for the last time, before it is copied. */
function changedAtTheLastMoment(change: () => void): Disposable {
  const { ssh } = gateway.running.gateway;
  const under = ssh.under.bind(ssh);
  const spy = vi.spyOn(ssh, 'under').mockImplementation((...given) => {
    const hosts = under(...given);
    return {
      ...hosts,
      transfer: async (order) => {
        change();
        return await hosts.transfer(order);
      },
    };
  });
  return { [Symbol.dispose]: () => spy.mockRestore() };
}

describe('a transfer that a person is asked about', () => {
  it.each([
    ['small', Buffer.from('one\n')],
    ['large', Buffer.alloc(3_000_000, 'x')],
  ])('is for the content of a %s file, which is shown by its hash', async (_, data) => {
    const { from, to, input } = ends();
    writeFileSync(from, data);
    const approval = await asked(input);
    const copy = approval.question.copy;
    expect(copy).toEqual({
      path: from,
      sha256: sha(data),
      note: `a file of ${data.length} bytes; if it changes, it is not copied, and a person is asked anew`,
    });
    expect(approvalText(approval)).toContain(`  SHA-256   ${sha(data)}`);
    expect(existsSync(to)).toBe(false);
    await approve(approval);
    expect((await transfer(input)).json).toMatchObject({ complete: true, sha256: sha(data) });
    expect(sha(readFileSync(to))).toBe(sha(data));
  });

  it('is asked about anew where the source has become another', async () => {
    const { from, to, input } = ends();
    writeFileSync(from, 'one\n');
    const first = await asked(input);
    await approve(first);
    writeFileSync(from, 'two\n');
    const second = await asked({ ...input, approval_id: first.id });
    expect([second.id === first.id, second.question.copy?.sha256]).toEqual([false, sha('two\n')]);
    expect(existsSync(to)).toBe(false);
    writeFileSync(from, 'one\n');
    expect((await transfer(input)).json).toMatchObject({ complete: true });
    expect(readFileSync(to, 'utf8')).toBe('one\n');
  });

  it.each([
    ['small', 'one\n', 'two\n'],
    ['large', 'x'.repeat(2_000_000), 'y'.repeat(2_000_000)],
  ])('copies nothing of a %s source that becomes another at the last moment', async (_, before, after) => {
    const { from, to, input } = ends();
    writeFileSync(from, before);
    await approve(await asked(input));
    using _change = changedAtTheLastMoment(() => writeFileSync(from, after));
    expect(await refusal(input)).toMatchObject({ code: 'conflict' });
    expect(existsSync(to)).toBe(false);
    expect(readdirSync(join(work, 'to')).filter((name) => name.includes('.sallyport-'))).toEqual([]);
  });

  it('is for all that is in a directory, and leaves out what was not there or was another', async () => {
    const { from, to, input } = ends();
    mkdirSync(join(from, 'sub'), { recursive: true });
    for (const name of ['a', 'b', 'sub/c']) writeFileSync(join(from, name), name);
    symlinkSync('a', join(from, 'link'));
    symlinkSync('a', join(from, 'turned'));
    const approval = await asked(input);
    expect(approval.question.copy).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(approval.question.copy?.note).toContain('3 files of 7 bytes in all');
    await approve(approval);
    using _change = changedAtTheLastMoment(() => {
      writeFileSync(join(from, 'b'), 'x');
      writeFileSync(join(from, 'new'), 'x');
      rmSync(join(from, 'turned'));
      symlinkSync('sub/c', join(from, 'turned'));
    });
    const { json } = await transfer(input);
    expect(json).toMatchObject({ success: false, files: { copied: 2, failed: 2 }, links: 1, left_out_count: 3 });
    expect(readdirSync(to, { recursive: true }).toSorted()).toEqual(['a', 'link', 'sub', 'sub/c']);
  });

  it.each<[string, (from: string) => void]>([
    ['a file more', (from) => writeFileSync(join(from, 'new'), '')],
    ['a file less', (from) => rmSync(join(from, 'a'))],
    ['another name', (from) => (rmSync(join(from, 'a')), writeFileSync(join(from, 'aa'), 'a'))],
    ['another link', (from) => (rmSync(join(from, 'link')), symlinkSync('b', join(from, 'link')))],
  ])('is asked about anew where the directory has %s', async (_, change) => {
    const { from, input } = ends();
    mkdirSync(from);
    writeFileSync(join(from, 'a'), 'a');
    symlinkSync('a', join(from, 'link'));
    const first = await asked(input);
    await approve(first);
    change(from);
    expect((await asked(input)).id).not.toBe(first.id);
  });

  it('is bound to what lies on the gateway, too', async () => {
    const { to } = ends();
    const source = join(gateway.directory, 'data/transfers/up');
    writeFileSync(source, 'one\n');
    const input = { from_path: 'up', to_server: 'web-1', to_path: to };
    const first = await asked(input);
    expect(first.question.copy).toMatchObject({ path: 'up', sha256: sha('one\n') });
    await approve(first);
    writeFileSync(source, 'two\n');
    expect((await asked(input)).id).not.toBe(first.id);
    writeFileSync(source, 'one\n');
    using _change = changedAtTheLastMoment(() => writeFileSync(source, 'two\n'));
    expect(await refusal(input)).toMatchObject({ code: 'conflict' });
    expect(existsSync(to)).toBe(false);
  });

  it('says to the person where it is not bound to the content', async () => {
    const large = ends();
    writeFileSync(large.from, '');
    truncateSync(large.from, 300 * 1024 * 1024);
    expect((await asked(large.input)).question.copy).toMatchObject({
      sha256: null,
      note: expect.stringMatching(/too large/),
    });
    rmSync(large.from);
    const many = ends();
    mkdirSync(many.from);
    for (let n = 0; n < 1_001; n += 1) writeFileSync(join(many.from, String(n)), '');
    expect((await asked(many.input)).question.copy).toMatchObject({
      sha256: null,
      note: expect.stringMatching(/too large/),
    });
    const unread = ends('asked/secret');
    writeFileSync(unread.from, 'secret');
    const approval = await asked(unread.input);
    expect(approval.question.copy).toMatchObject({
      sha256: null,
      note: expect.stringMatching(/reading it is asked about/),
    });
    expect(JSON.stringify(approval)).not.toContain(sha('secret'));
  });

  it('asks nobody where there is nothing to copy', async () => {
    expect(await refusal(ends().input)).toMatchObject({ code: 'path_not_found', ran: 'not_started' });
  });
});
