import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { areSecretsHidden } from '../../src/secrets/secret-places.ts';
import { aGateway, fullRights, fullToken, type TestGateway } from '../fixtures/gateway.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { temporaryFolder, type TemporaryFolder } from '../fixtures/temporary-folder.ts';

const otherToken = 'tok_a7c31e5b9d024f688e1b3d5f7a9c2e40';
const value = `it's $HOME "quoted" \\n ; * & end 4711`;
const fromFile = 'a-file-s-secret-081547';
const fromProgram = 'a-program-s-secret-0815';

let sshd: Sshd;
let folder: TemporaryFolder;
let gateway: TestGateway;
beforeAll(async () => {
  sshd = await startSshd();
  folder = temporaryFolder();
  writeFileSync(join(folder.path, 'secret'), `${fromFile}\n`, { mode: 0o600 });
  writeFileSync(join(folder.path, 'lines'), 'first line\nsecond line\n');
  const allow = 'allow: { callers: [full], hosts: ["web-*"] }';
  gateway = await aGateway(sshd, {
    tokens: { [fullToken]: fullRights, [otherToken]: { ...fullRights, name: 'other' } },
    environment: { DB_PASSWORD_HERE: value, SHORT: 'abc' },
    settings: [
      'secrets:',
      `  db: { env: DB_PASSWORD_HERE, ${allow} }`,
      `  in_file: { file: "${join(folder.path, 'secret')}", ${allow} }`,
      `  lines: { file: "${join(folder.path, 'lines')}", ${allow} }`,
      `  made: { exec: [printf, "%s\\n", ${fromProgram}], ${allow} }`,
      `  absent: { file: /no/such/file, ${allow} }`,
      `  hangs: { exec: ["false"], ${allow} }`,
      `  short: { env: SHORT, ${allow} }`,
      '  nobodys: { env: DB_PASSWORD_HERE }',
      '  elsewhere: { env: DB_PASSWORD_HERE, allow: { callers: [full], hosts: [db-1] } }',
      '',
    ].join('\n'),
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
  await sshd[Symbol.asyncDispose]();
});

const run = (command: string, more: object = {}, token = fullToken) =>
  gateway.call('execute_command', { server: 'web-1', command, ...more }, { token });
const written = (name: string): string => readFileSync(join(folder.path, name), 'utf8');

describe('a command that refers to a secret', () => {
  it('is given it in the environment of a program, with every character, and shows no trace of it', async () => {
    const out = join(folder.path, 'out');
    const { json } = await run(`PW={{secret:db}} sh -c 'printf %s "$PW" > ${out}; printf "<%s>" "$PW"; cat'`);
    expect(json).toMatchObject({ exit_code: 0, stdout: '<[redacted]>' });
    expect(String(json['command'])).toContain('{{secret:db}}');
    expect(written('out')).toBe(value);
    for (const form of [value, Buffer.from(value).toString('base64')]) {
      expect(JSON.stringify(json)).not.toContain(form);
      expect(gateway.text('logs/audit.log')).not.toContain(form);
    }
  });

  it('is given it on standard input of a program', async () => {
    const out = join(folder.path, 'piped');
    await run(`printf '%s' "{{secret:in_file}}" | cat > ${out}; echo "{{secret:made}}" >> ${out}`);
    expect(written('piped')).toBe(`${fromFile}${fromProgram}\n`);
  });

  it('shows it in no command line, on the host or here, and becomes a job like others', async () => {
    const going = run(`PW={{secret:in_file}} sh -c 'sleep 3; printf %s "$PW" | wc -c'`, { wait: 1 });
    await sleep(800);
    const everything = execFileSync('sh', ['-c', 'cat /proc/[0-9]*/cmdline 2>/dev/null; :'], { encoding: 'latin1' });
    expect(everything).not.toContain(fromFile);
    const { json } = await going;
    expect(json).toMatchObject({ status: 'running' });
    const { json: ended } = await gateway.call('get_job', { job_id: json['job_id'], wait: 20 });
    expect(JSON.stringify(ended)).toContain(`${fromFile.length}\\n`);
  });

  it.each([
    ['is unknown', 'X={{secret:nothing}} true'],
    ['is allowed to nobody', 'X={{secret:nobodys}} true'],
    ['is for other servers', 'X={{secret:elsewhere}} true'],
    ['cannot be read', 'X={{secret:absent}} true'],
    ['is made by a program that fails', 'X={{secret:hangs}} true'],
    ['is too short to be kept out', 'X={{secret:short}} true'],
    ['has several lines', 'X={{secret:lines}} true'],
    ['would stand in a command line', 'curl -u me:{{secret:db}} http://localhost'],
    ['would stand behind sudo', 'sudo PW={{secret:db}} true'],
    ['would stand behind env', 'env PW={{secret:db}} true'],
    ['is asked for by its variable', 'curl -u me:$SALLYPORT_SECRET_db http://localhost'],
  ])('runs nothing where the secret %s', async (_, command) => {
    const refused = { code: 'secret_unavailable', ran: 'not_started' };
    await expect(run(`touch ${join(folder.path, 'ran')}; ${command}`)).rejects.toMatchObject(refused);
    expect(() => written('ran')).toThrow(/ENOENT/);
  });

  it('tells a caller who may not use it the same as where there is none', async () => {
    const messageOf = async (name: string): Promise<string> =>
      await run(`X={{secret:${name}}} true`, {}, otherToken).then(
        () => 'ran',
        ({ message }: Error) => message.replaceAll(name, 'NAME'),
      );
    expect(await messageOf('db')).toBe(await messageOf('nothing'));
  });

  it('is refused in the background, and where the reference is misspelt', async () => {
    await expect(run('X={{secret:db}} true', { background: true })).rejects.toMatchObject({
      code: 'secret_unavailable',
    });
    await expect(run('X={{secret:DB}} true')).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('runs on several servers', async () => {
    const { json } = await gateway.call('execute_on_multiple', {
      servers: ['web-1'],
      command: 'printf %s "{{secret:made}}"',
    });
    expect(JSON.stringify(json)).toContain('[redacted]');
  });
});

describe('a text that refers to a secret', () => {
  it('is written with it, of several lines too, and read back without', async () => {
    const path = join(folder.path, 'app.conf');
    const contents = 'password={{secret:db}}\nkey={{secret:lines}}\n';
    const { json } = await gateway.call('write_file', { server: 'web-1', file_path: path, contents });
    expect(json).toMatchObject({ success: true });
    expect(written('app.conf')).toBe(`password=${value}\nkey=first line\nsecond line\n`);
    const edit = { server: 'web-1', file_path: path, old_text: 'key=', new_text: 'made={{secret:made}}\nkey=' };
    const edited = await gateway.call('edit_file', edit);
    expect(written('app.conf')).toContain(`made=${fromProgram}\n`);
    expect(JSON.stringify(edited.json)).not.toContain(fromProgram);
    const read = await gateway.call('read_file', { server: 'web-1', file_path: path });
    expect(read.json['contents']).not.toContain(value);
    const refused = gateway.call('write_file', { server: 'web-1', file_path: path, contents: '{{secret:nobodys}}' });
    await expect(refused).rejects.toMatchObject({ code: 'secret_unavailable' });
  });
});

describe('a variable for a secret', () => {
  const v = '${SALLYPORT_SECRET_x}';
  it.each([
    [`A=${v} prog`, true],
    [`A="a${v}b" prog`, true],
    [`export A=${v}; prog`, true],
    [`echo "${v}" | prog`, true],
    [`prog <<<"${v}"`, true],
    [`prog <<EOF\n${v}\nEOF`, false],
    [`A=$(printf %s "${v}") prog`, true],
    [`prog ${v}`, false],
    [`prog "${v}"`, false],
    [`echo ${v}`, false],
    [`/bin/echo "${v}"`, false],
    [`A=$(curl "${v}") prog`, false],
    [`echo "$(curl ${v})"`, false],
    [`sh -c 'prog ${v}'`, false],
    [`xargs echo "${v}"`, false],
    [`for i in "${v}"; do prog $i; done`, false],
    [`prog > "${v}"`, false],
    [`if [ "${v}" = a ]; then prog; fi`, true],
    [`case "${v}" in a) prog;; esac`, false],
    [v, false],
    [`echo "${v}`, false],
  ])('in %s: hidden is %s', (command, isHidden) => {
    expect(areSecretsHidden(command)).toBe(isHidden);
  });
});
