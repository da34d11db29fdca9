import { join } from 'node:path';
import { readReport } from '../scripts/ci/report.ts';
import { run } from '../test/fixtures/run.ts';
import type { TestProof } from './claim.ts';

/** How one test of the repository ended, as vitest reports it. */
export interface TestResult {
  readonly file: string;
  /** Its title, after those of what it stands in. */
  readonly titles: readonly string[];
  readonly status: string;
}

const root = join(import.meta.dirname, '..');
const isSlow = (file: string): boolean => file.startsWith('test/slow/');

export function readResults(reportFile: string): readonly TestResult[] {
  return readReport(reportFile).testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      file: name.slice(root.length + 1),
      titles: [...ancestorTitles, title],
      status,
    })),
  );
}

/** Runs those tests and nothing else, as `npm test` and `npm run test:slow` would. */
export async function runTests(proofs: readonly TestProof[], directory: string): Promise<readonly TestResult[]> {
  const results: TestResult[] = [];
  for (const [config, some] of [
    ['vitest.config.ts', proofs.filter(({ file }) => !isSlow(file))],
    ['vitest.slow.config.ts', proofs.filter(({ file }) => isSlow(file))],
  ] as const) {
    if (some.length === 0) continue;
    const report = join(directory, `${config}.json`);
    const files = new Set(some.map(({ file }) => file));
    const pattern = some.map(({ title }) => title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|');
    const words = ['run', '--config', config, '-t', pattern, '--reporter=json', `--outputFile=${report}`, ...files];
    await run(join(root, 'node_modules/.bin/vitest'), words, { cwd: root, env: process.env, timeoutMs: 600_000 });
    results.push(...readResults(report));
  }
  return results;
}

/** Undefined where all that the proof means passed, and there is something that it means. */
export function problemOf({ file, title }: TestProof, results: readonly TestResult[]): string | undefined {
  const names = [title, `${title} (needs root)`];
  const meant = results.filter((result) => result.file === file && names.some((name) => result.titles.includes(name)));
  const ran = meant.filter(({ status }) => status !== 'pending' && status !== 'skipped' && status !== 'todo');
  if (ran.length === 0) return meant.length === 0 ? 'there is no such test' : 'it was skipped here';
  const failed = ran.filter(({ status }) => status !== 'passed');
  return failed.length === 0 ? undefined : `failed: ${failed[0]?.titles.at(-1)}`;
}
