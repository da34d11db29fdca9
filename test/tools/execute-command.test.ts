import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/base/errors.ts';
import type { CommandRun } from '../../src/ssh/access.ts';
import { executeCommand } from '../../src/tools/execute-command.ts';
import { aBench, localHosts } from './local-hosts.ts';

async function resultOf(run: Partial<CommandRun>, wrote = '') {
  const hosts = localHosts({
    run: async (_host, _command, { output }) => {
      output.stdout(Buffer.from(wrote));
      return { exit: { kind: 'exited', status: 0 }, stopped: null, durationMs: 12, ...run };
    },
  });
  await using bench = aBench({ hosts });
  return await bench.call(executeCommand, { server: 'web-1', command: 'make', timeout: 5 });
}

describe('execute_command', () => {
  it("answers with the seed's keys and ours", async () => {
    await using bench = aBench();
    const command = 'printf "é\n"; echo oops >&2';
    expect(await bench.call(executeCommand, { server: 'web-1', command })).toEqual({
      json: {
        success: true,
        server: 'web-1',
        command,
        exit_code: 0,
        stdout: 'é\n',
        stderr: 'oops\n',
        duration_ms: 1,
        status: 'exited',
        signal: null,
        stopped: null,
        stop_cause: null,
        ran: 'ran',
        job_id: null,
        cursor: null,
        truncated: false,
        output_id: null,
      },
      isError: false,
      outcome: {
        success: true,
        exitCode: 0,
        durationMs: 1,
        metadata: { status: 'exited', stdout_length: 3, stderr_length: 5, output_id: null },
      },
    });
  });

  it('says of a command that failed that it failed, which is no error of ours', async () => {
    await using bench = aBench();
    const { json, isError } = await bench.call(executeCommand, { server: 'web-1', command: 'exit 3' });
    expect({ ...json, isError }).toMatchObject({ success: false, exit_code: 3, status: 'exited', isError: false });
  });

  it('names the signal that ended a command', async () => {
    await using bench = aBench();
    const { json } = await bench.call(executeCommand, { server: 'web-1', command: 'kill -TERM $$' });
    expect(json).toMatchObject({ success: false, exit_code: null, status: 'signalled', signal: 'TERM', ran: 'ran' });
  });

  it('says of a command that timed out whether it was stopped, and is no error', async () => {
    const stopped = { state: 'confirmed', pids: [] } as const;
    const { json, isError } = await resultOf({ exit: { kind: 'timed_out' }, stopped }, 'so far');
    expect({ ...json, isError }).toMatchObject({
      success: false,
      exit_code: null,
      stdout: 'so far',
      status: 'timed_out',
      stopped,
      ran: 'ran',
      error: expect.stringContaining('Not finished after 5 s. Its processes were stopped.'),
      isError: false,
    });
  });

  it('names processes that could not be stopped', async () => {
    const { json } = await resultOf({ exit: { kind: 'timed_out' }, stopped: { state: 'still_running', pids: [7, 8] } });
    expect(json['error']).toContain('Processes of it still run: 7, 8.');
  });

  it('is an error when the connection broke: what became of the command is not known', async () => {
    const { json, isError } = await resultOf({ exit: { kind: 'disconnected' } }, 'half');
    expect({ ...json, isError }).toMatchObject({
      success: false,
      code: 'connection_lost',
      status: 'disconnected',
      exit_code: null,
      stdout: 'half',
      ran: 'may_have_run',
      error: expect.stringMatching(/^connection_lost: .*before running it again\.$/),
      isError: true,
    });
  });

  it('cuts long output and names the call that reads on', async () => {
    await using bench = aBench();
    const { json } = await bench.call(executeCommand, { server: 'web-1', command: 'seq 100000' });
    expect(json).toMatchObject({ success: true, truncated: true, output_id: expect.stringMatching(/^out_/) });
    expect(json['stdout']).toContain(
      `; read_output {"output_id": "${String(json['output_id'])}", "stream": "stdout", "offset": `,
    );
  });

  it('leaves no output behind when the command could not be run', async () => {
    const hosts = localHosts({
      run: async (_host, _command, { output }) => {
        output.stdout(Buffer.alloc(100_000));
        throw new GatewayError('connection_lost', 'gone');
      },
    });
    await using bench = aBench({ hosts });
    await expect(bench.call(executeCommand, { server: 'web-1', command: 'x' })).rejects.toThrow('gone');
    expect(readdirSync(bench.directory)).toEqual([]);
  });

  it.each([
    { timeout: undefined, ms: 300_000 },
    { timeout: 1, ms: 1_000 },
    { timeout: '45', ms: 45_000 },
    { timeout: 86_400, ms: 86_400_000 },
  ])('gives a command $ms ms for a timeout of $timeout', async ({ timeout, ms }) => {
    let given = 0;
    const hosts = localHosts({
      run: async (_host, _command, { timeoutMs }) => {
        given = timeoutMs;
        return { exit: { kind: 'exited', status: 0 }, stopped: null, durationMs: 0 };
      },
    });
    await using bench = aBench({ hosts });
    await bench.call(executeCommand, { server: 'web-1', command: 'x', timeout });
    expect(given).toBe(ms);
  });

  it.each([0, -1, 86_401, 1.5, '1.5', 'soon', true])('refuses a timeout of %j', (timeout) => {
    expect(executeCommand.prepare({ server: 'web-1', command: 'x', timeout })).toEqual({
      code: 'invalid_input',
      problems: ['timeout must be a whole number, 1 to 86400'],
    });
  });

  it('calls a command that is too long too large, and measures it in bytes', () => {
    const prepare = (command: string) => executeCommand.prepare({ server: 'web-1', command });
    expect(prepare('é'.repeat(50_000))).toHaveProperty('actions');
    expect(prepare(`${'é'.repeat(50_000)}!`)).toEqual({
      code: 'too_large',
      problems: ['command is too long: at most 100,000 bytes'],
    });
    expect(executeCommand.echo({ server: 'web-1', command: 'x'.repeat(1e7) })).toEqual({ server: 'web-1' });
  });
});
