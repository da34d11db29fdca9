import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isGoodEnough, readCorpus, scoreCorpus } from '../../../src/policy/rules/corpus.ts';
import { Policy } from '../../../src/policy/policy.ts';
import { judgeCommand } from '../../../src/policy/rules/judge-command.ts';
import { builtInProfiles } from '../../../src/policy/rules/profiles.ts';
import { aCaller, anInventory } from '../../fixtures/callers.ts';
import { hostId } from '../../fixtures/sshd.ts';

const host = hostId('web-1');
const traits = new Map([[host, { name: 'web-1', tags: [], labels: {}, user: 'deploy', sudo: true }]]);
const data = (name: string): string => readFileSync(new URL(`../data/${name}`, import.meta.url), 'utf8');

describe.each(['policy-bypass', 'policy-benign', 'redteam-observe', 'benign-observe', 'hostile', 'everyday'])(
  'the corpus %s',
  (name) => {
    const { lines, bad } = readCorpus(data(`${name}.jsonl`));
    const score = scoreCorpus(lines);

    it('is read whole', () => {
      expect(bad).toEqual([]);
      expect(lines.length).toBeGreaterThan(50);
    });
    it('allows nothing that it should not', () => expect(score.t1.failed).toEqual([]));
    it('knows every program of what it allows', () => expect(score.t2.failed).toEqual([]));
    it('allows what it should', () => expect(score.t3.failed).toEqual([]));
    it('passes', () => expect(isGoodEnough(score)).toBe(true));
    it.each(builtInProfiles)('is explained under %s, without a fault', (profile) => {
      const policy = new Policy(anInventory([]));
      for (const { command } of lines) {
        const { decision } = policy.explain(aCaller({ profile }), { kind: 'run_command', host, command }, traits);
        expect(['allow', 'ask', 'deny']).toContain(decision);
      }
    });
  },
);

describe('a score', () => {
  const line = (id: string, command: string, expect: string, runs: readonly string[] = []) =>
    JSON.stringify({ id, profile: 'observe', command, expect, runs });

  it('says which lines fail which test', () => {
    const { lines } = readCorpus(
      [
        line('a', 'ls', 'allow', ['ls']),
        line('b', 'ls', 'deny'),
        line('c', 'rm x', 'allow'),
        line('d', 'ls', 'allow', ['rm']),
      ].join('\n'),
    );
    const score = scoreCorpus(lines);
    expect(score).toMatchObject({
      total: 4,
      t1: { passed: 0, total: 1, failed: ['b'] },
      t2: { passed: 2, total: 3, failed: ['d'] },
      t3: { passed: 2, total: 3, failed: ['c'] },
      t4: { passed: 2, total: 4, failed: ['b', 'c'] },
    });
    expect(isGoodEnough(score)).toBe(false);
  });

  it.each(['{', '[]', '{"id":1}', '{"id":"a","profile":"root","command":"ls","expect":"allow"}'])(
    'names a line that is none: %s',
    (text) => {
      expect(readCorpus(`\n${text}\n`).bad).toEqual([{ line: 2, what: expect.any(String) }]);
    },
  );
});

describe('the work of operators', () => {
  const commands = data('operations.txt').split('\n').filter(Boolean);
  const decisions = commands.map(
    (command) => judgeCommand(command, { profile: 'standard', rules: [], defaults: {}, host: undefined }).decision,
  );
  const share = (decision: string): number => decisions.filter((one) => one === decision).length / commands.length;

  it('is at least three hundred commands', () => expect(new Set(commands).size).toBeGreaterThanOrEqual(300));
  it('is hardly ever denied under standard', () => expect(share('deny')).toBeLessThanOrEqual(0.02));
  it('is seldom asked about under standard', () => expect(share('ask')).toBeLessThanOrEqual(0.1));
});
