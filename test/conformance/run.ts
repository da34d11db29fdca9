/**
 * `npm run conformance`: the official MCP suite against our HTTP stack. One line for each run of it, and of one that
 * failed, what it said. `npm run conformance -- --verbose` prints that always.
 *
 * What a revision requires of servers is run against the suite's own tools, prompts and resources on our stack. What
 * needs none of these is run against the gateway itself as well.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runAuthorization, type Ended } from './authorization.ts';
import { fixture, product, showToSuite, type Shown } from './stack.ts';

const suite = join(import.meta.dirname, '../../node_modules/.bin/conformance');

/** Those that ask for nothing but what every server has. */
const ofProduct = {
  '2026-07-28': [
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'sep-2164-resource-not-found',
    'dns-rebinding-protection',
    'http-header-validation',
  ],
  '2025-11-25': [
    'server-initialize',
    'ping',
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'dns-rebinding-protection',
    'server-session-lifecycle',
  ],
};

/** Of the tasks extension, against the suite's own tools; those where a task asks its client for something are not offered. */
const ofTasks = [
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-request-headers',
  'tasks-required-task-error',
];

async function run({ url }: Shown, which: readonly string[]): Promise<Ended> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'));
  const args = [suite, 'server', '--url', url, '--output-dir', directory, ...which];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((settle) => child.once('close', settle));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  rmSync(directory, { recursive: true, force: true });
  return { code, said: stdout + stderr };
}

/** A run that left scenarios out has not passed, whatever it says: `least` is how many must have. */
function report(name: string, runs: readonly Ended[], count: { readonly line: RegExp; readonly least: number }): void {
  const said = runs.map((ended) => ended.said).join('');
  const scenarios = said.match(count.line)?.length ?? 0;
  const passed = scenarios >= count.least && runs.every(({ code }) => code === 0);
  console.log(`${passed ? 'passed' : 'failed'}  MCP conformance ${name} (${scenarios} scenarios)`);
  if (!passed || process.argv.includes('--verbose')) console.log(said.trimEnd());
  if (!passed) process.exitCode = 1;
}

await using ofSuite = await showToSuite(fixture);
await using ofGateway = await showToSuite(product);
for (const [revision, scenarios] of Object.entries(ofProduct)) {
  const required = await run(ofSuite, ['--requirements', revision]);
  report(revision, [required], { line: /^✓ /gmu, least: 30 });
  const runs: Ended[] = [];
  for (const scenario of scenarios) {
    runs.push(await run(ofGateway, ['--scenario', scenario, '--spec-version', revision]));
  }
  report(`${revision}, the gateway`, runs, { line: /^Passed: .* 0 failed/gmu, least: scenarios.length });
}
const taskRuns: Ended[] = [];
for (const scenario of ofTasks) taskRuns.push(await run(ofSuite, ['--scenario', scenario]));
const authorizationRuns: Ended[] = [];
for (const revision of Object.keys(ofProduct)) authorizationRuns.push(await runAuthorization(suite, revision));
report('authorization', authorizationRuns, { line: /^✓ .* 0 failed/gmu, least: 2 });
report('tasks', taskRuns, { line: /^Passed: .* 0 failed/gmu, least: ofTasks.length });
