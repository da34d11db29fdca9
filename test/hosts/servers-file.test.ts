import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/base/log.ts';
import { Secret } from '../../src/base/secret.ts';
import { isHostId, type HostId } from '../../src/hosts/host.ts';
import { ServersFile, type ServersFileOptions } from '../../src/hosts/servers-file.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';

const promisedMs = 2000;
const web = { host: 'web.example', user: 'deploy', ssh_key_path: '/keys/web' };

/** A servers.json, what is read of it, and everything that was logged. */
class Fixture implements Disposable {
  readonly #folder = temporaryFolder();
  readonly logged: string[] = [];
  readonly file = join(this.#folder.path, 'config', 'servers.json');

  constructor(content: unknown) {
    mkdirSync(join(this.#folder.path, 'config'), { mode: 0o700 });
    this.write(content);
  }

  get directory(): string {
    return this.#folder.path;
  }

  write(content: unknown): void {
    const text = typeof content === 'string' ? content : JSON.stringify(content, undefined, 2);
    writeFileSync(this.file, text, { mode: 0o600 });
  }

  open(options: Partial<ServersFileOptions> = {}): Promise<ServersFile> {
    const note = (level: string) => (first: unknown, second?: unknown) =>
      void this.logged.push(`${level}: ${String(typeof first === 'string' ? first : second)}`);
    const log: Log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
    return ServersFile.open({
      file: this.file,
      log,
      configDir: join(this.directory, 'config'),
      keysDir: join(this.directory, 'keys'),
      workingDir: this.directory,
      knownHostsFiles: ['/known_hosts'],
      use: 'team',
      demoEntries: 'ignored',
      secretFromEnv: (name) => (name === 'WEB_SECRET' ? new Secret('hunter2') : undefined),
      agentSocket: '/run/agent',
      ...options,
    });
  }

  errors(level: string): readonly string[] {
    return this.logged
      .filter((line) => line.startsWith(`${level}: `))
      .map((line) => line.replace(`${level}: `, '').replace(this.file, 'servers.json'));
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

function id(name: string): HostId {
  if (!isHostId(name)) throw new Error(`${name} is no host id`);
  return name;
}

describe('servers.json of the first seed', () => {
  it('is read as it is', async () => {
    using fixture = new Fixture({
      servers: {
        web: {
          ...web,
          port: 2222,
          ssh_key_passphrase_env: 'WEB_SECRET',
          tags: ['prod'],
          description: 'The web server',
          ours_unknown: 1,
        },
        off: { ...web, enabled: false, ssh_key_passphrase_env: null, description: null },
      },
      security: {
        allowed_commands_patterns: ['^ls '],
        forbidden_commands: ['mkfs'],
        require_confirmation: ['reboot'],
        rate_limit: { requests_per_minute: 60 },
      },
      more: true,
    });
    using servers = await fixture.open();
    const host = await servers.find(id('web'));
    expect(host).toMatchObject({
      id: 'web',
      address: 'web.example',
      port: 2222,
      user: 'deploy',
      tags: ['prod'],
      enabled: true,
      description: 'The web server',
      route: { kind: 'direct' },
      knownHostsFiles: ['/known_hosts'],
    });
    expect(host?.credentials.keys[0]?.passphrase?.reveal()).toBe('hunter2');
    expect(['web', 'off', 'other'].map((name) => servers.status(id(name)))).toEqual(['enabled', 'disabled', 'absent']);
    expect(servers.security()).toEqual({
      allowedCommandPatterns: ['^ls '],
      forbiddenCommands: ['mkfs'],
      requireConfirmation: ['reboot'],
      rateLimit: { requestsPerMinute: 60 },
    });
    expect(fixture.logged).toEqual([]);
  });

  it('has no servers when it is absent, not those of an example', async () => {
    using fixture = new Fixture({});
    rmSync(fixture.file);
    writeFileSync(`${fixture.file}.example`, JSON.stringify({ servers: { web } }), { mode: 0o600 });
    using servers = await fixture.open();
    expect(await servers.all()).toEqual([]);
  });

  it('finds keys where they are meant', async () => {
    using fixture = new Fixture({
      servers: {
        container: { ...web, ssh_key_path: '/app/keys/web_ed25519' },
        here: { ...web, ssh_key_path: 'keys/here' },
        beside: { ...web, ssh_key_path: 'other/beside' },
        absolute: { ...web, ssh_key_path: '/etc/key' },
      },
    });
    mkdirSync(join(fixture.directory, 'cwd', 'keys'), { recursive: true });
    mkdirSync(join(fixture.directory, 'other'));
    writeFileSync(join(fixture.directory, 'cwd', 'keys', 'here'), '');
    writeFileSync(join(fixture.directory, 'other', 'beside'), '');
    const pathsFrom = async (workingDir: string | undefined): Promise<readonly (string | undefined)[]> => {
      using servers = await fixture.open({ workingDir });
      return (await servers.all()).map((host) => host.credentials.keys[0]?.path.replace(fixture.directory, ''));
    };
    const [container, beside, absolute] = ['/keys/web_ed25519', '/other/beside', '/etc/key'];
    expect(await pathsFrom(join(fixture.directory, 'cwd'))).toEqual([container, '/cwd/keys/here', beside, absolute]);
    expect(await pathsFrom(undefined)).toEqual([container, '/keys/here', beside, absolute]);
  });
});

describe('the optional keys of servers.json', () => {
  it('lead through jump hosts, pin keys, name secrets and the agent', async () => {
    using fixture = new Fixture({
      servers: {
        outer: { host: 'outer', user: 'j', agent: true },
        inner: { host: 'inner', user: 'j', agent: '/run/other', jump: 'outer' },
        web: {
          ...web,
          jump: ['inner'],
          host_key: 'ssh-ed25519 AAAA comment',
          password_env: 'WEB_SECRET',
          sudo: true,
          path: ['/opt/bin'],
          labels: { env: 'prod' },
        },
      },
    });
    using servers = await fixture.open();
    const host = await servers.find(id('web'));
    const outer = await servers.find(id('outer'));
    expect(host?.route).toMatchObject({ kind: 'jump', hosts: [{ id: 'outer' }, { id: 'inner' }] });
    expect(host?.pinnedHostKeys).toEqual(['ssh-ed25519 AAAA']);
    expect(host?.labels).toEqual({ env: 'prod' });
    expect(host?.credentials.password?.reveal()).toBe('hunter2');
    expect(outer?.credentials.agent).toBe('/run/agent');
    expect(fixture.logged).toEqual([]);
  });

  it('take proxy_command in personal use only', async () => {
    using fixture = new Fixture({ servers: { web: { ...web, proxy_command: 'nc %h %p' } } });
    using team = await fixture.open();
    expect(await team.all()).toEqual([]);
    expect(fixture.errors('warn')).toEqual([
      expect.stringMatching(/^servers\.json:\d+:\d+: servers\.web\.proxy_command: runs/),
    ]);
    using personal = await fixture.open({ use: 'personal' });
    expect((await personal.find(id('web')))?.route).toEqual({ kind: 'proxy_command', command: 'nc %h %p' });
  });

  it('disable a host behind a disabled jump host', async () => {
    using fixture = new Fixture({ servers: { outer: { ...web, enabled: false }, web: { ...web, jump: 'outer' } } });
    using servers = await fixture.open();
    expect(servers.status(id('web'))).toBe('disabled');
  });

  it('count demo entries only where they are served and nothing real stands beside them', async () => {
    using fixture = new Fixture({ servers: { demo: { ...web, demo: true } } });
    using ignoring = await fixture.open();
    expect(ignoring.status(id('demo'))).toBe('absent');
    using serving = await fixture.open({ demoEntries: 'served' });
    expect(serving.status(id('demo'))).toBe('enabled');
    fixture.write({ servers: { demo: { ...web, demo: true }, web } });
    using beside = await fixture.open({ demoEntries: 'served' });
    expect(beside.status(id('demo'))).toBe('absent');
  });
});

describe('at start', () => {
  it.each<{ bad: string; entry: unknown; place: RegExp }>([
    {
      bad: 'a port out of range',
      entry: { ...web, port: 70_000 },
      place: /^servers\.json:7:15: servers\.bad\.port: Port must be/,
    },
    { bad: 'no host', entry: { user: 'u', ssh_key_path: 'k' }, place: /^servers\.json:3:12: servers\.bad\.host: / },
    {
      bad: 'a host that is an option',
      entry: { ...web, host: '-oProxyCommand=id' },
      place: /^servers\.json:4:15: servers\.bad\.host/,
    },
    { bad: 'a blank in the user', entry: { ...web, user: 'a b' }, place: /^servers\.json:5:15: servers\.bad\.user/ },
    { bad: 'no way to log in', entry: { host: 'h', user: 'u' }, place: /needs ssh_key_path, agent or password_env/ },
    {
      bad: 'an unknown jump',
      entry: { ...web, jump: 'nowhere' },
      place: /servers\.bad\.jump: jump: there is no usable server nowhere/,
    },
    { bad: 'a jump through itself', entry: { ...web, jump: 'bad' }, place: /leads in a circle: bad → bad/ },
    {
      bad: 'a host key that is none',
      entry: { ...web, host_key: 'SHA256:abc' },
      place: /servers\.bad\.host_key: must be/,
    },
    { bad: 'a text', entry: 'x', place: /^servers\.json:3:12: servers\.bad: / },
  ])('an entry with $bad is skipped, and the rest is there', async ({ entry, place }) => {
    using fixture = new Fixture({ servers: { bad: entry, web } });
    using servers = await fixture.open();
    expect((await servers.all()).map((host) => host.id)).toEqual(['web']);
    expect(fixture.errors('warn')).toEqual([expect.stringMatching(place)]);
  });

  it.each(['-web', '', 'a\u202eb', 'a\nb'])('a server named %j is skipped', async (name) => {
    using fixture = new Fixture({ servers: { [name]: web } });
    using servers = await fixture.open();
    expect(await servers.all()).toEqual([]);
    expect(fixture.errors('warn')).toHaveLength(1);
  });

  it('a circle of jumps leaves out those in it and behind it', async () => {
    using fixture = new Fixture({
      servers: { a: { ...web, jump: 'b' }, b: { ...web, jump: 'a' }, c: { ...web, jump: 'b' }, d: web },
    });
    using servers = await fixture.open();
    expect((await servers.all()).map((host) => host.id)).toEqual(['d']);
  });

  it.each<{ what: string; content: unknown; message: RegExp }>([
    { what: 'not JSON', content: '{"servers": {,}}', message: /servers\.json:1:14: / },
    { what: 'a list', content: [], message: /servers\.json:1:1: must be an object/ },
    {
      what: 'a bad security block',
      content: { security: { forbidden_commands: 'rm' } },
      message: /3:27: security\.forbidden_commands/,
    },
  ])('a file that is $what stops it', async ({ content, message }) => {
    using fixture = new Fixture(content);
    await expect(fixture.open()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(message),
    });
  });

  it('what policy finds in the security block stops it, with its place', async () => {
    using fixture = new Fixture({ security: { allowed_commands_patterns: ['^a', '(?=x)'] } });
    const judgeSecurity = () => [{ path: ['allowed_commands_patterns', 1], message: 'no look-ahead' }];
    await expect(fixture.open({ judgeSecurity })).rejects.toThrow(
      'servers.json:5:7: security.allowed_commands_patterns.1: no look-ahead',
    );
  });

  it('a missing secret is told, and the host stays', async () => {
    using fixture = new Fixture({ servers: { web: { ...web, password_env: 'ABSENT' } } });
    using servers = await fixture.open();
    expect(servers.status(id('web'))).toBe('enabled');
    expect(fixture.errors('warn')).toEqual(['Server web: environment variable ABSENT is not set']);
  });
});

describe.concurrent('while running', () => {
  async function goneAfter(fixture: Fixture, servers: ServersFile, content: unknown): Promise<readonly string[]> {
    const gone = new Promise<readonly string[]>((resolve) => servers.onChanged((ids) => resolve([...ids])));
    fixture.write(content);
    return await Promise.race([gone, sleep(promisedMs, ['nothing in time'])]);
  }

  const others = { same: web, described: { ...web, description: 'old' } };
  it.each<{ what: string; entry: unknown }>([
    { what: 'removed', entry: undefined },
    { what: 'disabled', entry: { ...web, enabled: false } },
    { what: 'moved', entry: { ...web, host: 'other.example' } },
    { what: 'given another secret', entry: { ...web, password_env: 'WEB_SECRET' } },
  ])('a host that is $what is told within two seconds, and no other', async ({ entry }) => {
    using fixture = new Fixture({ servers: { web, ...others } });
    using servers = await fixture.open();
    const described = { ...web, description: 'new', tags: ['x'] };
    expect(await goneAfter(fixture, servers, { servers: { web: entry, same: web, described } })).toEqual(['web']);
    expect((await servers.find(id('described')))?.description).toBe('new');
  });

  it('a host whose jump host changed is told too', async () => {
    const behind = { ...web, jump: 'outer' };
    using fixture = new Fixture({ servers: { outer: web, behind } });
    using servers = await fixture.open();
    const changed = { servers: { outer: { ...web, port: 23 }, behind } };
    expect(await goneAfter(fixture, servers, changed)).toEqual(['outer', 'behind']);
  });

  it('a deleted file takes every host with it', async () => {
    using fixture = new Fixture({ servers: { web } });
    using servers = await fixture.open();
    const gone = new Promise((resolve) => servers.onChanged((ids) => resolve([...ids])));
    rmSync(fixture.file);
    expect(await Promise.race([gone, sleep(promisedMs, 'nothing in time')])).toEqual(['web']);
  });

  it.each<{ what: string; content: unknown; place: RegExp }>([
    {
      what: 'broken JSON',
      content: '{"servers": {}\n  "security": {}}',
      place: /^servers\.json:2:3: expected ',' or '}'/,
    },
    {
      what: 'one bad entry',
      content: { servers: { web: { ...web, port: 0 } } },
      place: /^servers\.json:7:15: servers\.web\.port/,
    },
    { what: 'a bad security block', content: { servers: {}, security: [] }, place: /^servers\.json:3:15: security/ },
  ])('$what keeps the old configuration, and says where', async ({ content, place }) => {
    using fixture = new Fixture({ servers: { web, other: web }, security: { forbidden_commands: ['mkfs'] } });
    using servers = await fixture.open();
    expect(await goneAfter(fixture, servers, content)).toEqual(['nothing in time']);
    expect((await servers.all()).map((host) => host.id)).toEqual(['web', 'other']);
    expect(servers.security().forbiddenCommands).toEqual(['mkfs']);
    expect(fixture.errors('error')).toEqual([expect.stringMatching(place)]);
  });

  it('a changed security block is handed on', async () => {
    using fixture = new Fixture({ servers: { web } });
    using servers = await fixture.open();
    const security = new Promise((resolve) => servers.onSecurityChanged(resolve));
    fixture.write({ servers: { web }, security: { forbidden_commands: ['mkfs'] } });
    expect(await Promise.race([security, sleep(promisedMs)])).toMatchObject({ forbiddenCommands: ['mkfs'] });
  });
});
