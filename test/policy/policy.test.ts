import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import type { Action } from '../../src/policy/action.ts';
import { decidingMatch, evaluate, type Decision, type KnownHosts, type Rule } from '../../src/policy/evaluate.ts';
import { Policy } from '../../src/policy/policy.ts';
import { builtInPolicy } from '../../src/policy/rules/built-in-policy.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const web = hostId('web-1');
const inventory = anInventory([{ id: web, enabled: true } as Host]);
const run = (command: string): Action => ({ kind: 'run_command', host: web, command });
const aPolicy = () => new Policy(inventory);

describe('an evaluation', () => {
  const saying: Rule = {
    id: 'saying',
    judge: (_caller, action) => {
      if (action.kind !== 'run_command' || !isDecision(action.command)) return undefined;
      return { decision: action.command, code: 'denied_by_policy', justification: action.command };
    },
  };
  const told = { hosts: new Map(), policyVersion: 'v1' };

  it.each<{ actions: readonly string[]; decision: Decision }>([
    { actions: [], decision: 'allow' },
    { actions: ['uptime'], decision: 'allow' },
    { actions: ['allow', 'ask', 'allow'], decision: 'ask' },
    { actions: ['deny', 'ask', 'allow'], decision: 'deny' },
    { actions: ['ask', 'uptime', 'deny'], decision: 'deny' },
  ])('is as strict as the strictest match over all actions: $decision for $actions', ({ actions, decision }) => {
    const evaluation = evaluate([saying, saying], aCaller(), actions.map(run), told);
    expect(evaluation).toMatchObject({ decision, actions: actions.map(run), policyVersion: 'v1' });
    expect(evaluation.matches).toHaveLength(2 * actions.filter(isDecision).length);
    expect(decidingMatch(evaluation)?.decision).toBe(evaluation.matches.length === 0 ? undefined : decision);
  });

  it('tells rules what is known of the host of each action, and of no other', () => {
    const traits = { name: 'web-1', tags: [], labels: {}, user: 'deploy', sudo: true };
    const hosts: KnownHosts = new Map([[web, traits]]);
    const seen: unknown[] = [];
    const looking: Rule = { id: 'looking', judge: (_caller, _action, host) => void seen.push(host) };
    const elsewhere: Action = { kind: 'gather_facts', host: hostId('db-1') };
    evaluate([looking], aCaller(), [run('ls'), { kind: 'list_hosts' }, elsewhere], { ...told, hosts });
    expect(seen).toEqual([traits, undefined, undefined]);
  });
});

describe('the policy in force', () => {
  const role = { extends: 'observe', hosts: undefined, clientMayConfirm: true };
  const other = { ...builtInPolicy, version: 'other', roles: new Map([['ours', role]]) };

  it('tells of a version that another took the place of, and only then', () => {
    const policy = aPolicy();
    policy.usePolicy({ ...other });
    const replaced: string[] = [];
    policy.onReplaced = (version) => replaced.push(version);
    policy.usePolicy({ ...other });
    expect(replaced).toEqual([]);
    policy.usePolicy(builtInPolicy);
    expect(replaced).toEqual(['other']);
    expect(policy.evaluate(aCaller(), []).policyVersion).toBe(builtInPolicy.version);
  });

  it('says what a role lets the person at the client do, and what a profile rules out', () => {
    const policy = aPolicy();
    policy.usePolicy(other);
    expect(['ours', 'observe', 'nobody'].map((profile) => policy.clientMayConfirm({ profile }))).toEqual([
      true,
      undefined,
      undefined,
    ]);
    const ruledOut = ['ours', 'lockdown', 'admin', 'nobody'].map((profile) => [...policy.ruledOut({ profile })]);
    expect(ruledOut).toEqual([['changes'], ['shell'], [], []]);
  });

  it('explains what would be decided on a command', () => {
    const policy = aPolicy();
    const action = { kind: 'run_command', host: web, command: 'rm -rf /' } as const;
    expect(policy.explain(aCaller(), action, new Map())).toMatchObject({
      decision: 'deny',
      rule: 'builtin:catastrophic',
      reason: 'Refused, and nobody can approve it: rm would take / with all that is in it.',
    });
  });
});

function isDecision(text: string): text is Decision {
  return text === 'allow' || text === 'ask' || text === 'deny';
}
