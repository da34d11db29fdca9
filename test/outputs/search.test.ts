import { describe, expect, it } from 'vitest';
import { compilePattern, searchLines, type SearchLimits, type SearchResult } from '../../src/outputs/search.ts';

const limits: SearchLimits = { from: 0, maxMatches: 100, maxBytes: 16_384, maxMs: 10_000 };

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function search(
  text: string,
  source: string,
  options: Partial<SearchLimits> & { chunk?: number } = {},
): Promise<SearchResult> {
  const pattern = compilePattern(source);
  if (typeof pattern === 'string') throw new Error(pattern);
  return await searchLines(inChunks(Buffer.from(text), options.chunk ?? 65_536), pattern, { ...limits, ...options });
}

describe('searching an output', () => {
  it.each([1, 2, 5, 1_000])('finds lines with their numbers and offsets, in chunks of %d bytes', async (chunk) => {
    const text = 'start\r\nerror: é\n\nok\nlast error';
    expect(await search(text, 'error', { chunk })).toEqual({
      matches: [
        { line: 2, offset: 7, text: 'error: é' },
        { line: 5, offset: 21, text: 'last error' },
      ],
      nextOffset: null,
    });
  });

  it('anchors at the ends of a line, whatever ends it', async () => {
    const { matches } = await search('ab\r\nb\nabc\n', 'b$');
    expect(matches.map(({ line }) => line)).toEqual([1, 2]);
  });

  it('stops when enough was found, and goes on from where it stopped with the same line numbers', async () => {
    const text = Array.from({ length: 250 }, (_, n) => `hit ${n + 1}\nmiss\n`).join('');
    const found: string[] = [];
    let from: number | null = 0;
    while (from !== null) {
      const { matches, nextOffset }: SearchResult = await search(text, 'hit', { from });
      expect(matches.length).toBeLessThanOrEqual(100);
      found.push(...matches.map(({ line, text }) => `${line} ${text}`));
      from = nextOffset;
    }
    expect(found).toEqual(Array.from({ length: 250 }, (_, n) => `${2 * n + 1} hit ${n + 1}`));
  });

  it('bounds the text it returns, but always gives the first match', async () => {
    const { matches, nextOffset } = await search(`${'x'.repeat(300)}\n`.repeat(10), 'x', { maxBytes: 1_000 });
    expect([matches.length, nextOffset]).toEqual([3, 903]);
    expect((await search('xxxxx', 'x', { maxBytes: 4 })).matches).toHaveLength(1);
  });

  it('shows of a long line the part around the match', async () => {
    const { matches } = await search(`${'a'.repeat(5_000)}needle${'b'.repeat(5_000)}`, 'needle');
    expect(matches[0]?.text).toMatch(/^…a{80}needleb+…$/);
    expect(matches[0]?.text.length).toBeLessThan(420);
  });

  it('takes a line without an end in bounded pieces', async () => {
    const { matches } = await search('a'.repeat(50_000) + 'needle', 'needle', { chunk: 999 });
    expect(matches).toEqual([expect.objectContaining({ line: 1, offset: 49_152 })]);
  });

  it('makes what it shows visible', async () => {
    expect((await search('evil \u202e\u001b[2J', 'evil')).matches[0]?.text).toBe(String.raw`evil \u202e\u001b[2J`);
  });

  it('answers in time, with the place to go on from', async () => {
    const text = `${'word '.repeat(20)}\n`.repeat(20_000);
    const { nextOffset } = await search(text, 'zzz', { maxMs: 1 });
    expect(nextOffset).toBeGreaterThan(0);
  });

  it('lets others run meanwhile', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await search(`${'word '.repeat(20)}\n`.repeat(100_000), 'z+$');
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });
});

describe('a pattern', () => {
  it.each(['(', '[', '\\1', '(?=x)', 'x{1001}', '(x{500}){500}', 'x{1000}'.repeat(2)])(
    'is refused when it is %s',
    (source) => {
      expect(typeof compilePattern(source)).toBe('string');
    },
  );

  it('that takes other engines for ever takes no time', async () => {
    const started = performance.now();
    await search(`${'a'.repeat(10_000)}!`, '^(a+)+$');
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
