import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAccount } from '../fixtures/account.ts';
import { needsRoot } from '../fixtures/machine.ts';
import { run } from '../fixtures/run.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
let print: string;
beforeAll(async () => {
  sshd = await startSshd({ ports: 2 });
  print =
    execFileSync('ssh-keygen', ['-lf', `${sshd.hostKeys[0]?.path ?? ''}.pub`], { encoding: 'utf8' }).split(' ')[1] ??
    '';
});
afterAll(() => sshd[Symbol.asyncDispose]());

function entryAt(port: number): object {
  return { host: sshd.address, port, user: sshd.user, ssh_key_path: sshd.keyPath };
}

const [a, b] = ['a', 'b'];

describe('server trust --all', { timeout: 60_000 }, () => {
  it('shows every fingerprint, asks once, and stores them, with or without a terminal', async () => {
    await using place = new SallyportPlace();
    const [first = 0, second = 0] = sshd.ports;
    const servers = { [a]: entryAt(first), [b]: entryAt(second), off: { ...entryAt(first), enabled: false } };
    place.write('config/servers.json', { servers });
    const asked = await place.run(['server', 'trust', '--all']);
    expect(asked).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') });
    expect(asked.stdout.split(print)).toHaveLength(3);
    expect(existsSync(place.path('config/known_hosts'))).toBe(false);

    const declined = await place.atTerminal(['server', 'trust', '--all'], [[/Trust all 2\?/, 'n']]);
    expect(declined).toMatchObject({ status: 1 });
    expect(existsSync(place.path('config/known_hosts'))).toBe(false);

    const agreed = await place.atTerminal(['server', 'trust', '--all'], [[/Trust all 2\?/, 'y']]);
    expect(agreed.status).toBe(0);
    expect(place.read('config/known_hosts').match(/^\[127/gm)).toHaveLength(2);
    expect(await place.run(['server', 'trust', '--all', '--json'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('"servers": []'),
    });
    expect(place.read('logs/audit.log')).toContain('"host_key_trusted"');
  });

  it('trusts the rest where one is down, or is not reached directly, and says so', async () => {
    await using place = new SallyportPlace();
    const servers = { dead: entryAt(1), behind: { ...entryAt(2), jump: a }, [a]: entryAt(sshd.port) };
    place.write('config/servers.json', { servers });
    const { status, stdout, stderr } = await place.run(['server', 'trust', '--all', '--yes', '--json']);
    expect({ status, json: JSON.parse(stdout) as unknown }).toEqual({
      status: 1,
      json: {
        success: false,
        servers: [
          { server: a, result: 'trusted', fingerprint: print },
          { server: 'dead', result: 'host_unreachable' },
          { server: 'behind', result: 'host_key_unknown' },
        ],
      },
    });
    expect(stderr).toContain('put it in servers.json as host_key');
  });

  it.each([['--fingerprint', 'SHA256:x'], ['--replace']])('does not take %s', async (...options) => {
    await using place = new SallyportPlace();
    const { status, stderr } = await place.run(['server', 'trust', '--all', ...options]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('goes with one NAME') });
  });

  it('stores nothing that cannot be recorded', async () => {
    await using place = new SallyportPlace();
    place.write('config/servers.json', { servers: { [a]: entryAt(sshd.port) } });
    writeFileSync(place.path('data'), 'in the way');
    expect(await place.run(['server', 'trust', '--all', '--yes'])).toMatchObject({ status: 1 });
    expect(existsSync(place.path('config/known_hosts'))).toBe(false);
  });
});

describe('the host of SSH_DEFAULT_HOST', () => {
  const settings = (): Record<string, string> => ({
    SSH_DEFAULT_HOST: sshd.address,
    SSH_DEFAULT_PORT: String(sshd.port),
    SSH_DEFAULT_USER: sshd.user,
  });

  it('is trusted by the person who sits here, in a file of ours, where there is no configuration', async () => {
    await using place = new SallyportPlace();
    const env = settings();
    expect(await place.run(['server', 'trust', sshd.address, '--yes'], { env })).toMatchObject({ status: 0 });
    const own = join(place.home, '.config/sallyport/known_hosts');
    expect(readFileSync(own, 'utf8')).toContain(`[127.0.0.1]:${sshd.port} `);
    expect([existsSync(place.path('config')), existsSync(join(place.home, '.ssh'))]).toEqual([false, false]);
  });

  it('is trusted for the gateway that serves it, by the very command that its start prints', async () => {
    await using place = new SallyportPlace();
    place.write(
      '.env',
      Object.entries(settings())
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    );
    const serving = place.start(['serve', '--port', '0']);
    const [, hint = ''] = await serving.printed(/→ sallyport (.+)\n/);
    await serving.stop();
    expect(hint).toBe('server trust 127.0.0.1 --dotenv .env');
    expect(await place.run([...hint.split(' '), '--yes'])).toMatchObject({ status: 0 });
    expect(place.read('config/known_hosts')).toContain(`[127.0.0.1]:${sshd.port} `);
    const again = place.start(['serve', '--port', '0']);
    await again.printed(/1 server, all with a known host key\n/);
    await again.stop();
  });

  it('is explained where nobody knows the name', async () => {
    await using place = new SallyportPlace();
    for (const name of ['nobody', '-oProxyCommand=id']) {
      expect(await place.run(['server', 'trust', '--yes', '--', name])).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('SSH_DEFAULT_USER'),
      });
    }
    expect(await place.run(['server', 'trust', 'x', '--dotenv', 'missing'])).toMatchObject({ status: 78 });
  });
});

describe('a host of ~/.ssh/config', () => {
  it(...needsRoot('is trusted in a file of ours, and ~/.ssh is only read'), async () => {
    await using account = await addAccount({ shell: '/bin/sh' });
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
    const as = (script: string): ReturnType<typeof run> =>
      run(
        'setpriv',
        ['--reuid', account.name, '--regid', account.name, '--init-groups', 'sh', '-c', `umask 077; ${script}`],
        {
          env: { PATH: process.env['PATH'], HOME: account.home },
          cwd: account.home,
        },
      );
    const config = `Host box\\n  HostName ${sshd.address}\\n  Port ${sshd.port}\\n  User nobody\\n`;
    await as(`mkdir .ssh && printf '${config}' > .ssh/config && echo '# mine' > .ssh/known_hosts`);
    const trusted = await as(`exec ${process.execPath} ${main} server trust box --fingerprint ${print}`);
    expect(trusted).toMatchObject({ status: 0, stdout: expect.stringContaining(`✓ box: ${print} trusted`) });
    expect(readFileSync(join(account.home, '.ssh/known_hosts'), 'utf8')).toBe('# mine\n');
    const own = readFileSync(join(account.home, '.config/sallyport/known_hosts'), 'utf8');
    expect(own).toContain(`[127.0.0.1]:${sshd.port} `);
  });
});
