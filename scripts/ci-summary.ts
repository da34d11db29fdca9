/**
 * The last line of `.ci/run`: `N passed, N failed`, and how many were skipped.
 *
 * Arguments: the output of the checks and their exit status; then the JSON report of each run of tests, and its exit status. A
 * status that says failure where nothing was counted as failed (a crash, an error outside any test) counts as one failure.
 */
import { readFileSync } from 'node:fs';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const nothing: Report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };

function countTests(path: string): Count {
  const text = readFileSync(path, 'utf8');
  // The report is empty when the run crashed before it was written.
  const report: Report = text === '' ? nothing : { ...nothing, ...JSON.parse(text) };
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function countChecks(path: string): Count {
  const lines = readFileSync(path, 'utf8').split('\n');
  const beginningWith = (word: string): number => lines.filter((line) => line.startsWith(`${word}  `)).length;
  return { passed: beginningWith('passed'), failed: beginningWith('failed'), skipped: 0 };
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
