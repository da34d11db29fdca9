import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { failureOf, resultOf } from '../../src/mcp/tool-result.ts';
import type { JsonObject } from '../../src/tools/tool.ts';
import { tinyGateway } from './tiny-gateway.ts';

function textOf(json: JsonObject): string {
  const [block] = resultOf({ json, outcome: { success: true } }).content;
  return block?.type === 'text' ? block.text : '';
}

function failure(error: unknown, input: unknown) {
  const tool = tinyGateway().gateway.tools.find(({ name }) => name === 'refuse');
  return failureOf(error, { tool, name: 'refuse', callId: 'a call', arguments: input }, silentLog);
}

describe('the text of a result', () => {
  it('is the same JSON, indented by two, with non-ASCII as it is', () => {
    const json = { success: true, stdout: 'grüße, 世界 😀\n', tags: ['a'] };
    expect(textOf(json)).toBe(JSON.stringify(json, null, 2));
  });

  it.each([0x7f, 0x85, 0x9b, 0xad, 0x61c, 0x200b, 0x200d, 0x200e, 0x2028, 0x202e, 0x2060, 0x2066, 0xfeff, 0xe0041])(
    'shows the unseen character %i as an escape, and still parses to it',
    (codePoint) => {
      const stdout = `a${String.fromCodePoint(codePoint)}b`;
      expect(textOf({ stdout })).toMatch(/^[\n\x20-\x7e]*$/);
      expect(JSON.parse(textOf({ stdout }))).toEqual({ stdout });
    },
  );
});

describe('a failure', () => {
  it('repeats the input, says code and ran, and lets no detail overwrite them', () => {
    const error = new GatewayError('connection_lost', 'web-1 went away. Look before you repeat it.', {
      ran: 'may_have_run',
      details: { code: 'fine', success: true, server: 'web-2', stopped: { state: 'unknown', pids: [] } },
    });
    const result = failure(error, { server: 'web-1', command: 'uptime', other: 1 });
    expect(result.structuredContent).toEqual({
      success: false,
      server: 'web-2',
      command: 'uptime',
      error: 'web-1 went away. Look before you repeat it.',
      code: 'connection_lost',
      ran: 'may_have_run',
      stopped: { state: 'unknown', pids: [] },
    });
    expect(Object.keys(result.structuredContent ?? {})[0]).toBe('success');
  });

  it('cuts what it repeats', () => {
    const error = new GatewayError('invalid_input', 'Too long.');
    const { structuredContent } = failure(error, { command: 'x'.repeat(5_000_000), server: Array(5_000).fill('web') });
    expect(JSON.stringify(structuredContent).length).toBeLessThan(3_000);
    expect(structuredContent).toMatchObject({ command: expect.stringMatching(/^x+\.\.\. \(5000000 characters\)$/) });
  });

  it.each([undefined, null, 'text', 7])('bears %s as the whole input', (input) => {
    expect(failure(new GatewayError('invalid_input', 'No.'), input).structuredContent).toMatchObject({
      success: false,
      code: 'invalid_input',
    });
  });

  it('says of what was thrown and is no error only that it is internal', () => {
    expect(JSON.stringify(failure('hunter2', {}))).not.toContain('hunter2');
  });
});
