import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allowingLine } from '../../../src/policy/rules/allowing-line.ts';
import { overridableRules } from '../../../src/policy/rules/built-in-policy.ts';
import { contextFor } from '../../../src/policy/rules/profile-rule.ts';
import { builtInProfiles, type BuiltInProfile } from '../../../src/policy/rules/profiles.ts';
import { readPolicy } from '../../../src/policy/rules/read-policy.ts';
import { aRule, judge, web } from './judging.ts';

const line = (command: string, profile: BuiltInProfile = 'observe') =>
  allowingLine(command, judge(command, { profile }));

describe('the line of policy.yaml that would allow a command', () => {
  it.each([
    ['frob', '- { id: allow-frob, effect: allow, command: frob }'],
    ['/usr/bin/frob', '- { id: allow-frob, effect: allow, command: frob }'],
    ['frob a b a', '- { id: allow-frob, effect: allow, command: frob, operands: { each: [a, b] } }'],
    [
      'frob "a b" 1 true yes',
      '- { id: allow-frob, effect: allow, command: frob, operands: { each: ["a b", "1", "true", "yes"] } }',
    ],
    [
      'frob -ab --all -a',
      '- { id: allow-frob, effect: allow, command: frob, options: { allow: ["-a", "-b", "--all"] } }',
    ],
    ['frob --name=x', '- { id: allow-frob, effect: allow, command: frob, options: { allow: ["--name VALUE"] } }'],
    ['frob - --', '- { id: allow-frob, effect: allow, command: frob, operands: { each: ["-"] } }'],
    ['sudo frob', '- { id: allow-this-command, effect: allow, text: "sudo frob", overrides: ["builtin:sudo"] }'],
    [
      'cat /etc/shadow',
      '- { id: allow-cat, effect: allow, command: cat, operands: { each: ["/etc/shadow"] }, overrides: ["builtin:protected-paths"] }',
    ],
    [
      'tail -n 5 --frob',
      '- { id: allow-tail, effect: allow, command: tail, options: { allow: ["-n VALUE", "--frob"] } }',
    ],
    ['frob; grob', '- { id: allow-this-command, effect: allow, text: "frob; grob" }'],
    [' frob $x', '- { id: allow-this-command, effect: allow, text: "frob $x" }'],
    ['frob ~/x', '- { id: allow-this-command, effect: allow, text: "frob ~/x" }'],
    ['X=1 frob', '- { id: allow-this-command, effect: allow, text: "X=1 frob" }'],
    ['./frob', '- { id: allow-this-command, effect: allow, text: "./frob" }'],
    ["frob 're:.*'", `- { id: allow-this-command, effect: allow, text: "frob 're:.*'" }`],
    ["frob ''", `- { id: allow-this-command, effect: allow, text: "frob ''" }`],
    [`frob ${'a'.repeat(1001)}`, undefined],
    ['g++ x', '- { id: allow-this-command, effect: allow, text: "g++ x" }'],
    [`f${'x'.repeat(58)}`, `- { id: allow-this-command, effect: allow, text: f${'x'.repeat(58)} }`],
    [`f${'x'.repeat(57)}`, `- { id: allow-f${'x'.repeat(57)}, effect: allow, command: f${'x'.repeat(57)} }`],
    ['frob -a=b', '- { id: allow-this-command, effect: allow, text: "frob -a=b" }'],
    ['echo $(', '- { id: allow-this-command, effect: allow, text: "echo $(", overrides: ["builtin:opaque"] }'],
    ['rm -rf /', undefined],
    ['ls', undefined],
    [`frob ${'a '.repeat(500)}`, `- { id: allow-frob, effect: allow, command: frob, operands: { each: [a] } }`],
    [`frob; ${'a'.repeat(995)}`, undefined],
  ])('is, for %s: %s', (command, expected) => {
    expect(line(command)).toBe(expected);
  });

  it('overrides what was said by rules, and not by defaults', () => {
    const judgement = judge('frob > x', {
      profile: 'admin',
      defaults: { writeRedirect: 'ask' },
      rules: [aRule({ effect: 'deny', command: 'frob' })],
    });
    expect(allowingLine('frob > x', judgement)).toBe(
      '- { id: allow-frob, effect: allow, command: frob, overrides: [a] }',
    );
  });

  it('is one that a policy takes in, and that does allow it', async () => {
    const commands = [
      "frob 're:.*'",
      "frob ''",
      'g++ x',
      'frob "a b" true',
      `f${'x'.repeat(58)}`,
      'frob --a=b -c',
      'sudo frob',
      '[ -frob ]',
      'frob "\\"\'"',
    ];
    for (const command of commands) {
      const policy = await readPolicy('policy.yaml', `version: 1\nrules:\n  ${line(command) ?? ''}\n`);
      const judging = contextFor(policy, { profile: 'observe' }, web);
      const rules = judging.kind === 'judged' ? judging.context.rules : [];
      expect([command, judge(command, { rules }).decision]).toEqual([command, 'allow']);
    }
  });

  it('is possible for everything that is said of any command, but by what nobody overrides', () => {
    const data = (name: string): string => readFileSync(new URL(`../data/${name}`, import.meta.url), 'utf8');
    const texts = data('policy-bypass.jsonl')
      .trim()
      .split('\n')
      .map((one): unknown => JSON.parse(one));
    const commands = texts.flatMap((one) =>
      typeof one === 'object' && one !== null && 'command' in one ? [String(one.command)] : [],
    );
    const said = builtInProfiles.flatMap((profile) =>
      commands.flatMap((command) => judge(command, { profile }).objections),
    );
    const rules = new Set(said.filter(({ isFinal }) => isFinal !== true).map(({ rule }) => rule));
    const known: readonly string[] = overridableRules;
    expect([...rules].filter((rule) => !known.includes(rule))).toEqual([]);
  });
});
