import { describe, expect, it } from 'vitest';
import { evaluate, type Rule } from '../../../src/policy/evaluate.ts';
import { builtInPolicy } from '../../../src/policy/rules/built-in-policy.ts';
import { explain } from '../../../src/policy/rules/explain.ts';
import type { LoadedPolicy } from '../../../src/policy/rules/loaded-policy.ts';
import type { RuleDocument } from '../../../src/policy/rules/policy-schema.ts';
import { profileRule } from '../../../src/policy/rules/profile-rule.ts';
import { aCaller } from '../../fixtures/callers.ts';
import { hostId } from '../../fixtures/sshd.ts';
import { aRule, web } from './judging.ts';

const host = hostId('web-1');

function withRule(document: Partial<RuleDocument>): LoadedPolicy {
  return { ...builtInPolicy, version: JSON.stringify(document), rules: [aRule(document)] };
}

interface Circumstances {
  readonly profile?: string;
  readonly policy?: LoadedPolicy;
  /** Another rule, which stands before the profile's. */
  readonly other?: Rule;
}

function explained(command: string, { profile = 'observe', policy = builtInPolicy, other }: Circumstances = {}) {
  const caller = aCaller({ profile });
  const rules = [...(other === undefined ? [] : [other]), profileRule(policy)];
  const known = { hosts: new Map([[host, web]]), policyVersion: policy.version };
  const evaluation = evaluate(rules, caller, [{ kind: 'run_command', host, command }], known);
  return explain(evaluation, { command, policy, caller, host: web });
}

describe('a command is explained', () => {
  it('that is allowed: nothing decided against it, and what would run', () => {
    expect(explained('nice /bin/ls "$HOME"')).toEqual({
      decision: 'allow',
      rule: null,
      reason: null,
      would_allow: null,
      profile: 'observe',
      policy_version: builtInPolicy.version,
      canonical: expect.stringContaining('nice'),
      units: [
        { program: 'nice', argv: ['/bin/ls', '"$HOME"'], span: [0, 20], via: [] },
        { program: '/bin/ls', argv: ['"$HOME"'], span: [0, 20], via: ['nice'] },
      ],
      findings: [],
    });
  });

  it('that a rule allows: by that rule', () => {
    expect(explained('frob', { policy: withRule({ command: 'frob', reason: 'harmless' }) })).toMatchObject({
      decision: 'allow',
      rule: 'a',
      reason: 'harmless',
      would_allow: null,
      findings: [],
    });
  });

  it('that runs as it is written: in no other form', () => {
    expect(explained('frob', { profile: 'admin' })).toMatchObject({ decision: 'allow', canonical: null });
  });

  it('that is refused: what is found and where, and the line that would allow it', () => {
    expect(explained('ls; frob x')).toMatchObject({
      decision: 'deny',
      rule: 'builtin:unlisted',
      reason: 'Denied by policy: frob is not listed. Rule builtin:unlisted, profile observe',
      canonical: null,
      units: [{ program: 'ls' }, { program: 'frob', argv: ['x'], span: [4, 10] }],
      findings: [
        {
          code: 'unlisted',
          severity: 'deny',
          rule: 'builtin:unlisted',
          text: 'frob is not listed',
          span: [4, 10],
        },
      ],
      would_allow: '- { id: allow-frob, effect: allow, command: frob, operands: { each: [x] } }',
    });
  });

  it('that a person is asked about: with every finding at its place', () => {
    const explanation = explained('grob x; frob', { profile: 'operator' });
    expect(explanation).toMatchObject({ decision: 'ask', rule: 'builtin:unlisted' });
    expect(explanation.findings.map(({ severity, span }) => [severity, span])).toEqual([
      ['ask', [0, 6]],
      ['ask', [8, 12]],
    ]);
  });

  it('that is not understood: no commands, and the place where reading ended', () => {
    expect(explained('echo $(')).toMatchObject({
      decision: 'deny',
      rule: 'builtin:opaque',
      canonical: null,
      units: [],
      findings: [{ rule: 'builtin:opaque', severity: 'deny', span: [expect.any(Number), expect.any(Number)] }],
      would_allow: '- { id: allow-this-command, effect: allow, text: "echo $(", overrides: ["builtin:opaque"] }',
    });
    expect(explained('').findings).toMatchObject([{ code: 'empty', span: null }]);
  });

  it('that the whole text speaks against: at no place', () => {
    expect(explained('rm -rf /', { profile: 'admin' })).toMatchObject({
      decision: 'deny',
      rule: 'builtin:catastrophic',
      findings: [{ code: 'catastrophic', severity: 'deny', span: null }],
      would_allow: null,
    });
  });

  it('under lockdown: with the line that lifts it, as whoever is refused is told', () => {
    expect(explained('ls', { profile: 'lockdown' })).toMatchObject({
      decision: 'deny',
      rule: 'builtin:lockdown',
      would_allow: '- { id: allow-this-command, effect: allow, text: ls, overrides: ["builtin:lockdown"] }',
    });
  });

  it('of a profile that does not exist: that alone', () => {
    expect(explained('ls', { profile: 'nobody' })).toEqual({
      decision: 'deny',
      rule: 'profile',
      reason: expect.stringContaining("no profile or role 'nobody'"),
      would_allow: null,
      profile: 'nobody',
      policy_version: builtInPolicy.version,
      canonical: null,
      units: [],
      findings: [],
    });
  });

  it('that another rule refuses: by that one, and no line of policy.yaml allows it, whatever the rule is called', () => {
    const other: Rule = {
      id: 'a',
      judge: () => ({ decision: 'deny', code: 'denied_by_policy', justification: 'not here' }),
    };
    expect(explained('frob', { policy: withRule({ effect: 'ask', command: 'frob' }), other })).toMatchObject({
      decision: 'deny',
      rule: 'a',
      reason: 'not here',
      would_allow: null,
      units: [{ program: 'frob' }],
      findings: [{ rule: 'a', severity: 'ask', span: [0, 4] }],
    });
  });
});
