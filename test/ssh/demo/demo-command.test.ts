import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sendSignal } from '../../../src/ssh/runs/signal.ts';
import { Demo, exec, execToExit } from '../../fixtures/demo.ts';
import { newMark, processesMentioning } from '../../fixtures/lingering.ts';

let demo: Demo;
let client: Client;

beforeAll(async () => {
  demo = await Demo.start();
  client = await demo.login();
});

afterAll(async () => {
  client.destroy();
  await demo[Symbol.asyncDispose]();
});

describe('a command on the demo server', () => {
  it.each([
    { command: 'true', status: 0, stdout: '', stderr: '' },
    { command: 'exit 42', status: 42, stdout: '', stderr: '' },
    { command: 'echo out; echo err >&2; false', status: 1, stdout: 'out\n', stderr: 'err\n' },
    { command: 'no-such-program', status: 127, stdout: '', stderr: expect.stringContaining('not found') },
    { command: '-x', status: 127, stdout: '', stderr: expect.stringContaining('not found') },
    { command: 'cat; echo end', status: 0, stdout: 'end\n', stderr: '' },
    { command: 'pwd', status: 0, stdout: expect.stringMatching(/sallyport-demo-\w+\/home\n$/), stderr: '' },
  ])('ends with its own status and streams: $command', async ({ command, ...expected }) => {
    expect(await demo.remote(command)).toMatchObject(expected);
  });

  it('is refused when it holds a NUL, and the connection goes on', async () => {
    await expect(exec(client, 'echo a\0b')).rejects.toThrow('Unable to exec');
    expect(await text(await exec(client, 'echo on'))).toBe('on\n');
  });

  it('reads what the client sends up to its end', async () => {
    expect((await demo.remote('tr a-z A-Z; echo done', 'text'.repeat(50_000))).stdout).toBe(
      `${'TEXT'.repeat(50_000)}done\n`,
    );
  });

  it('tells the signal that ended it', async () => {
    const { channel, exit } = await execToExit(client, 'kill -TERM $$');
    channel.resume();
    expect(await exit).toEqual([null, 'SIGTERM', false, '']);
  });

  it('gets none of the environment of the process that serves it', async () => {
    vi.stubEnv('SALLYPORT_TEST_SECRET', 'do-not-tell');
    const { stdout } = await demo.remote('env');
    expect(stdout).not.toContain('do-not-tell');
    const names = stdout.split('\n').map((line) => line.split('=')[0]);
    const own = new Set(['HOME', 'USER', 'LOGNAME', 'SHELL', 'PATH', 'LANG', 'PWD', 'OLDPWD', '_', 'SHLVL', '']);
    expect(names.filter((name = '') => !own.has(name))).toEqual([]);
    expect(stdout).toContain(`HOME=${demo.home}\n`);
  });

  it.each([{ stdin: 'open' }, { stdin: 'closed' }])('takes a signal while stdin is $stdin', async ({ stdin }) => {
    const command = 'trap "echo caught; exit 7" TERM; echo ready; while :; do sleep 0.05; done';
    const { channel, exit } = await execToExit(client, command);
    if (stdin === 'closed') channel.end();
    await once(channel, 'data');
    await sleep(50);
    sendSignal(channel, 'TERM');
    expect(await once(channel, 'data')).toEqual([Buffer.from('caught\n')]);
    expect((await exit)[0]).toBe(7);
  });

  it('dies with everything in its group when its channel is closed', async () => {
    const mark = newMark();
    const channel = await exec(
      client,
      `export ${mark}=1; trap "" TERM HUP; sleep 300 | sleep 300 & echo up; sleep 300`,
    );
    await once(channel, 'data');
    expect(processesMentioning(mark).length).toBeGreaterThanOrEqual(3);
    channel.close();
    await expect.poll(() => processesMentioning(mark)).toEqual([]);
  });

  it('dies with everything in its group when the connection breaks, even while its stdin is full', async () => {
    const mark = newMark();
    const breaking = await demo.login();
    const channel = await exec(breaking, `export ${mark}=1; echo up; sleep 300`);
    await once(channel, 'data');
    channel.write(Buffer.alloc(1_000_000));
    await sleep(50);
    breaking.destroy();
    await expect.poll(() => processesMentioning(mark)).toEqual([]);
  });

  it('leaves nothing in the background when it has ended', async () => {
    const mark = newMark();
    expect((await demo.remote(`export ${mark}=1; sleep 300 >/dev/null 2>&1 & echo started`)).stdout).toBe('started\n');
    await expect.poll(() => processesMentioning(mark)).toEqual([]);
  });

  it('arrives whole when first one stream and then the other waits for a client that reads slowly', async () => {
    const bytes = 6 * 1024 * 1024;
    const fill = (letter: string): string => `head -c ${bytes} /dev/zero | tr '\\0' ${letter}`;
    const channel = await exec(client, `${fill('o')}; ${fill('e')} >&2`);
    await sleep(200);
    const stdout = text(channel);
    await sleep(200);
    const stderr = await text(channel.stderr);
    expect([(await stdout).length, /^o+$/.test(await stdout)]).toEqual([bytes, true]);
    expect([stderr.length, /^e+$/.test(stderr)]).toEqual([bytes, true]);
  });

  it('is held back, not stored, while the client does not read', async () => {
    const channel = await exec(client, 'head -c 500000000 /dev/zero');
    const before = process.memoryUsage().rss;
    await sleep(500);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    channel.close();
  });
});
