import { describe, expect, it } from 'vitest';
import { inCall } from '../../src/base/call-context.ts';
import { createLog, type Log } from '../../src/base/log.ts';
import { escapeHiddenInJson, neutralise } from '../../src/base/untrusted-text.ts';

function aLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLog('info', { copyTo: { append: (line) => void lines.push(line) } }) };
}

/** What a host may say, or be called, to write in a terminal or to look like a line of ours. */
const hostile = [
  '\u001B[2J\u001B[31mroot',
  '\u009B31m',
  'a\r\n{"level":30,"msg":"a line of ours"}',
  '\u202Eevil\u2066',
  'x\u0007\u007F\u0085y',
  '\u2028\u2029',
  '\u{E0041}\u200Btag',
  'lone \uD800',
];

describe('a line of the log', () => {
  it.each(hostile)('is one line of plain characters, and means the same, whatever it quotes: %j', (text) => {
    const { log, lines } = aLog();
    log.warn({ server: text, [text]: 1, err: Object.assign(new Error(text), { stack: text }) }, text);
    const [line = '', ...more] = lines;
    expect(more).toEqual([]);
    expect(line.endsWith('\n')).toBe(true);
    expect(neutralise(line)).toBe(line);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cs}]/u);
    expect(JSON.parse(line)).toMatchObject({
      server: text,
      [text]: 1,
    });
  });

  it('has the id of the call that is worked on, and what it is traced by', async () => {
    const { log, lines } = aLog();
    const later = Promise.withResolvers<void>();
    const call = inCall({ callId: 'c1', traceparent: '00-1-2-01' }, async () => {
      await Promise.resolve();
      log.info('within');
      void later.promise.then(() => log.info('of what outlives it'));
    });
    await Promise.all([call, inCall({ callId: 'c2' }, async () => log.info({ callId: 'c9' }, 'about another'))]);
    log.info('outside');
    later.resolve();
    await later.promise;
    await Promise.resolve();
    const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const idOf = (msg: string): unknown => told.find((one) => one['msg'] === msg)?.['callId'];
    expect(told.find(({ msg }) => msg === 'within')).toMatchObject({ callId: 'c1', traceparent: '00-1-2-01' });
    expect(idOf('about another')).toBe('c9');
    expect(idOf('outside')).toBeUndefined();
    expect(idOf('of what outlives it')).toBeUndefined();
  });
});

describe('escaping in JSON', () => {
  it('changes no value, and leaves plain text as it is', () => {
    const value = { [hostile.join('')]: hostile };
    expect(JSON.parse(escapeHiddenInJson(JSON.stringify(value)))).toEqual(value);
    expect(escapeHiddenInJson('{"a":"ü 你好 👩‍💻"}')).toBe('{"a":"ü 你好 👩‍💻"}');
  });
});
