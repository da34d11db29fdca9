import { describe, expect, it } from 'vitest';
import { asked, denied, fine, mildest, unknownYet, unlisted } from '../../../src/policy/closed/finding.ts';

describe('remarks', () => {
  it('say how much they weigh, by what code, and why', () => {
    expect(fine).toEqual([]);
    expect(unlisted('x')).toEqual([{ severity: 'unlisted', code: 'unlisted_use', text: 'x' }]);
    expect(unknownYet('x')).toEqual([{ severity: 'ask', code: 'dynamic_argument', text: 'x' }]);
    expect(denied('c', 'x')).toEqual([{ severity: 'deny', code: 'c', text: 'x' }]);
    expect(asked('c', 'x')).toEqual([{ severity: 'ask', code: 'c', text: 'x' }]);
  });

  const [none, ask, deny, other] = [fine, asked('a', 'a'), denied('d', 'd'), unlisted('u')];
  it.each([
    [[none, ask, deny, other], none],
    [[other, deny, ask, none], none],
    [[other, deny, ask], ask],
    [[ask, deny], ask],
    [[other, deny], deny],
    [[deny, other], deny],
    [[other], other],
    [[[...ask, ...other], deny], deny],
    [[[...ask, ...deny], ask], ask],
  ])('of several uses the mildest counts, one that does not fit last: %j gives %j', (answers, mild) =>
    expect(mildest(answers)).toEqual(mild),
  );
  it('of several that weigh the same the first counts', () => {
    expect(mildest([asked('1', 'x'), asked('2', 'x')])).toEqual(asked('1', 'x'));
  });
  it('of no use at all is that it is not listed', () => {
    expect(mildest([])).toEqual(unlisted('is not listed for this'));
  });
});
