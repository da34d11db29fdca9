/**
 * `npm run check`: what a reader would otherwise have to check by eye. One line per check, and what a failing one said.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

interface Check {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** The check is left out while this file does not exist. */
  readonly onlyWith?: string;
}

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

const root = fileURLToPath(new URL('..', import.meta.url));
/** Its folder goes first in PATH too: the tools find the pinned Node there. */
const bin = (name: string): string => `${root}node_modules/.bin/${name}`;

const checks: readonly Check[] = [
  { name: 'types', command: [bin('tsc'), '--project', '.', '--noEmit'] },
  { name: 'lint', command: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'format', command: [bin('oxfmt'), '--check'] },
  { name: 'imports', command: [bin('depcruise'), '--config', '.dependency-cruiser.mjs', 'src', 'scripts', 'test'] },
  { name: 'dead code', command: [bin('knip')] },
  { name: 'docs', command: [process.execPath, 'scripts/docs.ts', '--check'], onlyWith: 'scripts/docs.ts' },
];

async function run({ name, command: [program, ...args] }: Check): Promise<Outcome> {
  const started = performance.now();
  const env = { ...process.env, PATH: `${bin('')}:${process.env.PATH}` };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const status = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([status, text(child.stdout), text(child.stderr)]);
  const seconds = (performance.now() - started) / 1000;
  const output = code === null ? `${program} could not be run to its end\n${stdout}${stderr}` : stdout + stderr;
  return { name, passed: code === 0, seconds, output };
}

const due = checks.filter(({ onlyWith }) => onlyWith === undefined || existsSync(root + onlyWith));
const outcomes = await Promise.all(due.map(run));
for (const { name, passed, seconds, output } of outcomes) {
  console.log(`${passed ? 'passed' : 'failed'}  ${name} (${seconds.toFixed(1)} s)`);
  if (!passed) console.log(output.trimEnd());
}
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;
