import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

let sshd: Sshd;
let files: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  sshd = await startSshd({ ports: 2 });
  files = temporaryFolder();
});
afterAll(async () => {
  files[Symbol.dispose]();
  await sshd[Symbol.asyncDispose]();
});

function entry(port = sshd.port): object {
  return { host: sshd.address, port, user: sshd.user, ssh_key_path: sshd.keyPath, tags: ['web'] };
}

/** Three names of one real server, whose host key is known, and one that is not there. */
function aPlace(): SallyportPlace {
  const place = new SallyportPlace();
  const [second = 0] = sshd.ports.slice(1);
  place.write('config/servers.json', {
    servers: { a: entry(), b: entry(), c: entry(second), gone: { ...entry(1), tags: [] } },
  });
  place.write('config/known_hosts', readFileSync(sshd.knownHostsPath, 'utf8'));
  return place;
}

const parsed = (text: string): unknown => JSON.parse(text);

describe('run', { timeout: 60_000 }, () => {
  it('gives the streams of one server as they are, and fails when the command does', async () => {
    await using place = aPlace();
    expect(await runHere(place, ['run', 'a', '--', 'echo', 'out;', 'echo err >&2'])).toEqual({
      status: 0,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await runHere(place, ['run', 'a', '--', 'exit 3'])).toMatchObject({ status: 1, stdout: '' });
    expect(place.read('logs/audit.log')).toMatch(/"token_name":"local:.*"command":"exit 3".*"exit_code":3/);
  });

  it('shows each different answer of several servers once, the rarest first, and who was not reached', async () => {
    await using place = aPlace();
    const command = `case $SSH_CONNECTION in *" ${sshd.port}") echo same;; *) echo other;; esac`;
    const { status, stdout } = await runHere(place, ['run', 'tag:web,gone', '--', command]);
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /── c: exit code 0\nother\n── gone: host_unreachable\n.+\n── a, b \(2\): exit code 0\nsame\n/,
    );
    const json = parsed((await runHere(place, ['run', 'a,b', '--json', '--', 'echo hi'])).stdout);
    expect(json).toMatchObject({ success: true, results: { a: { exit_code: 0 }, b: { exit_code: 0 } } });
  });

  it.each([
    { args: ['run', 'a'], stderr: /missing required argument 'command'/ },
    { args: ['run', '', '--', 'ls'], stderr: /is empty/ },
    { args: ['run', 'a', '--timeout', 'soon', '--', 'ls'], stderr: /--timeout takes a number/ },
    { args: ['run', 'a', '--canary', '0', '--', 'ls'], stderr: /canary/ },
    { args: ['run', 'a', '--batch-size', '0%', '--', 'ls'], stderr: /batch_size/ },
  ])('calls $args a usage error', async ({ args, stderr }) => {
    await using place = aPlace();
    expect(await runHere(place, args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(stderr) });
  });

  it('ends what it runs when it is interrupted', async () => {
    await using place = aPlace();
    const mark = join(files.path, 'started');
    const running = place.start(['run', 'a', '--', `echo $$ > ${mark}; exec sleep 300`]);
    await expect.poll(() => existsSync(mark) && readFileSync(mark, 'utf8') !== '', { timeout: 20_000 }).toBe(true);
    const pid = Number(readFileSync(mark, 'utf8'));
    expect(await running.stop('SIGINT')).toBe(1);
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(await runHere(place, ['audit', 'tail', '-n', '1'])).toMatchObject({
      stdout: expect.stringContaining('failed'),
    });
  });
});

describe('cp', { timeout: 60_000 }, () => {
  it('copies a file to a server and back, and a directory between two', async () => {
    await using place = aPlace();
    const remote = join(files.path, 'there.bin');
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));
    writeFileSync(place.path('here.bin'), content);
    expect(await runHere(place, ['cp', place.path('here.bin'), `a:${remote}`])).toMatchObject({ status: 0 });
    expect(readFileSync(remote).equals(content)).toBe(true);
    expect(await runHere(place, ['cp', `b:${remote}`, place.path('back.bin')])).toMatchObject({ status: 0 });
    expect(readFileSync(place.path('back.bin')).equals(content)).toBe(true);
    mkdirSync(join(files.path, 'tree'));
    writeFileSync(join(files.path, 'tree/x'), 'x');
    const tree = ['cp', `a:${join(files.path, 'tree')}`, `c:${join(files.path, 'copy')}`, '--json'];
    expect(parsed((await runHere(place, tree)).stdout)).toMatchObject({ success: true, kind: 'directory' });
    expect(readFileSync(join(files.path, 'copy/x'), 'utf8')).toBe('x');
  });

  it('overwrites nothing unless told to', async () => {
    await using place = aPlace();
    const target = join(files.path, 'kept');
    writeFileSync(target, 'old');
    writeFileSync(place.path('new'), 'new');
    const copy = ['cp', place.path('new'), `a:${target}`];
    expect(await runHere(place, copy)).toMatchObject({ status: 1, stderr: expect.stringContaining('overwrite') });
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(await runHere(place, [...copy, '--overwrite', 'always'])).toMatchObject({ status: 0 });
    expect(readFileSync(target, 'utf8')).toBe('new');
  });

  it.each([
    { args: ['cp', 'x', 'y'], stderr: /one of the two must be on a server.*a, b, c, gone/ },
    { args: ['cp', 'a:', 'y'], stderr: /from_path/ },
    { args: ['cp', 'a:/etc/hosts', 'y', '--overwrite', 'sometimes'], stderr: /overwrite/ },
  ])('calls $args a usage error', async ({ args, stderr }) => {
    await using place = aPlace();
    expect(await runHere(place, args)).toMatchObject({ status: 2, stderr: expect.stringMatching(stderr) });
  });
});

describe('audit', { timeout: 60_000 }, () => {
  it('finds what was done by caller, server, tool, result, text and time', async () => {
    await using place = aPlace();
    await runHere(place, ['run', 'a', '--', 'echo first']);
    await runHere(place, ['run', 'b', '--', 'echo "se\tcond"; exit 1']);
    await runHere(place, ['server', 'disable', 'c']);
    const tail = (await runHere(place, ['audit', 'tail'])).stdout.trimEnd().split('\n');
    expect(tail).toHaveLength(3);
    expect(tail[0]).toMatch(
      /^20\S+Z {2}success {2}local:\S+ {2}execute_on_multiple {2}a {2}exit 0 {2}\d+ ms {2}echo first$/,
    );
    expect((await runHere(place, ['audit', 'tail', '-n', '1'])).stdout).toContain('server disable');
    const found = async (...args: readonly string[]): Promise<readonly string[]> =>
      (await runHere(place, ['audit', 'search', ...args])).stdout.trimEnd().split('\n');
    expect(await found('--server', 'b')).toEqual([tail[1]]);
    expect(await found('--tool', 'execute_on_multiple')).toEqual(tail.slice(0, 2));
    expect(await found('--contains', 'se\tcond')).toEqual([tail[1]]);
    expect(await found('--limit', '1')).toEqual(tail.slice(2));
    expect(await found('--since', '1h', '--until', '2999-01-01')).toEqual(tail);
    expect(await found('--until', '2000-01-01T00:00:00Z')).toEqual(['No records']);
    expect(await found('--caller', 'nobody')).toEqual(['No records']);
    expect(await runHere(place, ['audit', 'search', '--since', 'yesterday'])).toMatchObject({ status: 2 });
    expect(await runHere(place, ['audit', 'tail', '-n', '0'])).toMatchObject({ status: 2 });
  });

  it('exports every record once, to go on from where it ended, in a file for us alone that it never overwrites', async () => {
    await using place = aPlace();
    await runHere(place, ['server', 'disable', 'c']);
    const file = place.path('export.jsonl');
    const { stdout } = await runHere(place, ['audit', 'export', '--output', file, '--json']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => parsed(line) as { position: number });
    expect(parsed(stdout)).toEqual({ success: true, records: 3, file, next_after: lines.at(-1)?.position });
    expect(lines[1]).toMatchObject({ seq: 2, kind: 'intent', hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await runHere(place, ['server', 'enable', 'c']);
    const more = await runHere(place, ['audit', 'export', '--after', String(lines.at(-1)?.position)]);
    expect(more.stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(await runHere(place, ['audit', 'export', '--output', file])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('exists already'),
    });
  });

  it('goes on with what comes, until it is interrupted', async () => {
    await using place = aPlace();
    await runHere(place, ['server', 'disable', 'c']);
    const tail = place.start(['audit', 'tail', '--follow']);
    await tail.printed(/server disable/);
    await runHere(place, ['server', 'enable', 'c']);
    await tail.printed(/server enable/);
    expect(await tail.stop('SIGINT')).toBe(0);
  });
});

describe('doctor', { timeout: 60_000 }, () => {
  it('finds nothing wrong with a set-up that works, and says what cannot be found by looking', async () => {
    await using place = aPlace();
    place.write('config/servers.json', { servers: { a: entry() } });
    const { status, stdout } = await runHere(place, ['doctor']);
    expect(stdout).toMatch(/✓ server a: .* answers/);
    expect(stdout).toContain('· boundary: An agent with a shell of its own');
    expect(stdout).not.toMatch(/^[✗!]/m);
    expect(status).toBe(0);
  });

  it.each<{ broken: string; breaks: (place: SallyportPlace) => void; finding: object }>([
    {
      broken: 'settings that cannot be read',
      breaks: (place) => place.write('config/sallyport.yaml', 'port: many\n'),
      finding: { check: 'configuration', level: 'error', message: expect.stringContaining('sallyport.yaml:1') },
    },
    {
      broken: 'a file of locks that is cut off',
      breaks: (place) => place.write('data/locks.json', '{"locks":['),
      finding: { check: 'locks', level: 'error', fix: expect.stringContaining('every call is refused') },
    },
    {
      broken: 'a list of servers that is no JSON',
      breaks: (place) => place.write('config/servers.json', '{"servers": {,}}'),
      finding: {
        check: 'servers',
        message: expect.stringContaining('servers.json:1:14'),
        fix: expect.stringContaining('mend'),
      },
    },
    {
      broken: 'a configuration that others can write',
      breaks: (place) => chmodSync(place.path('config/servers.json'), 0o666),
      finding: { check: 'permissions', level: 'error', fix: expect.stringMatching(/^chmod go-w .*servers\.json$/) },
    },
    {
      broken: 'a configuration that others can read',
      breaks: (place) => chmodSync(place.path('config/servers.json'), 0o644),
      finding: { check: 'permissions', level: 'warning', fix: expect.stringMatching(/^chmod 600 .*servers\.json$/) },
    },
    {
      broken: 'a host key that is not known',
      breaks: (place) => place.write('config/known_hosts', ''),
      finding: { check: 'server a', level: 'error', fix: 'sallyport server trust a' },
    },
    {
      broken: 'the host key of a server of the settings that is not known',
      breaks: (place) => place.write('config/sallyport.yaml', 'ssh_default_host: gone.example\nssh_default_user: me\n'),
      finding: { check: 'server gone.example', level: 'error', fix: 'sallyport server trust gone.example' },
    },
    {
      broken: 'a key that is not there',
      breaks: (place) =>
        place.write('config/servers.json', { servers: { a: { ...entry(), ssh_key_path: '/no/key' } } }),
      finding: { check: 'server a', message: '/no/key: file not found', fix: expect.stringContaining('ssh_key_path') },
    },
    {
      broken: 'a server that does not answer',
      breaks: (place) => place.write('config/servers.json', { servers: { gone: { ...entry(1), host_key: pinned() } } }),
      finding: { check: 'server gone', level: 'error', fix: expect.stringMatching(/nc -vz 127\.0\.0\.1 \d+/) },
    },
    {
      broken: 'an address that is not safe to listen on',
      breaks: (place) => place.write('config/sallyport.yaml', 'host: 0.0.0.0\n'),
      finding: { check: 'listening', level: 'error', fix: expect.stringContaining('TLS_CERT_FILE') },
    },
    {
      broken: 'a policy whose rule fails its own test',
      breaks: (place) => place.write('config/policy.yaml', 'version: 1\nrules:\n  - nonsense\n'),
      finding: { check: 'policy', level: 'error', fix: 'sallyport policy check' },
    },
    {
      broken: 'a token of a profile that does not exist',
      breaks: (place) => place.write('config/tokens.json', { tokens: { [token]: { name: 'ci', profile: 'lost' } } }),
      finding: { check: 'policy', level: 'error', message: expect.stringContaining("Token 'ci' has the profile lost") },
    },
    {
      broken: 'a data directory that is a file',
      breaks: (place) => place.write('data', 'x'),
      finding: { check: 'DATA_DIR', level: 'error', fix: expect.stringContaining('DATA_DIR') },
    },
  ])('names $broken and how it is mended', async ({ breaks, finding }) => {
    await using place = aPlace();
    place.write('config/servers.json', { servers: { a: entry() } });
    breaks(place);
    const { status, stdout } = await runHere(place, ['doctor', '--json']);
    const report = parsed(stdout) as { ok: boolean; findings: readonly { level: string }[] };
    expect(report.findings).toContainEqual(expect.objectContaining(finding));
    const isError = report.findings.some(({ level }) => level === 'error');
    expect({ ok: report.ok, status }).toEqual({ ok: !isError, status: isError ? 1 : 0 });
  });

  const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
  const pinned = (): string =>
    readFileSync(`${sshd.hostKeys[0]?.path ?? ''}.pub`, 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
});

describe('healthcheck and server show', { timeout: 60_000 }, () => {
  it('asks whoever serves here, and fails where nobody does', async () => {
    await using place = aPlace();
    const serving = place.start(['serve', '--port', '0']);
    const [, port = ''] = await serving.printed(/Serving MCP at http:\/\/127\.0\.0\.1:(\d+)/);
    place.write('config/sallyport.yaml', `port: ${port}\n`);
    expect(await runHere(place, ['healthcheck', '--json'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('alive'),
    });
    expect(await runHere(place, ['healthcheck', '--ready'])).toMatchObject({ status: 0 });
    await serving.stop();
    expect(await runHere(place, ['healthcheck'])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('nothing listens there'),
    });
  });

  it('shows a server as the gateway takes it, and no secret of it', async () => {
    await using place = aPlace();
    const secret = { ...entry(), password_env: 'WEB_PASSWORD', labels: { env: 'prod' } };
    place.write('config/servers.json', { servers: { a: secret } });
    place.write('.env', 'WEB_PASSWORD=hunter2-and-more\n');
    const show = ['server', 'show', 'a', '--dotenv', place.path('.env')];
    const { stdout } = await runHere(place, [...show, '--json']);
    const print = execFileSync('ssh-keygen', ['-lf', `${sshd.hostKeys[0]?.path ?? ''}.pub`], { encoding: 'utf8' });
    expect(parsed(stdout)).toMatchObject({
      name: 'a',
      port: sshd.port,
      labels: { env: 'prod' },
      password: '[secret]',
      host_keys: expect.arrayContaining([expect.stringContaining(print.split(' ')[1] ?? '?')]),
    });
    expect(stdout + (await runHere(place, show)).stdout).not.toContain('hunter2');
  });
});

describe('server import', { timeout: 60_000 }, () => {
  it('adds what can be used, once, and shows before that what it would add', async () => {
    await using place = aPlace();
    place.write('inventory', `[new]\nn1 ansible_host=192.0.2.1\nn2 ansible_ssh_common_args='-J n1'\na\n-bad\n`);
    const from = ['server', 'import', '--ansible', place.path('inventory')];
    const run = [...from, '--user', 'ops', '--key', '/keys/all', '--json'];
    const before = place.read('config/servers.json');
    const dry = parsed((await runHere(place, [...run, '--dry-run'])).stdout);
    expect(dry).toMatchObject({ dry_run: true, servers: [{ name: 'n1' }, { name: 'n2' }] });
    expect(place.read('config/servers.json')).toBe(before);

    const added = parsed((await runHere(place, run)).stdout);
    expect(added).toMatchObject({
      servers: [
        { name: 'n1', entry: { ssh_key_path: '/keys/all' } },
        { name: 'n2', entry: { jump: ['n1'] } },
      ],
      skipped: [
        { name: 'a', why: expect.stringContaining('--replace') },
        { name: '-bad', why: expect.stringContaining('a name has') },
      ],
    });
    expect(place.json('config/servers.json')).toMatchObject({
      servers: { a: entry(), n2: { host: 'n2', user: 'ops', jump: ['n1'], tags: ['new'] } },
    });
    expect((await runHere(place, ['server', 'list'])).stdout).toMatch(/^n2 /m);
    expect(place.read('logs/audit.log')).toContain('"servers":["n1","n2"]');
    expect(await runHere(place, run)).toMatchObject({ status: 0, stdout: expect.stringContaining('"servers": []') });
  });

  it('leaves out what goes through a server that is left out', async () => {
    await using place = aPlace();
    place.write('inventory', `a ansible_host=x\nb2 ansible_ssh_common_args='-J c3'\nc3 ansible_user='no good'\n`);
    const { stdout } = await runHere(place, ['server', 'import', '--ansible', place.path('inventory'), '--json']);
    expect(parsed(stdout)).toMatchObject({ servers: [], skipped: [{ name: 'a' }, { name: 'b2' }, { name: 'c3' }] });
  });

  it.each([[[]], [['--ansible', 'x', '--ssh-config']], [['--ansible', '/etc']]])(
    'calls %s a usage error',
    async (args) => {
      await using place = aPlace();
      expect(await runHere(place, ['server', 'import', ...args])).toMatchObject({ status: 2 });
    },
  );
});
