import { chmodSync, existsSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../src/base/log.ts';
import { hashToken } from '../../src/identity/token-entry.ts';
import { openTokenUseStore, stateFile } from '../../src/storage/token-use-store.ts';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';

const web = { host: 'web.example', user: 'deploy', ssh_key_path: '/keys/web', tags: ['prod'] };

describe.concurrent('the command line', { timeout: 60_000 }, () => {
  it.each([
    { args: ['--help'], status: 0, stdout: /Usage: sallyport/ },
    { args: ['server', 'add', '--help'], status: 0, stdout: /--host-key-fingerprint/ },
    { args: ['stdio', '--help'], status: 0, stdout: /Usage: sallyport stdio/ },
    { args: ['version'], status: 0, stdout: /^\d+\.\d+\.\d+\n$/ },
    { args: ['version', '--json'], status: 0, stdout: /^\{"version":"\d+\.\d+\.\d+"\}\n$/ },
  ])('answers $args', async ({ args, status, stdout }) => {
    await using place = new SallyportPlace();
    expect(await place.run(args)).toMatchObject({ status, stdout: expect.stringMatching(stdout), stderr: '' });
  });

  it.each([
    { args: [], stderr: /Usage: sallyport/ },
    { args: ['frobnicate'], stderr: /unknown command 'frobnicate'/ },
    { args: ['server', 'list', '--nope'], stderr: /unknown option '--nope'/ },
    { args: ['stdio', '--nope'], stderr: /--config-dir DIR and nothing else/ },
    { args: ['server', 'add'], stderr: /--name is missing/ },
    { args: ['server', 'add', '../x'], stderr: /--name: a name has/ },
    { args: ['server', 'add', 'web', '--host', 'h', '--port', '0', '--user', 'u'], stderr: /--port: Port must be/ },
    { args: ['server', 'add', 'web', '--host', '-oProxyCommand=id', '--user', 'u'], stderr: /--host: must hold no/ },
    { args: ['server', 'add', 'web', '--host', 'h'], stderr: /--user is missing/ },
    { args: ['server', 'trust'], stderr: /NAME of a server, or --all/ },
    { args: ['token', 'create'], stderr: /--name is missing/ },
    { args: ['token', 'create', 'x'], stderr: /--permissions is missing/ },
    { args: ['token', 'create', 'x', '--permissions', 'root'], stderr: /'root' is not one of/ },
    { args: ['token', 'create', 'x', '--role', 'approver,root'], stderr: /--role: 'root' is not one of approver/ },
    { args: ['token', 'create', 'x', '--role', ','], stderr: /--permissions is missing/ },
    { args: ['token', 'create', 'x', '--permissions', ','], stderr: /No permissions selected/ },
    { args: ['token', 'create', 'x', '--permissions', 'read', '--allowed-ips', 'home'], stderr: /--allowed-ips/ },
    { args: ['token', 'create', 'x', '--permissions', 'read', '--allowed-ips', ','], stderr: /--allowed-ips/ },
    {
      args: ['token', 'create', 'x', '--permissions', 'read', '--rate-limit-multiplier', '-1'],
      stderr: /--rate-limit/,
    },
  ])('calls $args a usage error that names what is wrong', async ({ args, stderr }) => {
    await using place = new SallyportPlace();
    expect(await place.run(args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(stderr) });
    expect(existsSync(place.path('config/servers.json'))).toBe(false);
  });

  it('ends with 78 for a configuration that is wrong, and says where', async () => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', '{"servers": {,}}');
    const { status, stderr } = await place.run(['server', 'list']);
    expect({ status, stderr }).toEqual({ status: 78, stderr: expect.stringContaining('config/servers.json:1:14: ') });
  });
});

describe('init', () => {
  it('makes a configuration for us alone, with a token that is shown once, and changes nothing the second time', async () => {
    await using place = new SallyportPlace();
    const { status, stdout } = await runHere(place, ['init', '--json']);
    const made: unknown = JSON.parse(stdout);
    expect({ status, made }).toEqual({
      status: 0,
      made: { config_dir: place.path('config'), token: expect.stringMatching(/^tok_/), next: 'sallyport server add' },
    });
    expect(place.json('config/servers.json')).toEqual({ servers: {} });
    expect(statSync(place.path('config')).mode & 0o777).toBe(0o700);
    for (const name of ['servers.json', 'tokens.json']) {
      expect(statSync(place.path(`config/${name}`)).mode & 0o777).toBe(0o600);
    }
    const tokens = place.read('config/tokens.json');
    expect(await runHere(place, ['init'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('tokens already'),
    });
    expect(place.read('config/tokens.json')).toBe(tokens);
  });
});

describe('token', () => {
  it('creates, lists and revokes, and never shows a token again', async () => {
    await using place = new SallyportPlace();
    const created = await runHere(place, [
      'token',
      'create',
      'ci',
      '--permissions',
      'read,execute',
      '--servers',
      'web-*, db',
      '--expires-in-days',
      '9',
    ]);
    expect(created.status).toBe(0);
    const token = /^Token: (tok_\S+)$/m.exec(created.stdout)?.[1] ?? '';
    expect(created.stdout).toContain("won't be shown again");

    const listed = await runHere(place, ['token', 'list']);
    expect(listed.stdout).toMatch(/^API Tokens$/m);
    expect(listed.stdout).toMatch(/^ci +read, execute +- +standard +web-\*, db +✓ Enabled +tok_\S{4}… +20/m);
    expect(listed.stdout).not.toContain(token);
    const json: unknown = JSON.parse((await runHere(place, ['token', 'list', '--json'])).stdout);
    expect(json).toMatchObject({
      tokens: [{ name: 'ci', permissions: ['read', 'execute'], allowed_servers: ['web-*', 'db'] }],
    });

    expect(await runHere(place, ['token', 'revoke', 'nobody', '--yes'])).toMatchObject({ status: 1 });
    expect(await runHere(place, ['token', 'revoke', token])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(await runHere(place, ['token', 'revoke', token, '--yes'])).toMatchObject({
      status: 0,
      stdout: '✓ Token revoked\n',
    });
    expect(await runHere(place, ['token', 'list'])).toMatchObject({ stdout: 'No tokens configured\n' });
  });
});

describe('token create --role', () => {
  it('makes a token for a person: roles, and no permissions unless they are asked for', async () => {
    await using place = new SallyportPlace();
    await runHere(place, ['token', 'create', 'ann', '--role', 'auditor, approver']);
    await runHere(place, ['token', 'create', 'bob', '--role', 'operator', '--permissions', 'read']);
    const { stdout } = await runHere(place, ['token', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      tokens: [
        { name: 'ann', permissions: [], roles: ['approver', 'auditor'] },
        { name: 'bob', permissions: ['read'], roles: ['operator'] },
      ],
    });
    expect((await runHere(place, ['token', 'list'])).stdout).toMatch(/^ann +- +approver, auditor +standard/m);
  });
});

describe('token show and token migrate', () => {
  it('tell all of a token but its text, which migrating removes from the file', async () => {
    await using place = new SallyportPlace();
    const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
    place.write('config/tokens.json', {
      tokens: {
        [token]: { name: 'agent', permissions: ['read'], allowed_ips: ['10.0.0.0/8'], rate_limit_multiplier: 2 },
      },
    });
    const shown = await runHere(place, ['token', 'show', token, '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      name: 'agent',
      allowed_ips: ['10.0.0.0/8'],
      rate_limit_multiplier: 2,
      profile: 'seed',
      prefix: null,
    });
    expect((await runHere(place, ['token', 'list'])).stdout).toContain('token migrate');
    expect(await runHere(place, ['token', 'migrate'])).toMatchObject({
      status: 0,
      stdout: '✓ Stored as hashes: agent\n',
    });
    expect(place.read('config/tokens.json')).not.toContain(token);
    const { stdout } = await runHere(place, ['token', 'show', 'agent']);
    expect(stdout).toMatch(/^prefix: +tok_8c1b$/m);
    expect(stdout).toMatch(/^allowed_ips: +10\.0\.0\.0\/8$/m);
    expect(await runHere(place, ['token', 'show', 'nobody'])).toMatchObject({ status: 1 });
  });

  it('take what `token create` was given', async () => {
    await using place = new SallyportPlace();
    const flags = ['--permissions', 'read', '--allowed-ips', '10.0.0.0/8, ::1', '--rate-limit-multiplier', '0.5'];
    expect((await runHere(place, ['token', 'create', 'ci', ...flags])).status).toBe(0);
    expect(JSON.parse((await runHere(place, ['token', 'show', 'ci', '--json'])).stdout)).toMatchObject({
      allowed_ips: ['10.0.0.0/8', '::1'],
      rate_limit_multiplier: 0.5,
    });
  });
});

describe('token list', () => {
  it('shows when each token was last used and when it ends, counted from first sight where no date is told', async () => {
    await using place = new SallyportPlace();
    const token = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';
    place.write('config/tokens.json', { tokens: { [token]: { name: 'agent' } } });
    place.write('config/sallyport.yaml', 'token_expiry_hours: 24\n');
    expect((await runHere(place, ['token', 'list'])).stdout).toMatch(/^agent .* never +never$/m);
    expect(existsSync(place.path('data'))).toBe(false);
    const store = openTokenUseStore({ location: stateFile(place.path('data/state.db')), log: silentLog });
    store.touch(hashToken(token), new Date('2026-11-20T10:00:00Z'));
    await store.firstSeen([hashToken(token)], new Date('2026-11-19T10:00:00Z'));
    await store.close();
    const { stdout } = await runHere(place, ['token', 'list', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      tokens: [{ name: 'agent', expires_at: '2026-11-20T10:00:00.000Z', last_used_at: '2026-11-20T10:00:00.000Z' }],
    });
  });
});

describe('server', () => {
  it('lists the servers, the bad entries, and whether the host key is known', async () => {
    await using place = new SallyportPlace();
    expect(await runHere(place, ['server', 'list'])).toMatchObject({ status: 0, stdout: 'No servers configured\n' });
    const servers = {
      web: { ...web, host_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPEACVxbKaRLH1uouz/Ka/aXssAt7wSvrqmdGz2SSFm/' },
      off: { ...web, tags: [], enabled: false },
      bad: {},
    };
    place.write('config/servers.json', { servers });
    const { stdout } = await runHere(place, ['server', 'list']);
    expect(stdout).toMatch(/^Configured Servers$/m);
    expect(stdout).toMatch(/^web +web\.example:22 +deploy +prod +✓ Enabled +known$/m);
    expect(stdout).toMatch(/^off +web\.example:22 +deploy +- +✗ Disabled +unknown$/m);
    expect(stdout).toMatch(/^Skipped: .*servers\.json:1:\d+: servers\.bad/m);
  });

  it('removes one, keeps the rest of the file, and its key unless told', async () => {
    await using place = new SallyportPlace();
    place.write('keys/web_ed25519', 'key');
    place.write('elsewhere', 'key');
    const servers = {
      web: { ...web, ssh_key_path: place.path('keys/web_ed25519') },
      behind: { ...web, jump: 'web', extra: 1 },
      far: { ...web, ssh_key_path: place.path('elsewhere') },
    };
    place.write('config/servers.json', { note: 'mine', servers, security: { forbidden_commands: ['mkfs'] } });
    const refused = await runHere(place, ['server', 'remove', 'web', '--yes']);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('jump host of behind') });
    expect(await runHere(place, ['server', 'remove', 'behind'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect(await runHere(place, ['server', 'remove', 'behind', '--yes'])).toMatchObject({ status: 0 });
    expect(await runHere(place, ['server', 'remove', 'far', '--yes', '--remove-key'])).toMatchObject({ status: 0 });
    expect(await runHere(place, ['server', 'remove', 'web', '--yes', '--remove-key'])).toMatchObject({ status: 0 });
    expect(place.json('config/servers.json')).toEqual({
      note: 'mine',
      servers: {},
      security: { forbidden_commands: ['mkfs'] },
    });
    expect([existsSync(place.path('keys/web_ed25519')), existsSync(place.path('elsewhere'))]).toEqual([false, true]);
    expect(await runHere(place, ['server', 'remove', 'web', '--yes'])).toMatchObject({
      status: 1,
      stderr: "Server 'web' not found\n",
    });
  });

  it('refuses a servers.json that others can write', async () => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: { web } });
    chmodSync(place.path('config/servers.json'), 0o666);
    expect(await runHere(place, ['server', 'add', 'x'])).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('chmod go-w'),
    });
  });
});
