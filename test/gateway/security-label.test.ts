import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { aGatewayTo, programs } from '../fixtures/host-programs.ts';
import { startSshd } from '../fixtures/sshd.ts';

/** On a host with these programs, what became of overwriting a file twice, and what ran there. */
async function overwriteOn(bodies: Readonly<Record<string, string>>) {
  using host = programs(bodies);
  await using sshd = await startSshd({ config: ['PermitUserEnvironment yes'] });
  await using gateway = await aGatewayTo(sshd, host);
  const directory = mkdtempSync(join(tmpdir(), "sallyport-label's-"));
  try {
    chmodSync(directory, 0o755);
    const file_path = join(directory, 'a b');
    writeFileSync(file_path, 'old');
    const write = async (contents: string) =>
      (await gateway.call('write_file', { server: 'web-1', file_path, contents })).json;
    const answers = [await write('new'), await write('newer')];
    expect(readFileSync(file_path, 'utf8')).toBe('newer');
    return { answers, calls: host.calls(), file_path };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

it('a new file gets the SELinux label of the one it replaces; whether there are labels is asked once', async () => {
  const { answers, calls, file_path } = await overwriteOn({ selinuxenabled: 'exit 0', chcon: 'exit 0' });
  expect(calls.filter((call) => call.startsWith('selinuxenabled'))).toHaveLength(1);
  const labelled = calls.filter((call) => call.startsWith('chcon'));
  expect(labelled).toHaveLength(2);
  expect(labelled[0]).toMatch(/^chcon --reference=\S+ b -- \S+\/\.a b\.sallyport-[0-9a-f]{12}\.tmp$/);
  expect(labelled[0]).toContain(`--reference=${file_path} `);
  for (const answer of answers) expect(answer).not.toHaveProperty('note');
});

it('a label that could not be given is told', async () => {
  const { answers } = await overwriteOn({ selinuxenabled: 'exit 0', chcon: 'exit 1' });
  expect(answers[0]).toMatchObject({ success: true, note: expect.stringContaining('SELinux') });
});

it('where there are no labels, none are set', async () => {
  const { answers, calls } = await overwriteOn({ selinuxenabled: 'exit 1', chcon: 'exit 0' });
  expect(calls.filter((call) => call.startsWith('chcon'))).toEqual([]);
  expect(answers[0]).not.toHaveProperty('note');
});
