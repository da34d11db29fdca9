import { describe, expect, it } from 'vitest';
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
    { entry: { match: 'ann@example.com', permissions: [] }, problem: /permissions/ },
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
