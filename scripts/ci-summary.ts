/**
 * The last line of `.ci/run`: `N passed, N failed`, and how many were skipped.
 *
 * Arguments: the tests' JSON report, the output of the checks, the exit statuses of both. A status that says failure
 * where nothing was counted as failed (a crash, an error outside any test) counts as one failure.
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

const [testsPath = '', checksPath = '', testsStatus, checksStatus] = process.argv.slice(2);
const tests = honest(countTests(testsPath), testsStatus);
const checks = honest(countChecks(checksPath), checksStatus);
const failed = tests.failed + checks.failed;
const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
console.log(`${tests.passed + checks.passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed === 0 ? 0 : 1;
