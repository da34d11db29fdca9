/**
 * The end of `.ci/run`: what failed and why, what passed only by itself, and as the last line `N passed, N failed`, and how many
 * were skipped.
 *
 * Arguments: the output of the checks and their exit status; then the JSON report of each run of tests, and its exit status. A
 * status that says failure where nothing was counted as failed (a crash, an error outside any test) counts as one failure.
 */
import { readFileSync } from 'node:fs';
import { failuresIn, readReport } from './ci/report.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Of why a test failed, what tells it: the rest stands further up. */
const maxLinesOfReason = 6;

function countTests(path: string): Count {
  const report = readReport(path);
  for (const title of report.unsteady ?? []) console.log(`unsteady  ${title}: failed at first, passed by itself`);
  const failures = failuresIn(report);
  for (const { title, message } of failures) {
    console.log(`failed  ${title}`);
    for (const line of message.split('\n').slice(0, maxLinesOfReason)) console.log(`    ${line}`);
  }
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = tests.filter(({ status }) => status === 'failed').length;
  return { passed, failed: failures.length, skipped: tests.length - passed - failed };
}

function countChecks(path: string): Count {
  const lines = readFileSync(path, 'utf8').split('\n');
  const beginningWith = (word: string): readonly string[] => lines.filter((line) => line.startsWith(`${word}  `));
  const failed = beginningWith('failed');
  for (const line of failed) console.log(line);
  return { passed: beginningWith('passed').length, failed: failed.length, skipped: 0 };
}

/** A run that ended badly, or counted nothing at all, has at least one failure. */
function honest(count: Count, status: string | undefined): Count {
  const endedWell = status === '0' && count.passed > 0;
  return endedWell || count.failed > 0 ? count : { ...count, failed: 1 };
}

const [checksPath = '', checksStatus, ...runs] = process.argv.slice(2);
const counts = [honest(countChecks(checksPath), checksStatus)];
for (let at = 0; at < runs.length; at += 2) counts.push(honest(countTests(runs[at] ?? ''), runs[at + 1]));
const sum = (what: keyof Count): number => counts.reduce((total, count) => total + count[what], 0);
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
