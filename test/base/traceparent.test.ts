import { describe, expect, it } from 'vitest';
import { traceparentOf } from '../../src/base/traceparent.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it.each([
    [`00-${trace}-${parent}-01`, `00-${trace}-${parent}-01`],
    [`cc-${trace}-${parent}-00`, `cc-${trace}-${parent}-00`],
    [`cc-${trace}-${parent}-00-what.comes.later`, `cc-${trace}-${parent}-00`],
    [`00-${trace}-${parent}-01-more`, undefined],
    [`ff-${trace}-${parent}-01`, undefined],
    [`00-${'0'.repeat(32)}-${parent}-01`, undefined],
    [`00-${trace}-${'0'.repeat(16)}-01`, undefined],
    [`00-${trace.toUpperCase()}-${parent}-01`, undefined],
    [`00-${trace}-${parent}-1`, undefined],
    [`00-${trace}-${parent}-01\n`, undefined],
    [` 00-${trace}-${parent}-01`, undefined],
    [`cc-${trace}-${parent}-00-\u001B[31m`, undefined],
    [`cc-${trace}-${parent}-00-${'x'.repeat(600)}`, undefined],
    ['', undefined],
    [7, undefined],
    [[`00-${trace}-${parent}-01`], undefined],
    [undefined, undefined],
  ])('%j is read as %j', (said, read) => {
    expect(traceparentOf(said)).toBe(read);
  });
});
