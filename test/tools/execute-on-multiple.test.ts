import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/base/errors.ts';
import type { Host } from '../../src/hosts/host.ts';
import type { CommandRun, HostAccess } from '../../src/ssh/access.ts';
import { executeOnMultiple } from '../../src/tools/execute-on-multiple.ts';
import { shareOut } from '../../src/tools/fold-runs.ts';
import { readOutput } from '../../src/tools/read-output.ts';
import type { JsonObject } from '../../src/tools/tool.ts';
import { hostId } from '../fixtures/sshd.ts';
import { aBench, localHosts, type BenchOptions } from './local-hosts.ts';

type Answer = Partial<CommandRun> & { readonly stdout?: string; readonly stderr?: string; readonly ms?: number };
type Results = Readonly<Record<string, JsonObject & { readonly stdout: string; readonly stderr: string }>>;

const exited = (status: number): CommandRun['exit'] => ({ kind: 'exited', status });

/** Hosts that answer as told, in the order of their names in `answers`. */
function fleet(
  answers: Readonly<Record<string, Answer | GatewayError>>,
): Required<Pick<BenchOptions, 'hosts' | 'inventory'>> {
  const run: HostAccess['run'] = async (host, _command, { output }) => {
    const answer = answers[host] ?? {};
    if (answer instanceof Error) throw answer;
    const { stdout = '', stderr = '', ms = 0, ...ended } = answer;
    if (ms > 0) await sleep(ms);
    output.stdout(Buffer.from(stdout));
    output.stderr(Buffer.from(stderr));
    return { exit: exited(0), stopped: null, durationMs: 3, ...ended };
  };
  const inventory = Object.keys(answers).map(
    (id) => ({ id: hostId(id), enabled: true, tags: [], labels: {} }) as unknown as Host,
  );
  return { hosts: localHosts({ run }), inventory };
}

async function ask(answers: Readonly<Record<string, Answer | GatewayError>>, input: JsonObject = {}) {
  await using bench = aBench(fleet(answers));
  const output = await bench.call(executeOnMultiple, { servers: ['*'], command: 'x', ...input });
  return { ...output, results: output.json['results'] as Results };
}

const named = (count: number, answer: (at: number) => Answer) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`h${String(at).padStart(3, '0')}`, answer(at)]));

describe('execute_on_multiple', () => {
  it("answers with the seed's keys for each server, and how each ended", async () => {
    const { json, isError, outcome } = await ask({
      'b-1': { stdout: 'ok\n' },
      'a-1': { exit: exited(3), stderr: 'no\n' },
    });
    expect(json).toEqual({
      success: false,
      command: 'x',
      overview: '1 of 2 answered alike; 1 otherwise',
      summary: { total: 2, succeeded: 1, failed: 1 },
      groups: [
        { hosts: ['b-1'], count: 1, success: true, status: 'exited', exit_code: 0 },
        { hosts: ['a-1'], count: 1, success: false, status: 'exited', exit_code: 3 },
      ],
      results: {
        'b-1': {
          success: true,
          exit_code: 0,
          stdout: 'ok\n',
          stderr: '',
          duration_ms: 3,
          status: 'exited',
          ran: 'ran',
        },
        'a-1': {
          success: false,
          exit_code: 3,
          stdout: '',
          stderr: 'no\n',
          duration_ms: 3,
          status: 'exited',
          ran: 'ran',
        },
      },
      skipped: [],
      truncated: false,
    });
    expect(Object.keys(json['results'] as object)).toEqual(['b-1', 'a-1']);
    expect([isError, outcome.success, outcome.hosts?.length]).toEqual([false, false, 2]);
  });

  it('is a success only when all succeeded, and an error only when none answered', async () => {
    const down = new GatewayError('host_unreachable', 'x is down');
    const verdict = async (...answers: readonly (Answer | GatewayError)[]) => {
      const { json, isError } = await ask(Object.fromEntries(answers.map((answer, at) => [`h${at}`, answer])));
      return [json['success'], isError];
    };
    expect(await verdict({}, {})).toEqual([true, false]);
    expect(await verdict({}, { exit: exited(1) })).toEqual([false, false]);
    expect(await verdict({}, down)).toEqual([false, false]);
    expect(await verdict(down, down)).toEqual([false, true]);
  });

  it.each<{ name: string; answer: Answer | GatewayError; result: object }>([
    {
      name: 'could not be reached',
      answer: new GatewayError('host_unreachable', 'h0 is down. Look at it.'),
      result: {
        exit_code: -1,
        stdout: '',
        stderr: 'h0 is down. Look at it.',
        duration_ms: 0,
        status: 'not_started',
        ran: 'not_started',
        code: 'host_unreachable',
      },
    },
    {
      name: 'lost its connection while nobody knows whether it ran',
      answer: new GatewayError('connection_lost', 'gone', { ran: 'may_have_run' }),
      result: { exit_code: null, status: 'disconnected', ran: 'may_have_run', code: 'connection_lost' },
    },
    {
      name: 'broke off',
      answer: { exit: { kind: 'disconnected' }, stdout: 'half' },
      result: { exit_code: null, stdout: 'half', status: 'disconnected', ran: 'may_have_run', code: 'connection_lost' },
    },
    {
      name: 'was too slow',
      answer: { exit: { kind: 'timed_out' }, stopped: { state: 'still_running', pids: [7] } },
      result: {
        exit_code: null,
        status: 'timed_out',
        stopped: { state: 'still_running', pids: [7] },
        error: expect.stringContaining('after 5 s'),
      },
    },
    {
      name: 'was killed',
      answer: { exit: { kind: 'signalled', signal: 'KILL' } },
      result: { exit_code: null, status: 'signalled', signal: 'KILL', ran: 'ran' },
    },
    {
      name: 'was cancelled before its turn',
      answer: new GatewayError('cancelled', 'The call was cancelled.'),
      result: { exit_code: -1, status: 'cancelled', ran: 'not_started', code: 'cancelled' },
    },
  ])('tells the truth of a server that $name', async ({ answer, result }) => {
    const { results, json } = await ask({ h0: answer, h1: { stdout: 'fine' } }, { timeout: 5 });
    expect(results['h0']).toMatchObject({ success: false, ...result });
    expect(results['h1']).toMatchObject({ success: true, stdout: 'fine' });
    expect(json['summary']).toEqual({ total: 2, succeeded: 1, failed: 1 });
  });

  it('keeps the results of the others when one server meets a fault of ours', async () => {
    const { hosts, inventory } = fleet({ h0: {}, h1: { stdout: 'fine' } });
    const run: HostAccess['run'] = (host, ...rest) =>
      host === 'h0' ? Promise.reject(new TypeError('secret detail')) : hosts.run(host, ...rest);
    await using bench = aBench({ hosts: { ...hosts, run, runOrKeep: run }, inventory });
    const { json } = await bench.call(executeOnMultiple, { servers: ['*'], command: 'x' });
    expect(json['results']).toMatchObject({ h0: { code: 'internal', ran: 'may_have_run' }, h1: { stdout: 'fine' } });
    expect(JSON.stringify(json)).not.toContain('secret detail');
  });

  it('runs on all at once', async () => {
    const startedAt = performance.now();
    const { json } = await ask(named(60, () => ({ ms: 300 })));
    expect(json['summary']).toMatchObject({ succeeded: 60 });
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('folds equal answers, the ones that differ first', async () => {
    const { json } = await ask({
      ...named(17, () => ({ stdout: 'up\n' })),
      x1: { stdout: 'down\n' },
      x2: { stdout: 'up\n', exit: exited(1) },
      x3: new GatewayError('host_unreachable', 'x3 is down'),
    });
    expect(json['overview']).toBe('17 of 20 answered alike; 2 otherwise; 1 not at all');
    expect((json['groups'] as readonly { hosts: readonly string[] }[]).map(({ hosts }) => hosts.slice(0, 2))).toEqual([
      ['x1'],
      ['x2'],
      ['x3'],
      ['h000', 'h001'],
    ]);
  });

  it('shows every output in full while they fit together', async () => {
    const { json, results } = await ask(named(8, () => ({ stdout: 'x'.repeat(2_000) })));
    expect(Object.values(results).every(({ stdout }) => stdout.length === 2_000)).toBe(true);
    expect(json['truncated']).toBe(false);
  });

  it('shows equal outputs once when they do not fit', async () => {
    const { json, results } = await ask({ ...named(9, () => ({ stdout: 'x'.repeat(2_000) })), z: { stdout: 'short' } });
    expect(results['h000']).toMatchObject({ stdout: 'x'.repeat(2_000) });
    expect(results['h000']).not.toHaveProperty('truncated');
    expect(results['h008']).toMatchObject({
      stdout: '[… the same as h000 …]',
      stderr: '',
      truncated: true,
      same_as: 'h000',
    });
    expect(results['z']).toMatchObject({ stdout: 'short' });
    expect(json).toMatchObject({ truncated: true, hint: expect.stringContaining('read_output') });
  });

  it('cuts the longest first, and keeps the whole of each that is cut', async () => {
    await using bench = aBench(
      fleet({
        big: { stdout: 'b'.repeat(60_000) },
        mid: { stdout: 'm'.repeat(9_000) },
        low: { stdout: 'l'.repeat(3_000), stderr: 'e' },
      }),
    );
    const { json } = await bench.call(executeOnMultiple, { servers: ['*'], command: 'x' });
    const results = json['results'] as Results;
    expect(results['low']).toMatchObject({ stdout: 'l'.repeat(3_000), stderr: 'e' });
    expect(results['low']).not.toHaveProperty('output_id');
    const total = Object.values(results).reduce((sum, { stdout, stderr }) => sum + stdout.length + stderr.length, 0);
    expect(total).toBeLessThan(16_384 + 1_000);
    for (const [name, letter, bytes] of [
      ['big', 'b', 60_000],
      ['mid', 'm', 9_000],
    ] as const) {
      expect(results[name]).toMatchObject({
        truncated: true,
        stdout: expect.stringMatching(/\[… \d+ bytes omitted; read_output/),
      });
      const whole = { output_id: results[name]?.['output_id'], length: 100_000 };
      expect((await bench.call(readOutput, whole)).json).toMatchObject({ contents: letter.repeat(bytes) });
    }
  });

  it('stays within bounds for 500 servers that all write much and differently', async () => {
    await using bench = aBench(fleet(named(500, (at) => ({ stdout: `${at}\n`.repeat(5_000) }))));
    const before = process.memoryUsage().rss;
    const { json } = await bench.call(executeOnMultiple, { servers: ['*'], command: 'x' });
    const results = Object.values(json['results'] as Results);
    const shown = results.reduce((sum, { stdout }) => sum + Buffer.byteLength(stdout), 0);
    expect(shown).toBeLessThan(16_384 + 500 * 60);
    expect(results.every(({ output_id }) => typeof output_id === 'string')).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  });

  it('leaves nothing on disk of outputs that are not shown', async () => {
    await using bench = aBench(fleet(named(5, () => ({ stdout: 'same '.repeat(20_000) }))));
    const { json } = await bench.call(executeOnMultiple, { servers: ['*'], command: 'x' });
    const results = json['results'] as Results;
    expect(readdirSync(bench.directory)).toEqual([results['h000']?.['output_id']]);
  });

  it('gives the same answer whatever server is the first to end', async () => {
    const answers = (slowest: number) =>
      named(6, (at) => ({ stdout: at % 2 === 0 ? 'even' : 'odd', ms: at === slowest ? 60 : 1 }));
    const [first, second] = [await ask(answers(0)), await ask(answers(5))];
    expect(first.json).toEqual(second.json);
    expect(JSON.stringify(first.json)).toBe(JSON.stringify(second.json));
  });

  it('says of servers that were not started why, in their result and among those skipped', async () => {
    const { json, isError, outcome } = await ask(
      { a: { exit: exited(1) }, b: {}, c: {} },
      { canary: 1, stop_on_errors: 1 },
    );
    expect(json['overview']).toBe('1 of 3 answered alike; 2 not at all');
    expect(json['summary']).toEqual({ total: 3, succeeded: 0, failed: 3, not_started: 2 });
    const reason = 'Not started on b: it failed on the first servers. Look at those first.';
    expect(json['results']).toMatchObject({
      a: { exit_code: 1 },
      b: {
        success: false,
        exit_code: -1,
        stderr: reason,
        status: 'not_started',
        ran: 'not_started',
        code: 'rollout_stopped',
      },
    });
    expect(json['skipped']).toMatchObject([{ server: 'b', code: 'rollout_stopped', error: reason }, { server: 'c' }]);
    expect([isError, outcome.hosts?.map(({ code }) => code)]).toEqual([
      false,
      [null, 'rollout_stopped', 'rollout_stopped'],
    ]);
  });

  it('folds answers that differ only in names, addresses and times when asked to, and keeps each', async () => {
    const noisy = (at: number): Answer => ({
      stdout: `${`h00${at} 10.0.0.${at} 17:00:0${at} up ${at} days\n`.repeat(100)}fin\n`,
    });
    await using bench = aBench(fleet({ ...named(9, noisy), odd: { stdout: 'down\n' } }));
    const call = (normalize: boolean) => bench.call(executeOnMultiple, { servers: ['*'], command: 'x', normalize });
    expect((await call(false)).json['groups']).toHaveLength(10);
    const { json } = await call(true);
    expect(json).toMatchObject({ normalized: true, overview: '9 of 10 answered alike; 1 otherwise' });
    expect((json['groups'] as readonly { count: number }[]).map(({ count }) => count)).toEqual([1, 9]);
    const results = json['results'] as Results;
    expect(results['h000']?.stdout).toBe(noisy(0).stdout);
    expect(results['h004']).toMatchObject({
      same_as: 'h000',
      stdout: expect.stringMatching(/^\[… like h000; read_output/),
    });
    const whole = await bench.call(readOutput, { output_id: results['h004']?.['output_id'] });
    expect(whole.json['contents']).toBe(noisy(4).stdout);
  });

  it('fits its text on a screen for 500 servers, whatever they write, with a way to the whole', async () => {
    for (const stdout of [(at: number) => `${at}\n`.repeat(500), () => 'same\n', (at: number) => `${at % 40}`]) {
      await using bench = aBench(fleet(named(500, (at) => ({ stdout: stdout(at) }))));
      const { text = '', json } = await bench.call(executeOnMultiple, { servers: ['*'], command: 'x' });
      expect(Buffer.byteLength(text)).toBeLessThan(48 * 1024);
      const shown = JSON.parse(text) as JsonObject;
      expect(shown).toMatchObject({
        success: true,
        summary: { total: 500 },
        overview: json['overview'],
        truncated: true,
      });
      expect(Object.keys(json['results'] as object)).toHaveLength(500);
      const asked = { output_id: shown['output_id'], pattern: '"h433": \\{' };
      expect((await bench.call(readOutput, asked)).json['match_count']).toBe(1);
    }
  });

  it('is its whole JSON as text while that is short', async () => {
    expect(await ask(named(20, () => ({ stdout: 'up\n' })))).not.toHaveProperty('text');
  });

  it('reports every server as it ends', async () => {
    const told: string[] = [];
    await using bench = aBench({
      ...fleet({
        slow: { ms: 80, stdout: 'late\n' },
        quick: { stdout: 'a\nb\n' },
        gone: new GatewayError('host_unreachable', 'x'),
      }),
      report: (progress) => told.push(progress()),
    });
    await bench.call(executeOnMultiple, { servers: ['*'], command: 'x' });
    expect(told.map((line) => line.slice(0, 6))).toEqual(['1 of 3', '2 of 3', '3 of 3']);
    expect(told[2]).toMatch(/: slow exited 0 after \d+ ms: late$/);
    expect(
      told
        .slice(0, 2)
        .map((line) => line.slice(8).replace(/\d+ ms/, 'N ms'))
        .toSorted(),
    ).toEqual(['gone host_unreachable', 'quick exited 0 after N ms: a']);
  });

  it('says why when no server can be run on', async () => {
    const call = ask({ 'web-1': {} }, { servers: ['web-2', 'db-*'] });
    await expect(call).rejects.toMatchObject({
      code: 'unknown_host',
      ran: 'not_started',
      message: expect.stringMatching(/^No accessible servers found\. Server not found: web-2\. No accessible server/),
      details: { skipped: [{ server: 'web-2' }, { server: 'db-*' }], command: 'x' },
    });
  });

  it.each([
    { servers: [], problem: 'is empty' },
    { servers: ['!web-1'], problem: 'only leaves out servers' },
    { servers: ['a', ''], problem: 'is empty' },
    { servers: ['a\u202eb'], problem: 'has control or invisible characters' },
    { servers: Array.from({ length: 1_001 }, () => 'a'), problem: 'has more than' },
    { servers: 7, problem: 'must be a list' },
  ])('refuses $servers', ({ servers, problem }) => {
    const prepared = executeOnMultiple.prepare({ servers, command: 'x' });
    expect(prepared).toMatchObject({ code: 'invalid_input', problems: [expect.stringContaining(problem)] });
  });

  it.each(['["a","b*"]', ' [ "a", "b*" ] '])('takes a list that was written as text: %s', (servers) => {
    expect(executeOnMultiple.prepare({ servers, command: 'x' })).toMatchObject({ selectors: ['a', 'b*'] });
  });

  it('takes one name for a list of one', () => {
    expect(executeOnMultiple.prepare({ servers: 'web-1', command: 'x' })).toMatchObject({ selectors: ['web-1'] });
  });
});

describe('sharing out', () => {
  it.each([
    { needs: [10, 20, 30], budget: 60, shares: [10, 20, 30] },
    { needs: [10, 100, 100], budget: 60, shares: [10, 25, 25] },
    { needs: [Infinity, 5, Infinity], budget: 25, shares: [10, 5, 10] },
    { needs: [], budget: 25, shares: [] },
    { needs: [7, 7], budget: 0, shares: [0, 0] },
  ])('gives of $budget to $needs: $shares', ({ needs, budget, shares }) => {
    expect(shareOut(needs, budget)).toEqual(shares);
  });
});
