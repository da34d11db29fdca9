import { DatabaseSync } from 'node:sqlite';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';

const web = { host: 'web.example', user: 'deploy', ssh_key_path: '/keys/web', port: 2200, note: 'mine' };
const plain = 'tok_8c1b2d3e4f5061728394a5b6c7d8e9f0';

function lines(place: SallyportPlace): readonly Record<string, unknown>[] {
  return place
    .read('logs/audit.log')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('changes of who is let in', { timeout: 60_000 }, () => {
  it('are recorded as meant before they are made, and as made after, without any token', async () => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: { web } });
    const created = await runHere(place, ['token', 'create', 'ci', '--permissions', 'read', '--json']);
    const token = /"token": "(.+)"/.exec(created.stdout)?.[1] ?? '';
    await runHere(place, ['token', 'disable', 'ci']);
    await runHere(place, ['token', 'enable', token]);
    expect(await runHere(place, ['token', 'create', 'ci', '--permissions', 'read'])).toMatchObject({ status: 1 });
    await runHere(place, ['token', 'revoke', token, '--yes']);
    await runHere(place, ['server', 'disable', 'web']);
    await runHere(place, ['server', 'remove', 'web', '--yes']);

    const by = expect.stringMatching(/^local:./);
    expect(lines(place)).toMatchObject([
      {
        event_type: 'token_created',
        result: 'success',
        token_name: by,
        metadata: { token: 'ci', permissions: ['read'] },
      },
      { event_type: 'token_revoked', result: 'success', metadata: { token: 'ci', operation: 'disabled' } },
      { event_type: 'token_created', result: 'success', metadata: { token: 'ci', operation: 'enabled' } },
      { event_type: 'token_created', result: 'failed' },
      { event_type: 'token_revoked', result: 'success', metadata: { token: 'ci' } },
      { event_type: 'server_removed', server_name: 'web', metadata: { operation: 'disabled' } },
      {
        event_type: 'server_removed',
        server_name: 'web',
        metadata: { host: 'web.example', port: 2200, user: 'deploy' },
      },
    ]);
    using database = new DatabaseSync(place.path('data/audit.db'), { readOnly: true });
    const kinds = database.prepare("SELECT kind, body FROM audit_records WHERE kind <> 'chain_start'").all();
    expect(kinds.map(({ kind }) => kind)).toEqual(Array.from({ length: 7 }, () => ['intent', 'outcome']).flat());
    expect(JSON.parse(String(kinds[0]?.['body']))).toMatchObject({
      tool: 'token create',
      change: { metadata: { token: 'ci' } },
    });
    expect(JSON.stringify(kinds) + place.read('logs/audit.log')).not.toContain(token);
    expect(await runHere(place, ['audit', 'verify'])).toMatchObject({ status: 0 });
  });

  it.each([
    { args: ['token', 'create', 'ci', '--permissions', 'read'] },
    { args: ['token', 'revoke', 'agent', '--yes'] },
    { args: ['server', 'remove', 'web', '--yes', '--remove-key'] },
    {
      args: [
        'server',
        'add',
        'new',
        '--host',
        '127.0.0.1',
        '--port',
        '1',
        '--user',
        'u',
        '--save-anyway',
        '--accept-host-key',
      ],
    },
  ])('are not made where they cannot be recorded: $args', async ({ args }) => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: { web } });
    place.write('config/tokens.json', { tokens: { [plain]: { name: 'agent' } } });
    const files = (): readonly string[] => ['servers', 'tokens'].map((name) => place.read(`config/${name}.json`));
    const before = files();
    writeFileSync(place.path('data'), 'in the way');
    expect(await runHere(place, args)).toMatchObject({ status: 1, stderr: expect.stringContaining('recorded') });
    expect(files()).toEqual(before);
  });
});

describe('enable and disable', () => {
  it('change that one word, also of a token in plaintext', async () => {
    await using place = new SallyportPlace();
    const entry = { name: 'agent', permissions: ['read'], made_by: 'us' };
    place.write('config/servers.json', { note: 1, servers: { web, other: web } });
    place.write('config/tokens.json', { tokens: { [plain]: entry } });
    await runHere(place, ['server', 'disable', 'web']);
    expect(place.json('config/servers.json')).toEqual({
      note: 1,
      servers: { web: { ...web, enabled: false }, other: web },
    });
    await runHere(place, ['token', 'disable', plain]);
    expect(place.json('config/tokens.json')).toEqual({ tokens: { [plain]: { ...entry, enabled: false } } });
    expect(await runHere(place, ['token', 'enable', 'agent', '--json'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('"enabled": true'),
    });
    expect(place.json('config/tokens.json')).toEqual({ tokens: { [plain]: { ...entry, enabled: true } } });
  });

  it('leave a published example disabled, and know nobody by no name', async () => {
    await using place = new SallyportPlace();
    const tokens = { tok_example_cursor_admin_abc123: { name: 'cursor-admin', enabled: false } };
    place.write('config/tokens.json', { tokens });
    const enabled = await runHere(place, ['token', 'enable', 'cursor-admin']);
    expect(enabled).toMatchObject({ status: 1, stderr: expect.stringContaining('published example') });
    expect(place.json('config/tokens.json')).toEqual({ tokens });
    for (const args of [
      ['token', 'enable', 'nobody'],
      ['server', 'disable', 'nobody'],
      ['server', 'disable', '__proto__'],
    ]) {
      expect(await runHere(place, args)).toMatchObject({ status: 1, stderr: expect.stringContaining('not found') });
    }
  });
});

describe('status', () => {
  it('tells where the configuration is and how much is in it', async () => {
    await using place = new SallyportPlace();
    const empty = await runHere(place, ['status']);
    expect(empty.stdout).toBe(
      `Config directory: ${place.path('config')}\nServers: 0 (0 enabled)\nTokens: 0 (0 enabled)\nNo gateway serves on this DATA_DIR\n`,
    );
    place.write('config/servers.json', { servers: { web, off: { ...web, enabled: false }, bad: { ...web, port: 0 } } });
    place.write('config/tokens.json', { tokens: { [plain]: { name: 'agent' } } });
    const { stdout, status } = await runHere(place, ['status', '--json']);
    expect({ status, json: JSON.parse(stdout) as unknown }).toEqual({
      status: 0,
      json: {
        config_dir: place.path('config'),
        servers: 2,
        servers_enabled: 1,
        tokens: 1,
        tokens_enabled: 1,
        problems: [expect.stringContaining('servers.bad'), expect.stringContaining('sallyport token migrate')],
        locks: [],
        running: null,
      },
    });
  });
});
