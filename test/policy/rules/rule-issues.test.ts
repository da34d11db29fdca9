import { describe, expect, it } from 'vitest';
import type { Issue } from '../../../src/base/problem.ts';
import { catastrophicRule } from '../../../src/policy/rules/built-in-policy.ts';
import { policySchema } from '../../../src/policy/rules/policy-schema.ts';
import { readPolicy } from '../../../src/policy/rules/read-policy.ts';
import { ruleIssues } from '../../../src/policy/rules/rule-issues.ts';
import { schemaIssues } from '../../../src/policy/rules/schema-issues.ts';
import { testRule } from '../../../src/policy/rules/rule-tests.ts';
import { aRule } from './judging.ts';

const known = {
  sets: ['secrets', 'logs'],
  roles: ['oncall', 'observe'],
  rules: ['a', 'builtin:sudo'],
  final: catastrophicRule,
};
const told = (issues: readonly Issue[]): readonly string[] =>
  issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
const issues = (...rules: readonly object[]) => {
  const document = policySchema.parse({
    version: 1,
    rules: rules.map((rule) => ({ id: 'a', effect: 'deny', ...rule })),
  });
  return told(ruleIssues(document, known));
};

describe('a rule is refused', () => {
  it.each<[rule: object, issue: string]>([
    [{}, 'rules.0: must say what it is for: command, text, reads, writes or actions'],
    [{ roles: ['oncall'] }, 'rules.0: must say what it is for: command, text, reads, writes or actions'],
    [{ command: 'x', roles: ['oncall', 'oncal'] }, 'rules.0.roles.1: no role or profile oncal (did you mean oncall?)'],
    [{ command: 'x', overrides: ['a', 'zzzzzzzz'] }, 'rules.0.overrides.1: no rule zzzzzzzz'],
    [
      { command: 'x', overrides: ['a', catastrophicRule] },
      'rules.0.overrides.1: nothing overrides what would destroy a host',
    ],
    [{ reads: { any: ['logs', 'log'] } }, 'rules.0.reads.any.1: no set of paths log (did you mean logs?)'],
    [{ reads: { allOf: ['log'] } }, 'rules.0.reads.allOf.0: no set of paths log (did you mean logs?)'],
    [{ writes: { noneOf: ['log'] } }, 'rules.0.writes.noneOf.0: no set of paths log (did you mean logs?)'],
    [
      { command: 'x', operands: { paths: { read: { any: ['log'] } } } },
      'rules.0.operands.paths.read.any.0: no set of paths log (did you mean logs?)',
    ],
    [
      { command: 'x', operands: { paths: { write: { any: ['log'] } } } },
      'rules.0.operands.paths.write.any.0: no set of paths log (did you mean logs?)',
    ],
    [{ reads: { any: ['logs'] }, subcommand: 'x' }, 'rules.0.subcommand: needs a command beside it'],
    [{ reads: { any: ['logs'] }, options: 'any' }, 'rules.0.options: needs a command beside it'],
    [{ reads: { any: ['logs'] }, operands: 'any' }, 'rules.0.operands: needs a command beside it'],
    [{ text: 'x', command: 'x' }, 'rules.0.text: is a whole command; nothing else of it can be asked'],
    [{ text: 'x', reads: { any: ['logs'] } }, 'rules.0.text: is a whole command; nothing else of it can be asked'],
    [{ text: 'x', writes: { any: ['logs'] } }, 'rules.0.text: is a whole command; nothing else of it can be asked'],
    [{ text: 'x', actions: ['run_command'] }, 'rules.0.text: is a whole command; nothing else of it can be asked'],
    [
      { effect: 'allow', actions: ['run_command'] },
      'rules.0.actions: a rule that allows commands must name them: add command or text',
    ],
    [
      { effect: 'allow', actions: ['read_path', 'run_command'] },
      'rules.0.actions: a rule that allows commands must name them: add command or text',
    ],
    [
      { command: 'x', options: { allow: ['-a'] } },
      'rules.0.options.allow: is for rules that allow; say deny: options that make this rule match',
    ],
    [{ command: 'x', operands: { min: 2, max: 1 } }, 'rules.0.operands.max: is less than min'],
    [
      { command: 'x', operands: { each: 're:(' } },
      'rules.0.operands.each: "re:(" is not a pattern that RE2 knows; rewrite it without look-around and back-references',
    ],
    [
      { command: 'x', operands: { each: ['a', 're:('] } },
      'rules.0.operands.each.1: "re:(" is not a pattern that RE2 knows; rewrite it without look-around and back-references',
    ],
    ...['-', '--', '- x', '-=x', '-n[x]', '--[', '-n[', '---x', '--x[=', '-n x\ny'].map((option): [object, string] => [
      { effect: 'allow', command: 'x', options: { allow: ['-a', option] } },
      'rules.0.options.allow.1: is not an option',
    ]),
  ])('with its place: %j', (rule, issue) => {
    expect(issues(rule)).toEqual([issue]);
  });

  it('where another has its name', () => {
    expect(issues({ command: 'x' }, { id: 'b', command: 'x' }, { command: 'x' })).toEqual([
      'rules.2.id: another rule is called a',
    ]);
  });

  it.each<object>([
    { text: 'x' },
    {
      command: 'x',
      subcommand: 'y',
      options: 'any',
      operands: 'any',
      reads: { any: ['logs'] },
      writes: { noneOf: ['secrets'] },
    },
    { reads: { any: ['logs'] } },
    { writes: { any: ['logs'] } },
    { actions: ['run_command'] },
    { effect: 'ask', actions: ['run_command'] },
    { effect: 'allow', actions: ['read_path'] },
    { effect: 'allow', actions: ['run_command'], command: 'x' },
    { effect: 'allow', reads: { any: ['logs'] } },
    { effect: 'allow', command: 'x', options: { allow: 'any' } },
    {
      effect: 'allow',
      command: 'x',
      options: {
        allow: ['-a', '-n VALUE', '-n=VALUE', '-n  VALUE ', '--all', '--color[=WHEN]', '-abc', '-?', '--a-b', '-a '],
      },
    },
    { command: 'x', options: { deny: ['-'] } },
    { command: 'x', operands: { min: 1, max: 1, each: ['a', 're:b'] } },
    { command: 'x', operands: { max: 0 } },
    { command: 'x', roles: ['observe'], overrides: ['a', 'builtin:sudo'] },
  ])('but not this one: %j', (rule) => {
    expect(issues(rule)).toEqual([]);
  });

  it('never as a fault of ours: what is taken in can be compiled', async () => {
    for (const option of ['-a', '-n VALUE', '-n=VALUE', '--color[=WHEN]', '-abc', '-?', '--a-b', '-n [VALUE]', '-a ']) {
      const text = `version: 1\nrules: [{ id: a, effect: allow, command: x, options: { allow: [${JSON.stringify(option)}] } }]`;
      expect((await readPolicy('p', text)).rules).toHaveLength(1);
    }
  });
});

describe('what the schema finds', () => {
  it.each<[document: unknown, issue: string]>([
    [{ version: 1, ruls: [] }, 'ruls: unknown key (did you mean rules?)'],
    [{ version: 1, xyzxyzxyz: [] }, 'xyzxyzxyz: unknown key'],
    [
      { version: 1, rules: [{ id: 'a', effect: 'deny', command: 'x', options: { alow: ['-a'] } }] },
      'rules.0.options.alow: unknown key (did you mean allow?)',
    ],
    [
      { version: 1, rules: [{ id: 'a', effect: 'deny', command: 'x', options: { deny: ['a'] } }] },
      'rules.0.options.deny.0: Invalid string: must start with "-"',
    ],
    [
      { version: 1, rules: [{ id: 'a', effect: 'deny', command: 'x', operands: { paths: { reads: {} } } }] },
      'rules.0.operands.paths.reads: unknown key (did you mean read?)',
    ],
    [
      { version: 1, rules: [{ id: 'a', effect: 'deny', command: 'x', options: 'all' }] },
      'rules.0.options: Invalid input',
    ],
    [
      { version: 1, rules: [{ id: '', effect: 'deny', command: 'x' }] },
      'rules.0.id: must have 1 to 64 letters, digits, `.`, `_` or `-`',
    ],
    [
      { version: 1, rules: [{ id: 'a', effect: 'deny', command: ['x', ''] }] },
      'rules.0.command.1: must have 1 to 64 letters, digits, `.`, `_` or `-`',
    ],
    [{ version: 2 }, 'version: must be 1'],
  ])('is told at its place, in words: %j', (document, issue) => {
    const { error } = policySchema.safeParse(document);
    expect(error === undefined ? [] : told(schemaIssues(error))).toEqual([issue]);
  });
});

describe('the tests of a rule', () => {
  const failures = (rule: Parameters<typeof aRule>[0]) =>
    told(testRule(aRule({ command: 'frob', operands: 'any', ...rule })));

  it('fail where the rule does not match what it must, or matches what it must not', () => {
    expect(failures({ tests: { match: ['frob', 'grob', 'frob x'], notMatch: ['grob', 'frob'] } })).toEqual([
      'match.1: rule a does not match this',
      'notMatch.1: rule a matches this',
    ]);
    expect(failures({})).toEqual([]);
  });

  it.each<[effect: 'allow' | 'deny', text: string, matches: boolean]>([
    ['allow', 'frob; frob x', true],
    ['allow', 'frob; grob', false],
    ['allow', 'sudo -n frob', false],
    ['allow', 'nice frob', true],
    ['allow', 'nice grob', false],
    ['allow', 'nice', false],
    ['allow', 'frob $(', false],
    ['allow', 'frob "$x"', false],
    ['deny', 'frob; grob', true],
    ['deny', 'grob', false],
    ['deny', 'frob $(', false],
    ['deny', 'sudo frob', true],
  ])('are of all commands for %s, or of one: %s matches: %j', (effect, text, matches) => {
    expect(failures({ effect, tests: matches ? { match: [text] } : { notMatch: [text] } })).toEqual([]);
    expect(failures({ effect, tests: matches ? { notMatch: [text] } : { match: [text] } })).toHaveLength(1);
  });

  it('are of the whole text where the rule names that', () => {
    const tests = { match: ['frob x', ' frob x\n'], notMatch: ['frob  x', 'frob x; frob x'] };
    expect(told(testRule(aRule({ text: 'frob x', tests })))).toEqual([]);
  });
});
