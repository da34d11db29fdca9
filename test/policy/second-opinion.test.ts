import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import { Policy } from '../../src/policy/policy.ts';
import { readCorpus } from '../../src/policy/rules/corpus.ts';
import { readShell } from '../../src/policy/shell/read-shell.ts';
import { loadSecondParser } from '../../src/policy/shell/second-parser.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const parser = await loadSecondParser();
const web = hostId('web-1');
const traits = new Map([[web, { name: 'web-1', tags: [], labels: {}, user: 'deploy', sudo: true }]]);
const inventory = anInventory([{ id: web, enabled: true } as Host]);
const decide = (policy: Policy, profile: string, command: string) =>
  policy.evaluate(aCaller({ profile }), [{ kind: 'run_command', host: web, command }], traits);
const strict = new Policy(inventory, { secondParser: parser });
const plain = new Policy(inventory);

describe('the second parser', () => {
  it.each([
    ['ls; rm x && y | z\nfoo', 3],
    ['ls <(true)# ; rm -rf /', 2],
    ['é; "b\u0001"', 2],
    ['', 0],
    ['ls ((', undefined],
    ["a='b", undefined],
  ])('counts the statements of %j: %s', (text, count) => expect(parser.statementsIn(text)).toBe(count));

  it.each(['policy-benign', 'benign-observe', 'everyday'])('reads every command of %s as we do', (name) => {
    const { lines } = readCorpus(readFileSync(new URL(`data/${name}.jsonl`, import.meta.url), 'utf8'));
    const other = lines.filter(({ command }) => {
      const reading = readShell(command);
      return reading.kind === 'units' && reading.statements !== parser.statementsIn(command);
    });
    expect(other.map(({ command }) => command)).toEqual([]);
  });

  it('goes on after texts that it cannot read, and after many', () => {
    for (let n = 0; n < 500; n += 1) parser.statementsIn(n % 2 === 0 ? '((('.repeat(n) : `ls ${n}; ls`);
    expect(parser.statementsIn('ls; ls')).toBe(2);
  });
});

describe('the strict mode', () => {
  it.each([
    ['standard', 'ask'],
    ['operator', 'ask'],
    ['observe', 'deny'],
    ['admin', 'allow'],
  ])('under %s answers what only one parser reads with %s', (profile, decision) => {
    const judged = decide(strict, profile, '! ! ls');
    expect(judged.decision).toBe(decision);
    expect(judged.matches.some(({ rule }) => rule === 'builtin:second-parser')).toBe(decision !== 'allow');
  });
  it.each(['standard', 'operator', 'observe'])('under %s allows what both read alike', (profile) => {
    for (const command of ['ls -la /var/log', 'df -h | sort', 'for i in 1 2; do echo "$i"; done'])
      expect(decide(strict, profile, command).decision).toBe('allow');
  });
  const said = (profile: string) =>
    `A second parser reads this text in another way. Write it plainer. Profile ${profile}`;
  it.each([
    ['standard', 'ask', 'approval_unavailable', `A person must approve this: ${said('standard')}`],
    ['observe', 'deny', 'denied_by_policy', `Denied by policy: ${said('observe')}`],
  ])('under %s says so', (profile, decision, code, justification) => {
    const { matches } = decide(new Policy(inventory, { secondParser: parser }), profile, '! ! ls');
    expect(matches).toContainEqual({ decision, rule: 'builtin:second-parser', code, justification });
  });
  it.each([
    ['standard', 'ls @(a|b)'],
    ['operator', 'ls "'],
    ['nobody', '! ! ls'],
  ])('under %s leaves to the other rules what they judge without it: %j', (profile, command) => {
    const rules = decide(strict, profile, command).matches.map(({ rule }) => rule);
    expect(rules).not.toContain('builtin:second-parser');
    expect(rules).toHaveLength(1);
  });
  it('judges commands alone', () => {
    const action = { kind: 'read_path', host: web, path: '/srv/a' } as const;
    expect(strict.evaluate(aCaller({ profile: 'standard' }), [action], traits).matches).toEqual([]);
  });
  it('is off unless it is asked for', () => expect(decide(plain, 'standard', '! ! ls').decision).toBe('allow'));
});
