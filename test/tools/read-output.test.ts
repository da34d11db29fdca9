import { describe, expect, it } from 'vitest';
import type { PrincipalId } from '../../src/identity/caller.ts';
import { executeCommand } from '../../src/tools/execute-command.ts';
import { readOutput } from '../../src/tools/read-output.ts';
import type { JsonObject } from '../../src/tools/tool.ts';
import { aCaller } from '../fixtures/callers.ts';
import { aBench, type Bench } from './local-hosts.ts';

async function longOutput(bench: Bench, command: string): Promise<JsonObject> {
  return (await bench.call(executeCommand, { server: 'web-1', command })).json;
}

describe('read_output', () => {
  it('reads on by the very call that the cut output names, up to the end', async () => {
    await using bench = aBench();
    const { stdout } = await longOutput(bench, 'seq 20000');
    const [, head = '', named = ''] = /^([^]*\n)\[….*read_output (\{.*?\}) …\]\n/.exec(String(stdout)) ?? [];
    const input = JSON.parse(named) as JsonObject;
    let text = head;
    for (let offset: unknown = input['offset']; offset !== null;) {
      const { json } = await bench.call(readOutput, { ...input, offset });
      expect(Buffer.byteLength(String(json['contents']))).toBeLessThanOrEqual(16_384);
      text += String(json['contents']);
      offset = json['next_offset'];
    }
    expect(text).toBe(Array.from({ length: 20_000 }, (_, n) => `${n + 1}\n`).join(''));
  });

  it('cuts no character, wherever it begins', async () => {
    await using bench = aBench();
    const { output_id } = await longOutput(bench, 'for i in $(seq 9000); do printf 漢; done');
    const { json } = await bench.call(readOutput, { output_id, offset: 100, length: 10 });
    expect(json).toEqual({
      success: true,
      output_id,
      stream: 'stdout',
      contents: '漢漢',
      offset: 102,
      next_offset: 108,
      size_bytes: 27_000,
      truncated: true,
    });
  });

  it('reads standard error by itself', async () => {
    await using bench = aBench();
    const { output_id } = await longOutput(bench, 'seq 20000; echo oops >&2');
    const { json } = await bench.call(readOutput, { output_id, stream: 'stderr' });
    expect(json).toMatchObject({ contents: 'oops\n', next_offset: null, truncated: false });
  });

  it('finds lines by pattern, across the whole', async () => {
    await using bench = aBench();
    const { output_id } = await longOutput(bench, 'seq 20000');
    const { json } = await bench.call(readOutput, { output_id, pattern: '^1?9999$' });
    expect(json).toEqual({
      success: true,
      output_id,
      stream: 'stdout',
      pattern: '^1?9999$',
      matches: [
        { line: 9_999, offset: 48_883, text: '9999' },
        { line: 19_999, offset: 108_882, text: '19999' },
      ],
      match_count: 2,
      next_offset: null,
      truncated: false,
    });
  });

  it('gives the next place when there are more matches than fit', async () => {
    await using bench = aBench();
    const { output_id } = await longOutput(bench, 'seq 20000');
    const { json } = await bench.call(readOutput, { output_id, pattern: '0$' });
    expect(json).toMatchObject({ match_count: 100, truncated: true, next_offset: expect.any(Number) });
  });

  it('lists what is kept for the caller when it is given no id', async () => {
    await using bench = aBench();
    const { output_id } = await longOutput(bench, 'seq 20000; echo oops >&2');
    expect((await bench.call(readOutput, {})).json).toEqual({
      success: true,
      outputs: [
        { output_id, created_at: expect.stringMatching(/^\d{4}-.*Z$/), stdout_bytes: 108_894, stderr_bytes: 5 },
      ],
      truncated: false,
    });
    const other = aCaller({ principal: 'token:other' as PrincipalId });
    expect((await bench.call(readOutput, {}, other)).json).toMatchObject({ outputs: [], truncated: false });
  });

  it('declares the output that it reads', () => {
    expect(readOutput.prepare({ output_id: 'out_1' })).toHaveProperty('actions', [
      { kind: 'read_kept_output', outputId: 'out_1' },
    ]);
  });

  it('knows nothing of the output of others', async () => {
    await using bench = aBench();
    const { output_id } = await longOutput(bench, 'seq 20000');
    const other = aCaller({ principal: 'token:other' as PrincipalId });
    const notFound = expect.objectContaining({ code: 'output_not_found' });
    await expect(bench.call(readOutput, { output_id }, other)).rejects.toEqual(notFound);
    await expect(bench.call(readOutput, { output_id, pattern: 'x' }, other)).rejects.toEqual(notFound);
    await expect(bench.call(readOutput, { output_id: '../../etc/passwd\0' })).rejects.toEqual(notFound);
  });

  it.each(['(', '', 'x'.repeat(501), '(?=x)'])('refuses the pattern %j', (pattern) => {
    expect(readOutput.prepare({ output_id: 'x', pattern })).toMatchObject({
      code: 'invalid_input',
      problems: [expect.stringMatching(/^pattern is /)],
    });
  });

  it.each([{ offset: -1 }, { length: 3 }, { length: 262_145 }, { stream: 'stdin' }, { offset: 0.5 }])(
    'refuses %j',
    (bad) => {
      expect(readOutput.prepare({ output_id: 'x', ...bad })).toHaveProperty('code', 'invalid_input');
    },
  );
});
