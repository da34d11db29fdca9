import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import { SshHome } from '../fixtures/ssh-home.ts';
import { hostId } from '../fixtures/sshd.ts';

let at: SshHome;
beforeEach(() => {
  at = new SshHome();
});
afterEach(() => at[Symbol.dispose]());

/** What `ssh -G` says of a keyword. */
function sshSays(name: string, keyword: string): string | undefined {
  const stdout = execFileSync('ssh', ['-F', at.path('.ssh/config'), '-G', '--', name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new RegExp(`^${keyword} (.*)$`, 'm').exec(stdout)?.[1];
}

describe('a host of an SSH client configuration', () => {
  it('has what ssh -G says of it', async () => {
    at.put('.ssh/id_work');
    at.config(
      'Host web',
      'HostName %h.example.com',
      'Host *',
      'User deploy',
      'Port 2222',
      `IdentityFile ${at.home}/.ssh/id_work`,
      'HostKeyAlias Web',
    );
    const user = (sshSays('web', 'userknownhostsfile') ?? '').split(' ');
    const global = (sshSays('web', 'globalknownhostsfile') ?? '').split(' ');
    expect(await at.resolved('web')).toEqual({
      id: hostId('web'),
      address: 'web.example.com',
      port: 2222,
      user: 'deploy',
      description: undefined,
      tags: [],
      labels: {},
      enabled: true,
      credentials: {
        keys: [{ path: at.path('.ssh/id_work'), passphrase: undefined }],
        agent: undefined,
        agentKeys: undefined,
        password: undefined,
      },
      route: { kind: 'direct' },
      hostKeyAlias: sshSays('web', 'hostkeyalias'),
      pinnedHostKeys: [],
      knownHostsFiles: [at.path('own_known_hosts'), ...user, ...global],
    } satisfies Host);
  });

  it('has the defaults of ssh where the configuration says nothing', async () => {
    at.put('.ssh/id_ed25519');
    at.put('.ssh/id_rsa');
    at.put('.ssh/id_other');
    at.config('Host web');
    const host = await at.resolved('web');
    expect([host.address, host.port, host.user]).toEqual(['web', 22, userInfo().username]);
    const order = ['id_rsa', 'id_ed25519'].map((name) => join(at.home, '.ssh', name));
    expect(host.credentials.keys.map(({ path }) => path)).toEqual(order);
  });

  it('has only keys that are there, with tokens, variables and the home filled in', async () => {
    const paths = [
      'keys/web.example.com-deploy',
      'keys/100%',
      `keys/${userInfo().username}`,
      `keys/${hostname()}`,
      'keys/with blank',
      'v%h/id',
    ];
    for (const path of paths) at.put(path);
    at.put('keys/public.pub');
    at.config(
      'Host web',
      'HostName web.example.com',
      'User deploy',
      'IdentityFile ~/keys/%h-%r',
      'IdentityFile %d/keys/100%%',
      `IdentityFile ${at.home}/keys/%u`,
      `IdentityFile ~/keys/%l`,
      'IdentityFile "~/keys/with blank"',
      'IdentityFile ${PLACE}/id',
      'IdentityFile ~/keys/public.pub',
      'IdentityFile ~/keys/%h-%r',
      'IdentityFile ~/keys/missing',
      'IdentityFile ~/keys',
      'IdentityFile ${UNSET}/id',
      'IdentityFile keys/relative',
      'IdentityFile ~nobody/id',
    );
    const { credentials } = await at.resolved('web', { PLACE: at.path('v%h') });
    expect(credentials.keys.map(({ path }) => path)).toEqual(paths.map((path) => join(at.home, path)));
  });

  it('names the keys of the agent that alone may be used, under IdentitiesOnly', async () => {
    at.put('.ssh/id_a');
    at.put('.ssh/id_a.pub');
    at.put('.ssh/id_b.pub');
    at.config(
      'Host web',
      'IdentitiesOnly yes',
      'IdentityFile ~/.ssh/id_a',
      'IdentityFile ~/.ssh/id_b',
      'IdentityFile ~/.ssh/id_b.pub',
      'Host db',
    );
    const { credentials } = await at.resolved('web');
    expect(credentials.keys.map(({ path }) => path)).toEqual([at.path('.ssh/id_a')]);
    expect(credentials.agentKeys).toEqual([at.path('.ssh/id_a.pub'), at.path('.ssh/id_b.pub')]);
    expect((await at.resolved('db')).credentials.agentKeys).toBeUndefined();
  });

  it.each<{ readonly setting: string; readonly agent: string | undefined }>([
    { setting: '', agent: '/run/default' },
    { setting: 'IdentityAgent none', agent: undefined },
    { setting: 'IdentityAgent SSH_AUTH_SOCK', agent: '/run/default' },
    { setting: 'IdentityAgent $OTHER', agent: '/run/other' },
    { setting: 'IdentityAgent $UNSET_HERE', agent: undefined },
    { setting: 'IdentityAgent ${OTHER}.2', agent: '/run/other.2' },
    { setting: 'IdentityAgent /run/%n/agent', agent: '/run/web/agent' },
    { setting: 'IdentityAgent $RELATIVE', agent: undefined },
  ])('uses the agent $agent with "$setting"', async ({ setting, agent }) => {
    at.config('Host web', setting);
    const env = { SSH_AUTH_SOCK: '/run/default', OTHER: '/run/other', RELATIVE: 'agent.sock' };
    expect((await at.resolved('web', env)).credentials.agent).toBe(agent);
  });

  it('uses the agent at a path below the home', async () => {
    at.config('Host web', `IdentityAgent "${at.home}/an agent.sock"`);
    expect((await at.resolved('web')).credentials.agent).toBe(at.path('an agent.sock'));
  });

  it('reads all known_hosts files that are named, none for none, and writes to ours', async () => {
    at.config(
      'Host web',
      `UserKnownHostsFile ${at.home}/a "${at.home}/b c" ${at.home}/%h`,
      'GlobalKnownHostsFile /etc/x',
      'Host db',
      'UserKnownHostsFile none',
      'GlobalKnownHostsFile none',
    );
    const own = at.path('own_known_hosts');
    expect((await at.resolved('web')).knownHostsFiles).toEqual([
      own,
      `${at.home}/a`,
      `${at.home}/b c`,
      `${at.home}/web`,
      '/etc/x',
    ]);
    expect((await at.resolved('db')).knownHostsFiles).toEqual([own]);
  });

  it('is reached through a command with its tokens filled in', async () => {
    at.config(
      'Host web',
      'HostName web.example.com',
      'User me',
      'Port 2222',
      'ProxyCommand nc -x "%n" %h %p # %r 100%%',
      'Host db',
      'ProxyCommand none',
    );
    expect((await at.resolved('web')).route).toEqual({
      kind: 'proxy_command',
      command: 'nc -x "web" web.example.com 2222 # me 100%',
    });
    expect((await at.resolved('db')).route).toEqual({ kind: 'direct' });
  });

  it.each([
    ['a token that ProxyCommand has not', ['ProxyCommand nc %u']],
    ['an address made for a shell', ['HostName $(touch${IFS}x)', 'ProxyCommand nc %h']],
    ['a user made for a shell', ['User `id`', 'ProxyCommand nc %r']],
    ['a user that looks like an option', ['User -oProxyCommand=id']],
    ['a file of revoked keys, which we would not heed', ['RevokedHostKeys /etc/revoked']],
    ['a passed descriptor', ['ProxyCommand nc %h', 'ProxyUseFdpass yes']],
    ['itself as its jump host', ['ProxyJump web']],
    ['a jump host that jumps back', ['ProxyJump b', 'Host b', 'ProxyJump web']],
    ['a line that ssh does not know', ['Nonsense yes']],
  ])('is refused with %s', async (_what, lines) => {
    at.config('Host web', ...lines);
    await expect(at.resolved('web')).rejects.toMatchObject({ code: 'config_invalid' });
  });

  it('tells what ssh complained of to the log alone', async () => {
    at.config('Host web', 'Nonsense \u202Eyes');
    const error: unknown = await at.resolved('web').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: expect.not.stringContaining('onsense') as string });
    expect(String((error as Error).cause)).toMatch(/nonsense/i);
    expect(String((error as Error).cause)).not.toContain('\u202E');
  });

  it('is not there for a name the configuration does not speak of', async () => {
    at.config('Host web', 'Host *.example.com', `Match exec "touch ${at.home}/ran"`, 'User x');
    expect(await at.hosts().find(hostId('other'))).toBeUndefined();
    expect(await at.hosts().find(hostId('a.example.com'))).toBeUndefined();
    expect(existsSync(at.path('ran'))).toBe(false);
  });

  it('cannot be a name that ssh takes for an option', async () => {
    at.config('Host -oProxyCommand=touch\\ ran "-F x" web', 'HostName -oProxyCommand=id');
    for (const name of ['-oProxyCommand=touch ran', '-F x'])
      expect(await at.hosts().find(name as never)).toBeUndefined();
    await expect(at.resolved('web')).rejects.toMatchObject({ code: 'config_invalid' });
  });
});

describe('jump hosts of an SSH client configuration', () => {
  function hops(host: Host): readonly string[] {
    if (host.route.kind !== 'jump') return [];
    return host.route.hosts.map(({ user, address, port, route }) => `${user}@${address}:${port} ${route.kind}`);
  }

  it('are each resolved, in the order they are passed', async () => {
    at.config(
      'Host web',
      'ProxyJump a,bob@b:2200,ssh://carol@c:2201,[2001:db8::1]:2202',
      'Host a',
      'HostName a.example',
      'User alice',
      'Host b',
      'HostName b.example',
      'User other',
      'Port 1',
      'Host *',
      'User me',
    );
    const host = await at.resolved('web');
    expect(hops(host)).toEqual([
      'alice@a.example:22 direct',
      'bob@b.example:2200 direct',
      'carol@c:2201 direct',
      'me@2001:db8::1:2202 direct',
    ]);
    expect(host.route.kind === 'jump' && host.route.hosts.map(({ id }) => id)).toEqual(['a', 'b', 'c', '2001:db8::1']);
  });

  it('are reached by the first one’s own route, and by no other’s', async () => {
    at.config(
      'Host web',
      'ProxyJump b,c',
      'Host b',
      'ProxyJump a',
      'Host a',
      'ProxyCommand nc %h %p',
      'Host c',
      'ProxyJump d',
    );
    const user = userInfo().username;
    expect(hops(await at.resolved('web'))).toEqual([
      `${user}@a:22 proxy_command`,
      `${user}@b:22 direct`,
      `${user}@c:22 direct`,
    ]);
  });

  it('may be named by tokens, and be none', async () => {
    at.config('Host web', 'ProxyJump gate-%n:2222', 'Host db', 'ProxyJump none', 'Host db', 'ProxyJump elsewhere');
    expect(hops(await at.resolved('web'))).toEqual([expect.stringContaining('@gate-web:2222 direct')]);
    expect((await at.resolved('db')).route).toEqual({ kind: 'direct' });
  });
});
