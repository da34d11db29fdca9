import { readFileSync } from 'node:fs';
import { Policy } from '../src/policy/policy.ts';
import { readCorpus } from '../src/policy/rules/corpus.ts';
import { aCaller, anInventory } from '../test/fixtures/callers.ts';
import { hostId } from '../test/fixtures/sshd.ts';
import { percentile, type Section } from './figures.ts';

const corpora = ['policy-benign', 'policy-bypass', 'benign-observe', 'redteam-observe', 'hostile', 'everyday'];
const web = hostId('web-1');
const traits = new Map([[web, { name: 'web-1', tags: [], labels: {}, user: 'deploy', sudo: true }]]);

/** What one decision takes, over the commands of all corpora: each is judged once, so that nothing is remembered of it. */
export const decisions: Section = {
  name: 'decisions',
  about: 'the judging of the commands of all corpora, each once, by three profiles',
  run: async () => {
    const commands = new Set(corpora.flatMap((name) => readCorpus(textOf(name)).lines.map(({ command }) => command)));
    const policy = new Policy(anInventory([]));
    return (['observe', 'operator', 'standard'] as const).flatMap((profile) => {
      const caller = aCaller({ profile });
      const times = [...commands].map((command) => {
        const before = performance.now();
        policy.evaluate(caller, [{ kind: 'run_command', host: web, command }], traits);
        return performance.now() - before;
      });
      return [
        { what: `${profile}, p50`, measured: percentile(times, 50), unit: 'ms', target: { atMost: 0.5 } },
        { what: `${profile}, p99`, measured: percentile(times, 99), unit: 'ms' },
      ] as const;
    });
  },
};

function textOf(corpus: string): string {
  return readFileSync(new URL(`../test/policy/data/${corpus}.jsonl`, import.meta.url), 'utf8');
}
