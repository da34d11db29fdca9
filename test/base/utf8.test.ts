import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeLength, continuationLength } from '../../src/base/utf8.ts';

const anyText = fc.string({ unit: 'grapheme' });

describe('cutting UTF-8 anywhere', () => {
  it('never cuts a character, and loses none', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, at) => {
        const bytes = Buffer.from(text);
        const head = bytes.subarray(0, at % (bytes.length + 1));
        const cut = completeLength(head);
        expect(head.length - cut).toBeLessThan(4);
        expect(bytes.toString('utf8', 0, cut) + bytes.toString('utf8', cut)).toBe(text);
      }),
    );
  });

  it('finds where the first whole character begins', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, at) => {
        const bytes = Buffer.from(text);
        const tail = bytes.subarray(at % (bytes.length + 1));
        expect(text.endsWith(tail.toString('utf8', continuationLength(tail)))).toBe(true);
      }),
    );
  });

  it('takes bytes that are not UTF-8 as they come', () => {
    const cuts = [[0x80, 0x80, 0x80, 0x80], [0xff], [0xc3], [0x61, 0xe2, 0x82], [0x61, 0xc0], []];
    expect(cuts.map((bytes) => completeLength(Buffer.from(bytes)))).toEqual([4, 1, 0, 1, 2, 0]);
  });
});
