import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApprovalRequired } from '../../src/approvals/refusals.ts';
import type { Approval } from '../../src/approvals/approval.ts';
import type { GatewayError } from '../../src/base/errors.ts';
import { hashOf } from '../../src/ssh/files/content-hash.ts';
import { aPerson } from '../fixtures/approvals.ts';
import { recordsIn } from '../fixtures/audit-file.ts';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let gateway: TestGateway;
let work: string;
beforeAll(async () => {
  sshd = await startSshd();
  gateway = await aGateway(sshd, { tokens: { [fullToken]: { ...fullRights, profile: 'careful' } } });
  work = join(gateway.directory, 'work');
  mkdirSync(join(work, 'hidden'), { recursive: true });
  await gateway.write(
    'policy.yaml',
    `version: 1
paths: { work: ["${work}/**"], hidden: ["${work}/hidden/**"] }
roles: { careful: { extends: standard } }
rules:
  - { id: ask-writes, effect: ask, actions: [write_path], writes: { any: [work] } }
  - { id: no-reading, effect: deny, actions: [read_path], reads: { any: [hidden] } }
`,
  );
  await gateway.write('tokens.json', { tokens: { [fullToken]: { ...fullRights, profile: 'careful' } } });
  const probe = { file_path: join(work, 'probe'), contents: '' };
  const isAsking = () => call('write_file', probe).then(() => false, isRequired);
  await vi.waitUntil(isAsking, { timeout: 15_000, interval: 100 });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await sshd[Symbol.asyncDispose]();
});

let made = 0;
function aFile(contents: string | Buffer, folder = ''): string {
  made += 1;
  const path = join(work, folder, `file-${made}`);
  writeFileSync(path, contents);
  return path;
}
const isRequired = (error: unknown): boolean => error instanceof ApprovalRequired;
const sha = (text: string): string => hashOf(Buffer.from(text));
const call = (tool: string, input: object) => gateway.call(tool, { server: 'web-1', ...input });
const refusal = (tool: string, input: object): Promise<GatewayError> =>
  call(tool, input).then(
    () => expect.unreachable('it ran'),
    (error: GatewayError) => error,
  );
async function asked(tool: string, input: object): Promise<Approval> {
  const error = await refusal(tool, input);
  expect(error).toMatchObject({ code: 'approval_required' });
  const approval = await gateway.running.gateway.approvals.find(String(error.details['approval_id']));
  if (approval === undefined) throw new Error('it is there');
  return approval;
}
const approve = async ({ id }: Approval): Promise<void> => {
  const decided = await gateway.running.gateway.approvals.decide(id, { by: aPerson, decision: 'approve' });
  expect(decided.kind).toBe('decided');
};

describe('a change of a file that a person is asked about', () => {
  it('is shown as what it makes of the file, changes nothing before, and is what is then made', async () => {
    const file_path = aFile('one\ntwo\nthree\n');
    const edit = { file_path, old_text: 'two', new_text: 'zwei' };
    const approval = await asked('edit_file', edit);
    expect(approval.question.change).toEqual({
      path: file_path,
      before: sha('one\ntwo\nthree\n'),
      after: sha('one\nzwei\nthree\n'),
      diff: '@@ -1,3 +1,3 @@\n one\n-two\n+zwei\n three\n',
      note: undefined,
    });
    expect(readFileSync(file_path, 'utf8')).toBe('one\ntwo\nthree\n');
    await approve(approval);
    expect((await call('edit_file', edit)).json).toMatchObject({ changed: true });
    expect(readFileSync(file_path, 'utf8')).toBe('one\nzwei\nthree\n');
  });

  it.each([
    ['a file that is made', 'write_file', undefined, { contents: 'new\n' }, '@@ -0,0 +1,1 @@\n+new\n', 'new\n'],
    ['one that is replaced', 'write_file', 'old\n', { contents: 'new\n' }, '@@ -1,1 +1,1 @@\n-old\n+new\n', 'new\n'],
    [
      'one that is added to',
      'write_file',
      'old\n',
      { contents: 'more\n', mode: 'append' },
      '@@ -1,1 +1,2 @@\n old\n+more\n',
      'old\nmore\n',
    ],
  ])('shows %s', async (_, tool, before, input, diff, after) => {
    const file_path = before === undefined ? join(work, `made-${(made += 1)}`) : aFile(before);
    const approval = await asked(tool, { file_path, ...input });
    expect(approval.question.change).toMatchObject({
      before: before === undefined ? null : sha(before),
      after: sha(after),
      diff,
    });
    await approve(approval);
    expect((await call(tool, { file_path, ...input })).json).toMatchObject({ success: true });
    expect(readFileSync(file_path, 'utf8')).toBe(after);
  });

  it('shows what undoing puts back, and puts it back', async () => {
    const file_path = aFile('before\n');
    const write = { file_path, contents: 'after\n' };
    await approve(await asked('write_file', write));
    const { json } = await call('write_file', write);
    const undo = { change_id: json['change_id'] };
    const approval = await asked('undo_change', undo);
    expect(approval.question.change).toMatchObject({ diff: '@@ -1,1 +1,1 @@\n-after\n+before\n' });
    await approve(approval);
    await call('undo_change', undo);
    expect(readFileSync(file_path, 'utf8')).toBe('before\n');
  });

  it('asks anew when the file is another by the time of the call', async () => {
    const file_path = aFile('one\ntwo\n');
    const edit = { file_path, old_text: 'two', new_text: 'zwei' };
    const approval = await asked('edit_file', edit);
    await approve(approval);
    writeFileSync(file_path, 'one\ntwo\nthree\n');
    const anew = await asked('edit_file', edit);
    expect(anew.id).not.toBe(approval.id);
    expect(anew.question.change?.before).toBe(sha('one\ntwo\nthree\n'));
    expect(readFileSync(file_path, 'utf8')).toBe('one\ntwo\nthree\n');
  });

  it('is refused when the file becomes another between the look and the change', async () => {
    for (const tool of ['edit_file', 'write_file'] as const) {
      const file_path = aFile('one\ntwo\n');
      const input =
        tool === 'edit_file' ? { file_path, old_text: 'two', new_text: 'zwei' } : { file_path, contents: 'new\n' };
      await approve(await asked(tool, input));
      const { approvals } = gateway.running.gateway;
      const use = vi.spyOn(approvals, 'use').mockImplementationOnce(async (_approved, record) => {
        await record();
        writeFileSync(file_path, 'one\ntwo\nsomebody else\n');
      });
      expect(await refusal(tool, input)).toMatchObject({ code: 'conflict' });
      use.mockRestore();
      expect(readFileSync(file_path, 'utf8')).toBe('one\ntwo\nsomebody else\n');
    }
  });

  it('is bound to the place where the path led', async () => {
    const [here, there] = [aFile('here\n'), aFile('here\n')];
    const file_path = join(work, 'link');
    symlinkSync(here, file_path);
    const write = { file_path, contents: 'new\n' };
    const approval = await asked('write_file', write);
    expect(approval.question.change?.path).toBe(here);
    await approve(approval);
    unlinkSync(file_path);
    symlinkSync(there, file_path);
    expect((await asked('write_file', write)).id).not.toBe(approval.id);
    expect(readFileSync(there, 'utf8')).toBe('here\n');
  });

  it('does not show what policy does not let the caller read, and does not read it', async () => {
    const file_path = aFile('geheim\n', 'hidden');
    const { atimeMs } = statSync(file_path);
    const approval = await asked('write_file', { file_path, contents: 'new\n' });
    expect(JSON.stringify(approval)).not.toContain('geheim');
    expect(approval.question.change).toMatchObject({
      before: null,
      diff: '@@ -0,0 +1,1 @@\n+new\n',
      note: expect.stringContaining('the old content is not shown'),
    });
    expect(statSync(file_path).atimeMs).toBe(atimeMs);
    await approve(approval);
    expect((await call('write_file', { file_path, contents: 'new\n' })).json).toMatchObject({ success: true });
  });

  it('shows no secret of ours, in the old text or the new, also over several lines', async () => {
    const secret = 'first-line-of-it\nsecond-line-of-it';
    gateway.running.gateway.redactor.add({ reveal: () => secret } as never);
    const file_path = aFile(`a\n${secret}\nb\n`);
    const approval = await asked('write_file', { file_path, contents: `a\n${secret}\nc\n` });
    expect(JSON.stringify(approval)).not.toContain('-line-of-it');
    expect(approval.question.change?.diff).toContain('-b\n+c\n');
  });

  it('says so where there is nothing to show: bytes, and much of them', async () => {
    const file_path = aFile(Buffer.of(0, 1, 2));
    expect((await asked('write_file', { file_path, contents: 'text\n' })).question.change).toMatchObject({
      diff: undefined,
      note: expect.stringContaining('not a text file'),
    });
    const large = aFile('x\n'.repeat(600_000));
    expect((await asked('write_file', { file_path: large, contents: 'x\n' })).question.change).toMatchObject({
      diff: undefined,
      note: expect.stringContaining('too large'),
      before: sha('x\n'.repeat(600_000)),
    });
  });

  it('is not asked about where it could not be made', async () => {
    const file_path = aFile('one\n');
    expect(await refusal('edit_file', { file_path, old_text: 'two', new_text: 'zwei' })).not.toMatchObject({
      code: 'approval_required',
    });
    chmodSync(file_path, 0o600);
    expect(existsSync(file_path)).toBe(true);
  });

  it('has the reading of the file on record before it is read', async () => {
    const file_path = aFile('one\n');
    await asked('write_file', { file_path, contents: 'two\n' });
    const records = await recordsIn(join(gateway.config.dataDir, 'audit.db'));
    const probes = records.filter(({ kind, body }) => kind === 'probe' && body.includes(file_path));
    expect(probes.map(({ body }) => JSON.parse(body).actions[0].kind)).toEqual(['resolve_path', 'read_path']);
  });
});
