import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../fixtures/ports.ts';
import { runHere } from '../fixtures/run-here.ts';
import { SallyportPlace } from '../fixtures/sallyport.ts';
import { generateKey } from '../fixtures/ssh-keys.ts';
import { startSshd, type Sshd } from '../fixtures/sshd.ts';

let sshd: Sshd;
/** Takes connections and says nothing. */
const silent = createServer();
let closedPort: number;
let otherKey: string;
beforeAll(async () => {
  sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa'] });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  [closedPort = 0] = await freePorts(1);
  otherKey = (await generateKey(join(sshd.directory, 'other_key'))).path;
});
afterAll(async () => {
  silent.close();
  await sshd[Symbol.asyncDispose]();
});

function entry(more: object = {}): object {
  const known = sshd.hostKeys[0]?.publicLine;
  return { host: sshd.address, port: sshd.port, user: sshd.user, ssh_key_path: sshd.keyPath, host_key: known, ...more };
}

/** One server that is well, and one for each way in which it may not be. */
function aFleet(): SallyportPlace {
  const place = new SallyportPlace();
  const { port } = silent.address() as AddressInfo;
  place.write('config/sallyport.yaml', 'ssh_connection_timeout: 2\n');
  place.write('config/servers.json', {
    servers: {
      well: entry(),
      hung: entry({ port }),
      refused: entry({ port: closedPort }),
      unknown: entry({ host_key: undefined }),
      changed: entry({ host_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIC9fMCqkWJ3l3RrXVqBWOcPmOCKCfJ3pLQpWzXx1Pz0T' }),
      stranger: entry({ ssh_key_path: otherKey }),
      off: entry({ enabled: false }),
    },
  });
  return place;
}

const fixes: Readonly<Record<string, { readonly code: string; readonly fix: RegExp }>> = {
  hung: { code: 'host_unreachable', fix: /nc -vz 127\.0\.0\.1 \d+/ },
  refused: { code: 'host_unreachable', fix: /nc -vz 127\.0\.0\.1 \d+/ },
  unknown: { code: 'host_key_unknown', fix: /^sallyport server trust unknown$/ },
  changed: { code: 'host_key_mismatch', fix: /sallyport server trust changed --replace$/ },
  stranger: { code: 'host_login_refused', fix: /sallyport server add stranger --replace$/ },
};

describe('server test', { timeout: 60_000 }, () => {
  it('tests every enabled server at once, and says of each that fails why, and what mends it', async () => {
    await using place = aFleet();
    const { status, stdout } = await runHere(place, ['server', 'test', '--json']);
    const report = JSON.parse(stdout) as { servers: readonly Record<string, unknown>[] };
    expect({ status, ...report }).toMatchObject({ status: 1, success: false, tested: 6, failed: 5 });
    expect(report.servers.map(({ server }) => server)).toEqual(['well', ...Object.keys(fixes)]);
    expect(report.servers[0]).toMatchObject({ success: true, system_info: expect.stringContaining('Linux') });
    for (const { server, code, fix } of report.servers.slice(1)) {
      const expected = fixes[String(server)];
      expect({ server, code }).toEqual({ server, code: expected?.code });
      expect(fix).toMatch(expected?.fix ?? /^$/);
    }
  });

  it('prints a line for each as it ends where there is no terminal, and shows a bar where there is one', async () => {
    await using place = aFleet();
    const { status, stdout } = await place.run(['server', 'test', '--parallel', '2']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✓ well: Linux .* ms\)$/m);
    expect(stdout).toMatch(/^✗ unknown: .*\n(?: {4}.*\n)* {4}→ sallyport server trust unknown$/m);
    expect(stdout).toMatch(/1 of 6 passed\n$/);
    expect(stdout).not.toContain('\r');
    const { shown, status: ended } = await place.atTerminal(['server', 'test'], []);
    expect(ended).toBe(1);
    expect(shown).toMatch(/█░+ 1 of 6/);
    expect(shown).toMatch(/█ 6 of 6, 5 failed/);
    expect(shown).toMatch(/✗ hung: /);
  });

  it('tests one by its name, a disabled one too, with the fix', async () => {
    await using place = aFleet();
    expect(await runHere(place, ['server', 'test', 'well'])).toMatchObject({ status: 0 });
    expect(await runHere(place, ['server', 'test', 'unknown'])).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^✗ Connection failed: [\s\S]*→ sallyport server trust unknown\n$/),
    });
    expect(await runHere(place, ['server', 'test', 'off', '--json'])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('sallyport server enable off'),
    });
  });

  it.each([
    ['--parallel', '0'],
    ['--parallel', '61'],
    ['--parallel', 'all'],
    ['well', '--parallel', '2'],
  ])('calls %s %s a usage error', async (...args) => {
    await using place = aFleet();
    expect(await runHere(place, ['server', 'test', ...args])).toMatchObject({ status: 2, stdout: '' });
  });

  it('has nothing to say where there is no server', async () => {
    await using place = new SallyportPlace();
    expect(await runHere(place, ['server', 'test'])).toMatchObject({ status: 0, stdout: 'No servers configured\n' });
  });

  it('tests nothing where that cannot be recorded', async () => {
    await using place = aFleet();
    place.write('data', 'in the way');
    expect(await runHere(place, ['server', 'test'])).toMatchObject({ status: 1, stdout: '' });
  });
});
