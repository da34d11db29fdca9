import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import { addAccount } from '../fixtures/account.ts';
import { needsRoot } from '../fixtures/machine.ts';
import { SshHome } from '../fixtures/ssh-home.ts';
import { hostId } from '../fixtures/sshd.ts';

let at: SshHome;
beforeEach(() => {
  at = new SshHome();
});
afterEach(() => at[Symbol.dispose]());

describe('hosts of an SSH client configuration', () => {
  it('are looked up where ssh would, whatever the working directory holds', async () => {
    const hostile = at.path('project');
    at.put('project/.ssh/config', 'Host evil');
    at.put('project/config', 'Host evil');
    at.put('project/relative', 'Host evil');
    at.put('project/id_rsa');
    for (const path of ['project/ssh', 'project/bin/ssh']) at.putProgram(path, `touch ${at.home}/ran`);
    at.config('Include relative', 'Host web', `Match exec "pwd > ${at.home}/cwd"`, 'IdentityFile id_rsa');
    const before = process.cwd();
    process.chdir(hostile);
    try {
      const hosts = at.hosts({ PATH: `:.:bin:${process.env['PATH']}` });
      expect((await hosts.all()).map(({ id, credentials }) => [id, credentials.keys])).toEqual([['web', []]]);
    } finally {
      process.chdir(before);
    }
    expect(existsSync(at.path('ran'))).toBe(false);
    expect(execFileSync('cat', [at.path('cwd')], { encoding: 'utf8' })).toBe('/\n');
  });

  it('need the ssh program, and say which package has it', async () => {
    at.config('Host web');
    const hosts = at.hosts({ PATH: '/nowhere' });
    expect(hosts.status(hostId('web'))).toBe('enabled');
    const message = expect.stringContaining('openssh-client') as string;
    await expect(hosts.find(hostId('web'))).rejects.toMatchObject({ code: 'config_invalid', message });
    await expect(hosts.all()).rejects.toMatchObject({ code: 'config_invalid', message });
  });

  it('cost nothing before they are asked for, and one ssh each then', async () => {
    const calls = at.path('calls');
    at.putProgram('bin/ssh', `echo >> ${calls}`, 'exec /usr/bin/ssh "$@"');
    at.config(...Array.from({ length: 500 }, (_, index) => `Host web-${index}`));
    const start = performance.now();
    const hosts = at.hosts({ PATH: `${at.home}/bin:${process.env['PATH']}` });
    expect(hosts.status(hostId('web-499'))).toBe('enabled');
    expect(performance.now() - start).toBeLessThan(200);
    expect(existsSync(calls)).toBe(false);
    const [one, two] = await Promise.all([hosts.find(hostId('web-1')), hosts.find(hostId('web-1'))]);
    expect(one).toBe(two);
    expect(await hosts.find(hostId('web-1'))).toBe(one);
    expect(execFileSync('cat', [calls], { encoding: 'utf8' })).toBe('\n');
  });

  it('are listed without those that cannot be resolved', async () => {
    at.config('Host web', 'Host bad', 'HostName $(id)', 'Host db');
    expect(await at.names()).toEqual(['web', 'db']);
  });

  it('do not make us wait for a command of theirs that hangs on', async () => {
    at.config('Host web', 'Match exec "sleep 60 & true"', 'Port 2222');
    const start = performance.now();
    expect((await at.resolved('web')).port).toBe(2222);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it(...needsRoot('are those of the account, whatever HOME says'), async () => {
    await using account = await addAccount({ shell: '/bin/sh' });
    mkdirSync(`${account.home}/.ssh/config.d`, { recursive: true });
    writeFileSync(`${account.home}/.ssh/config`, 'Include config.d/*\nHost web\nIdentityFile ~/.ssh/id_web\n');
    writeFileSync(`${account.home}/.ssh/config.d/db`, 'Host db\nPort 2222\nProxyJump web\n');
    writeFileSync(`${account.home}/.ssh/id_web`, '');
    execFileSync('chown', ['-R', account.name, account.home]);
    const [uid, gid] = ['-u', '-g'].map((what) => Number(execFileSync('id', [what, account.name])));
    const sourceOf = (name: string): string => new URL(`../../src/${name}`, import.meta.url).href;
    const script = `
      import { userInfo } from 'node:os';
      import { silentLog } from '${sourceOf('base/log.ts')}';
      import { SshConfigHosts } from '${sourceOf('hosts/ssh-config.ts')}';
      process.setgroups([]);
      process.setgid(${gid});
      process.setuid(${uid});
      const hosts = new SshConfigHosts({ home: userInfo().homedir, env: process.env, ownKnownHosts: '/own', log: silentLog });
      console.log(JSON.stringify(await hosts.all()));`;
    const env = { ...process.env, HOME: at.home };
    const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env,
      cwd: at.home,
      encoding: 'utf8',
    });
    const [db, web] = JSON.parse(stdout) as readonly Host[];
    expect([db?.id, db?.port, db?.route]).toEqual(['db', 2222, { kind: 'jump', hosts: [web] }]);
    expect([web?.user, web?.credentials.keys.map(({ path }) => path)]).toEqual([
      account.name,
      [`${account.home}/.ssh/id_web`],
    ]);
    const userFiles = ['known_hosts', 'known_hosts2'].map((name) => `${account.home}/.ssh/${name}`);
    expect(web?.knownHostsFiles.slice(0, 3)).toEqual(['/own', ...userFiles]);
  });
});

describe('changes of an SSH client configuration', () => {
  it('take effect at the next look-up, also of included files and of files that come to match', async () => {
    at.config('Include config.d/* later', 'Host web');
    const hosts = at.hosts();
    const ports = async (): Promise<unknown> => (await hosts.all()).map(({ id, port }) => `${id}:${port}`).toSorted();
    expect(await ports()).toEqual(['web:22']);
    at.put('.ssh/config.d/db', 'Host db');
    expect(await ports()).toEqual(['db:22', 'web:22']);
    at.put('.ssh/config.d/db', 'Host db\nPort 23');
    expect(await ports()).toEqual(['db:23', 'web:22']);
    at.put('.ssh/later', 'Host *\nPort 24');
    expect(await ports()).toEqual(['db:23', 'web:24']);
    symlinkSync(at.put('elsewhere', 'Host cache'), at.path('.ssh/config.d/cache'));
    expect(await ports()).toEqual(['cache:24', 'db:23', 'web:24']);
    rmSync(at.path('.ssh/config'));
    expect(await ports()).toEqual([]);
  });

  it('are told within two seconds, for the hosts that they change', async () => {
    at.config('Host web', 'Host db', 'Host cache', 'Host never-used');
    const hosts = at.hosts();
    const gone: string[] = [];
    const stop = hosts.onChanged((ids) => gone.push(...ids));
    await Promise.all(['web', 'db', 'cache'].map((name) => hosts.find(hostId(name))));
    at.config('Host web', 'Port 2222', 'Host cache', 'Compression yes', 'Host new');
    await sleep(2000);
    expect(gone.toSorted()).toEqual(['db', 'web']);
    stop();
    hosts[Symbol.dispose]();
  });
});
