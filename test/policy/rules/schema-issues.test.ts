import { describe, expect, it } from 'vitest';
import { policySchema } from '../../../src/policy/rules/policy-schema.ts';
import { schemaIssues } from '../../../src/policy/rules/schema-issues.ts';

function issues(document: unknown): readonly string[] {
  const { error } = policySchema.safeParse(document);
  return error === undefined ? [] : schemaIssues(error).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
const ofRule = (rule: object): readonly string[] =>
  issues({ version: 1, rules: [{ id: 'a', effect: 'allow', command: 'x', ...rule }] });

describe('a key that is not known', () => {
  it('stands at its own place, one after the other', () => {
    expect(issues({ version: 1, ruls: [], xyzxyzxyz: 1, defaults: { unlistd: 'deny' } })).toEqual([
      'defaults.unlistd: unknown key (did you mean unlisted?)',
      'ruls: unknown key (did you mean rules?)',
      'xyzxyzxyz: unknown key',
    ]);
  });

  it.each([
    ['commnd', 'command'],
    ['overides', 'overrides'],
    ['notmatch', 'notMatch'],
    ['clientMayConfrm', 'clientMayConfirm'],
    ['denyprefix', 'denyPrefix'],
  ])('is told with the one that is meant, wherever that belongs: %s, %s', (key, meant) => {
    expect(ofRule({ [key]: 'x' })).toEqual([`rules.0.${key}: unknown key (did you mean ${meant}?)`]);
  });

  it.each(['labels', 'denyPrefix', 'properties'])('is never told to be what it is: %s', (key) => {
    expect(ofRule({ [key]: 'x' })).toEqual([`rules.0.${key}: unknown key`]);
  });
});

describe('of what may be written in several ways', () => {
  it.each<[rule: object, issues: readonly string[]]>([
    [{ options: { alow: ['-a'] } }, ['rules.0.options.alow: unknown key (did you mean allow?)']],
    [{ options: { allow: ['-a', 'b'] } }, ['rules.0.options.allow.1: Invalid string: must start with "-"']],
    [
      { options: { deny: ['b'], denyPrefix: ['-c'] } },
      [
        'rules.0.options.deny.0: Invalid string: must start with "-"',
        'rules.0.options.denyPrefix.0: Invalid string: must start with "--"',
      ],
    ],
    [{ options: { allow: ['-a', 1] } }, ['rules.0.options.allow.1: Invalid input: expected string, received number']],
    [
      { options: { alow: ['-a'], deny: '-b' } },
      [
        'rules.0.options.deny: Invalid input: expected array, received string',
        'rules.0.options.alow: unknown key (did you mean allow?)',
      ],
    ],
    [
      { operands: { paths: { read: { any: [1] } } } },
      ['rules.0.operands.paths.read.any.0: Invalid input: expected string, received number'],
    ],
    [{ operands: { each: ['x', 1] } }, ['rules.0.operands.each.1: Invalid input: expected string, received number']],
    [{ operands: { each: 1 } }, ['rules.0.operands.each: Invalid input']],
    [{ operands: { each: [] } }, ['rules.0.operands.each: Too small: expected array to have >=1 items']],
    [
      { operands: { paths: { read: { none: ['x'] } } } },
      ['rules.0.operands.paths.read.none: unknown key (did you mean noneOf?)'],
    ],
    [{ command: ['x', ''] }, ['rules.0.command.1: must have 1 to 64 letters, digits, `.`, `_` or `-`']],
    [
      { hosts: { labels: { env: ['prod', ''] } } },
      ['rules.0.hosts.labels.env.1: Too small: expected string to have >=1 characters'],
    ],
    [{ options: 'all' }, ['rules.0.options: Invalid input']],
    [{ command: 1 }, ['rules.0.command: Invalid input']],
  ])('the one that fits is taken to be meant: %j', (rule, expected) => {
    expect(ofRule(rule)).toEqual(expected);
  });
});
