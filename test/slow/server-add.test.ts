import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needsRoot } from '../fixtures/machine.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { generateKey } from '../fixtures/ssh-keys.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

const password = 'correct horse battery';

function fingerprintOf(sshd: Sshd): string {
  const [key] = sshd.hostKeys;
  return execFileSync('ssh-keygen', ['-lf', `${key?.path ?? ''}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
}

function addArguments(sshd: Sshd, ...more: readonly string[]): readonly string[] {
  return ['server', 'add', 'web', '--host', sshd.address, '--port', String(sshd.port), '--user', sshd.user, ...more];
}

/** An account whose password is known and that has never seen a key of ours. */
function aHostWithAPassword(): Promise<Sshd> {
  return startSshd({ login: 'ordinary', password, config: ['AuthorizedKeysFile .ssh/authorized_keys'] });
}

function authorizedKeys(sshd: Sshd): string {
  return join(sshd.home, '.ssh', 'authorized_keys');
}

describe.concurrent('server add with an existing key', { timeout: 60_000 }, () => {
  it('stores the host key first, tests the login, and takes the place of the demo', async () => {
    await using sshd = await startSshd();
    await using place = new SallyportPlace();
    const demo = { host: '127.0.0.1', port: 1, user: 'x', ssh_key_path: 'k', demo: true };
    place.write('config/servers.json', { servers: { demo }, security: { rate_limit: {} }, more: 1 });
    const added = await place.run(
      addArguments(sshd, '--key', sshd.keyPath, '--host-key-fingerprint', fingerprintOf(sshd), '--tags', 'a, b'),
    );
    expect(added).toMatchObject({ status: 0, stdout: expect.stringContaining("✓ Server 'web' added") });
    expect(place.json('config/servers.json')).toEqual({
      servers: {
        web: {
          host: sshd.address,
          port: sshd.port,
          user: sshd.user,
          tags: ['a', 'b'],
          enabled: true,
          description: null,
          ssh_key_path: sshd.keyPath,
          ssh_key_passphrase_env: null,
        },
      },
      security: { rate_limit: {} },
      more: 1,
    });
    const [, knownKey = ''] = sshd.hostKeyLine.split(' ').slice(-2);
    expect(place.read('config/known_hosts')).toContain(knownKey);
    const tested = await place.run(['server', 'test', 'web']);
    expect(tested).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^System info: Linux .*\n✓ Connection test passed!\n$/),
    });
    expect((await place.run(['audit', 'verify', '--json'])).stdout).toContain('"ok": true');
  });

  it('does not log in to a host with another key than the one named', async () => {
    await using sshd = await startSshd();
    await using place = new SallyportPlace();
    const wrong = `SHA256:${'A'.repeat(43)}`;
    const refused = await place.run(addArguments(sshd, '--key', sshd.keyPath, '--host-key-fingerprint', wrong));
    expect(refused).toMatchObject({ status: 1, stdout: expect.stringContaining('Nothing was stored or sent') });
    expect([existsSync(place.path('config/known_hosts')), existsSync(place.path('config/servers.json'))]).toEqual([
      false,
      false,
    ]);
    expect(sshd.log()).not.toMatch(/userauth-request|Accepted|Failed/);
  });

  it('wants the host key confirmed, where there is no terminal by a flag', async () => {
    await using sshd = await startSshd();
    await using place = new SallyportPlace();
    const asked = await place.run(addArguments(sshd, '--key', sshd.keyPath));
    expect(asked).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--accept-host-key or --host-key-fingerprint'),
    });
    expect(asked.stdout).toContain(fingerprintOf(sshd));
    expect(sshd.log()).not.toMatch(/userauth-request/);
  });

  it('saves nothing when the key is not let in, unless told to, and says how to mend it', async () => {
    await using sshd = await startSshd();
    await using place = new SallyportPlace();
    const { path } = await generateKey(place.path('other key'));
    const refused = await place.run(addArguments(sshd, '--key', path, '--accept-host-key'));
    expect(refused).toMatchObject({ status: 1, stderr: '' });
    expect(refused.stdout).toMatch(/^✗ .+$/m);
    expect(refused.stdout).toContain(`ssh-copy-id -i '${path}.pub' -p ${sshd.port} ${sshd.user}@${sshd.address}`);
    expect(existsSync(place.path('config/servers.json'))).toBe(false);

    const saved = await place.run(addArguments(sshd, '--key', path, '--accept-host-key', '--save-anyway', '--json'));
    expect(saved.status).toBe(0);
    expect(JSON.parse(saved.stdout)).toMatchObject({
      success: true,
      server: 'web',
      tested: false,
      code: 'host_login_refused',
    });
    expect(place.json('config/servers.json')).toMatchObject({ servers: { web: { host: sshd.address } } });
    expect(await place.run(addArguments(sshd, '--key', path))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--replace'),
    });
    const tested = await place.run(['server', 'test', 'web', '--json']);
    expect({ status: tested.status, result: JSON.parse(tested.stdout) as unknown }).toMatchObject({
      status: 1,
      result: { success: false, code: 'host_login_refused' },
    });
  });

  it('refuses a key that others can read, and one that is none', async () => {
    await using place = new SallyportPlace();
    const { path } = await generateKey(place.path('key'));
    const add = (key: string) =>
      place.run(['server', 'add', 'web', '--host', '127.0.0.1', '--user', 'u', '--key', key]);
    expect(await add(`${path}.pub`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('readable by others'),
    });
    chmodSync(`${path}.pub`, 0o600);
    expect(await add(`${path}.pub`)).toMatchObject({ status: 2, stderr: expect.stringMatching(/a public key|not a/) });
    expect(await add(place.path('absent'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('file not found'),
    });
  });
});

describe.concurrent('server add with a password', { timeout: 60_000 }, () => {
  it(...needsRoot('makes a key, puts it on the host once, and logs in with nothing else'), async () => {
    await using sshd = await aHostWithAPassword();
    await using place = new SallyportPlace();
    const options = { input: `${password}\n`, env: { SSH_AUTH_SOCK: '/nonexistent' } };
    const added = await place.run(addArguments(sshd, '--accept-host-key', '--password-stdin'), options);
    expect(added).toMatchObject({ status: 0, stdout: expect.stringMatching(/Key added on web\nSystem info: Linux/) });

    const line = readFileSync(place.path('keys/web_ed25519.pub'), 'utf8');
    expect(line).toMatch(/^ssh-ed25519 \S+ mcp-server@web\n$/);
    expect(readFileSync(authorizedKeys(sshd), 'utf8')).toBe(line);
    const modes = [place.path('keys/web_ed25519'), authorizedKeys(sshd), join(sshd.home, '.ssh')].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o600, 0o700]);
    expect(place.json('config/servers.json')).toMatchObject({
      servers: { web: { ssh_key_path: place.path('keys/web_ed25519') } },
    });
    for (const name of ['config/servers.json', 'logs/audit.log']) expect(place.read(name)).not.toContain(password);

    // Again, without a password: the key is there, so none is asked for and nothing is added.
    const again = await place.run(addArguments(sshd, '--replace'));
    expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('✓ Connection test passed!') });
    expect(readFileSync(authorizedKeys(sshd), 'utf8')).toBe(line);
  });

  it(...needsRoot('keeps the keys that are there, one whose line lacks its end too'), async () => {
    await using sshd = await aHostWithAPassword();
    await using place = new SallyportPlace();
    const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPEACVxbKaRLH1uouz/Ka/aXssAt7wSvrqmdGz2SSFm/ somebody';
    mkdirSync(join(sshd.home, '.ssh'));
    writeFileSync(authorizedKeys(sshd), other);
    execFileSync('chown', ['-R', sshd.user, join(sshd.home, '.ssh')]);
    const options = { env: { WEB_PASSWORD: password } };
    const flags = ['--accept-host-key', '--password-env', 'WEB_PASSWORD'];
    expect(await place.run(addArguments(sshd, ...flags), options)).toMatchObject({ status: 0 });
    const line = readFileSync(place.path('keys/web_ed25519.pub'), 'utf8');
    expect(readFileSync(authorizedKeys(sshd), 'utf8')).toBe(`${other}\n${line}`);
  });

  it(...needsRoot('sends a wrong password once, and saves nothing'), async () => {
    await using sshd = await aHostWithAPassword();
    await using place = new SallyportPlace();
    const refused = await place.run(addArguments(sshd, '--accept-host-key', '--password-stdin'), { input: 'wrong\n' });
    expect(refused).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^✗ .*\nAdd the key yourself: ssh-copy-id/m),
    });
    expect(existsSync(place.path('config/servers.json'))).toBe(false);
    expect(sshd.log().match(/Failed password/g)).toHaveLength(1);
  });

  it(...needsRoot('is not bound by the security block, which is for callers'), async () => {
    await using sshd = await aHostWithAPassword();
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: {}, security: { allowed_commands_patterns: ['^uptime '] } });
    const flags = addArguments(sshd, '--accept-host-key', '--password-stdin');
    expect(await place.run(flags, { input: `${password}\n` })).toMatchObject({ status: 0 });
  });

  it(...needsRoot('asks at a terminal for what no flag says, and hides the password'), async () => {
    await using sshd = await aHostWithAPassword();
    await using place = new SallyportPlace();
    const { shown, status } = await place.atTerminal(
      ['server', 'add', 'web'],
      [
        [/Hostname/, `${sshd.address}\r`],
        [/SSH port/, `\u0015${sshd.port}\r`],
        [/Username/, `\u0015${sshd.user}\r`],
        [/Description/, '\r'],
        [/Tags/, 'prod\r'],
        [/Trust it\?/, 'y'],
        [/Password/, `${password}\r`],
      ],
    );
    expect({ status, shown }).toMatchObject({ status: 0, shown: expect.stringContaining("✓ Server 'web' added") });
    expect(shown).toContain(fingerprintOf(sshd));
    expect(shown).not.toContain(password);
    expect(place.json('config/servers.json')).toMatchObject({
      servers: { web: { host: sshd.address, port: sshd.port, user: sshd.user, tags: ['prod'] } },
    });
  });

  it('gives up at Ctrl-C', async () => {
    await using place = new SallyportPlace();
    const ended = await place.atTerminal(['server', 'add', 'web'], [[/Hostname/, '\u0003']]);
    expect(ended).toMatchObject({ status: 1, shown: expect.stringContaining('Cancelled') });
  });
});

describe.concurrent('server trust', { timeout: 60_000 }, () => {
  it('stores what a flag confirms, refuses a changed key, and takes it with --replace', async () => {
    await using sshd = await startSshd();
    await using place = new SallyportPlace();
    const entry = { host: sshd.address, port: sshd.port, user: sshd.user, ssh_key_path: sshd.keyPath };
    place.write('config/servers.json', { servers: { web: entry, off: { ...entry, enabled: false } } });
    expect(await place.run(['server', 'trust', 'web'])).toMatchObject({ status: 2 });
    expect(await place.run(['server', 'test', 'web'])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('sallyport server trust web'),
    });
    const trusted = await place.run(['server', 'trust', '--all', '--accept-host-key', '--json']);
    expect({ status: trusted.status, json: JSON.parse(trusted.stdout) as unknown }).toEqual({
      status: 0,
      json: { success: true, servers: [{ server: 'web', result: 'trusted', fingerprint: fingerprintOf(sshd) }] },
    });
    expect(await place.run(['server', 'test', 'web'])).toMatchObject({ status: 0 });

    await using changed = await startSshd();
    place.write('config/servers.json', { servers: { web: { ...entry, port: changed.port } } });
    appendFileSync(
      place.path('config/known_hosts'),
      place.read('config/known_hosts').replace(`:${sshd.port} `, `:${changed.port} `),
    );
    expect(await place.run(['server', 'trust', 'web', '--accept-host-key'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('--replace'),
    });
    const fingerprint = fingerprintOf(changed);
    expect(await place.run(['server', 'trust', 'web', '--replace', '--fingerprint', fingerprint])).toMatchObject({
      status: 0,
    });
    expect(place.read('config/known_hosts')).toContain(`[127.0.0.1]:${sshd.port} `);
  });
});
