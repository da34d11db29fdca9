import { describe, expect, it } from 'vitest';
import { isSamePerson, nameOverOAuth } from '../../src/identity/same-person.ts';
import type { PrincipalId } from '../../src/identity/caller.ts';
import { People, personRules } from '../../src/identity/people.ts';

const ann = {
  issuer: 'https://id.example',
  subject: '1',
  email: 'ann@example.com',
  domain: 'example.com',
  groups: ['ops'],
};

describe('the rules for people', () => {
  it.each([
    { entry: { match: 'ann', permissions: ['read'] }, problem: /must be an address, @domain or group:name/ },
    { entry: { match: 'ann@example.com' }, problem: /permissions/ },
    { entry: { match: 'ann@example.com', permissions: [], roles: [] }, problem: /permissions or roles/ },
    { entry: { match: 'ann@example.com', roles: ['admin'] }, problem: /roles/ },
    { entry: { match: 'ann@example.com', roles: 'approver' }, problem: /roles/ },
    { entry: { match: 'ann@example.com', permissions: ['root'] }, problem: /permissions/ },
    { entry: { match: '@example.com', permissions: ['read'], servers: ['*'] }, problem: /servers/ },
    { entry: 'ann@example.com', problem: /entry 2/ },
  ])('refuse $entry', ({ entry, problem }) => {
    expect(() => personRules([{ match: 'group:a b', permissions: ['read'] }, entry])).toThrow(problem);
  });
});

describe('people', () => {
  const people = new People(
    personRules([
      { match: 'ANN@example.com', permissions: ['read'] },
      { match: '@Example.com', permissions: ['write'] },
      { match: 'group:ops', permissions: ['execute'] },
    ]),
  );

  it.each([
    { person: ann, scope: 'read' },
    { person: { ...ann, email: 'bob@example.com' }, scope: 'write' },
    { person: { ...ann, email: 'bob@example.com', domain: undefined }, scope: 'execute' },
    { person: { ...ann, email: 'bob@sub.example.com', domain: 'sub.example.com', groups: ['OPS'] }, scope: undefined },
    { person: { ...ann, email: 'x@y', domain: '', groups: [] }, scope: undefined },
  ])('$person.email of $person.domain may $scope', ({ person, scope }) => {
    expect([...(people.callerOf(person)?.scopes ?? [])]).toEqual(scope === undefined ? [] : [scope]);
  });

  it('are nobody where there are no rules, the same each time, and others at another issuer', () => {
    expect(new People([]).callerOf(ann)).toBeUndefined();
    expect(people.callerOf(ann)).toBe(people.callerOf({ ...ann }));
    const elsewhere = people.callerOf({ ...ann, issuer: 'https://other.example' });
    expect(elsewhere?.principal).not.toBe(people.callerOf(ann)?.principal);
  });
});

describe('people whose rules change', () => {
  const bob = { ...ann, subject: '2', email: 'bob@example.com' };
  const forAnn = { match: 'ann@example.com', permissions: ['read'], roles: ['approver'] };
  const forAll = { match: '@example.com', permissions: ['read'] };
  const forOps = { match: 'group:ops', permissions: ['read'] };

  function somePeople(rules: readonly object[]) {
    const over: string[] = [];
    return { people: new People(personRules(rules), (principal) => over.push(principal)), over };
  }

  it.each([
    { now: [forAll, forOps], why: 'their rule is gone, and another lets them in', isOver: false },
    { now: [{ ...forAnn, roles: [] }, forAll], why: 'their rule gives less', isOver: false },
    { now: [{ ...forAnn, permissions: ['read', 'write'] }], why: 'their rule gives more', isOver: false },
    { now: [{ ...forAnn, match: 'eve@example.com' }], why: 'no rule describes them', isOver: true },
    { now: [], why: 'there is no rule', isOver: true },
  ])('lose what was begun where $why', ({ now, isOver }) => {
    const { people, over } = somePeople([forAnn, forAll]);
    const before = people.callerOf(ann);
    people.useRules(personRules(now));
    expect(before?.revoked.aborted).toBe(true);
    expect(people.callerOf(ann)).not.toBe(before);
    expect(over).toEqual(isOver ? [before?.principal] : []);
  });

  it('keep it where their own rule stays, wherever it stands', () => {
    const { people, over } = somePeople([forAnn, forAll]);
    const [a, b] = [people.callerOf(ann), people.callerOf(bob)];
    people.useRules(personRules([forOps, forAnn, forAll]));
    expect([a?.revoked.aborted, b?.revoked.aborted]).toEqual([true, true]);
    const again = people.callerOf(bob);
    people.useRules(personRules([forAnn, forOps, forAll]));
    expect([again?.revoked.aborted, people.callerOf(bob)]).toEqual([false, again]);
    expect(over).toEqual([]);
  });

  it('are found by their name for as long as a rule lets them in', () => {
    const { people } = somePeople([forAnn]);
    const caller = people.callerOf(ann);
    expect(people.principalsNamed('Ann@example.com')).toEqual([caller?.principal]);
    expect(people.principalsNamed('bob@example.com')).toEqual([]);
    people.useRules([]);
    expect(people.principalsNamed('ann@example.com')).toEqual([]);
  });

  it('are over once all that lets them in is', () => {
    const { people, over } = somePeople([forOps, forAnn]);
    const [byGroup, byAddress] = [people.callerOf(ann), people.callerOf({ ...ann, groups: [] })];
    people.useRules(personRules([forAnn]));
    expect([byGroup?.revoked.aborted, byAddress?.revoked.aborted, over]).toEqual([true, false, []]);
    people.useRules([]);
    expect(over).toEqual([byAddress?.principal]);
  });
});

describe('two callers', () => {
  const caller = (principal: string, name: string) => ({ principal: principal as PrincipalId, name });
  const one = caller('token:1', 'ann@example.com');

  it.each([
    { other: caller('token:1', 'another'), is: true },
    { other: caller('person:2', 'Ann@Example.com '), is: true },
    { other: caller('person:2', nameOverOAuth({ name: 'ann@example.com' })), is: true },
    { other: caller('person:2', 'bob@example.com'), is: false },
    { other: caller('person:2', 'ann@example.com (OAuth) x'), is: false },
  ])('count as one person where principal or name is the same: $other.name', ({ other, is }) => {
    expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([is, is]);
  });
});
