/**
 * What failed in a run of tests, once more by itself: `node scripts/ci-again.ts CONFIG REPORT`.
 *
 * Many tests look at what happens within a time, and the machine may be busy with somebody else's work. What passes now is counted
 * as passed, and named as unsteady in the report, so that nobody overlooks it. Where much failed it is not the machine: then
 * nothing is tried again. Exit status 0 means that nothing is left that failed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { failuresIn, readReport, type FileResult } from './ci/report.ts';

const mostFiles = 5;
const root = join(import.meta.dirname, '..');

const [config = '', path = ''] = process.argv.slice(2);
const report = readReport(path);
const failed = report.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
if (failed.length === 0 || failed.length > mostFiles) process.exit(1);

const againPath = `${path}.again`;
const words = ['--reporter=default', '--reporter=json', `--outputFile.json=${againPath}`];
const { status } = spawnSync(
  join(root, 'node_modules/.bin/vitest'),
  ['run', '--config', config, '--no-file-parallelism', ...words, ...failed],
  { cwd: root, stdio: 'inherit' },
);
const again = readReport(againPath).testResults;
rmSync(againPath, { force: true });
const resultOf = (before: FileResult): FileResult => again.find(({ name }) => name === before.name) ?? before;
const testResults = report.testResults.map(resultOf);
const left = new Set(failuresIn({ testResults }).map(({ title }) => title));
const unsteady = failuresIn(report)
  .map(({ title }) => title)
  .filter((title) => !left.has(title));
writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), testResults, unsteady }));
process.exitCode = status === 0 && left.size === 0 ? 0 : 1;
