import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LineReader } from '../../src/mcp/line-reader.ts';

it('gives the same lines however the bytes are cut into chunks', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.replaceAll('\n', ''));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(400), { maxLength: 20 }), (texts, cuts) => {
      const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
      const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const reader = new LineReader(100_000);
      const lines = at.slice(1).flatMap((end, index) => [...reader.push(bytes.subarray(at[index], end))]);
      expect(lines).toEqual(texts.map((text) => ({ kind: 'line', text: Buffer.from(text).toString() })));
    }),
  );
});

it('keeps a line of exactly the limit and only the ends of a longer one', () => {
  const reader = new LineReader(1_000);
  const [exact, longer] = [...reader.push(Buffer.from(`${'a'.repeat(1_000)}\n${'b'.repeat(600)}${'c'.repeat(600)}\n`))];
  expect(exact).toEqual({ kind: 'line', text: 'a'.repeat(1_000) });
  expect(longer).toEqual({ kind: 'oversized', head: 'b'.repeat(512), tail: 'c'.repeat(512) });
  expect([...reader.push(Buffer.from('next\n'))]).toEqual([{ kind: 'line', text: 'next' }]);
});
