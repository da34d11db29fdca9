/**
 * `npm run coverage`: which share of the functions in `src/` the tests run, by their length, and the files of which they run least.
 *
 * V8 counts, in every worker; what it saw is put together here. What runs in processes that tests start is not counted: the
 * figure is a lower bound. Words behind `--` go to vitest; with `--shard=1/4` and so on, each adds to what is in `coverage/`.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { coveredIn, type ScriptCoverage } from './coverage/covered.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = join(root, 'coverage');
const words = process.argv.slice(2);
if (!words.some((word) => word.startsWith('--shard=')) || words.some((word) => word.startsWith('--shard=1/'))) {
  rmSync(directory, { recursive: true, force: true });
}
const { status } = spawnSync(
  join(root, 'node_modules/.bin/vitest'),
  ['run', '--config', 'vitest.coverage.config.ts', ...words],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_V8_COVERAGE: directory } },
);

const base = pathToFileURL(join(root, 'src/')).href;
const seen = new Map<string, ScriptCoverage[]>();
for (const name of readdirSync(directory)) {
  const text = readFileSync(join(directory, name), 'utf8');
  // A process that is killed while it writes leaves a part.
  if (!text.endsWith('}')) continue;
  const { result }: { readonly result: readonly ScriptCoverage[] } = JSON.parse(text);
  for (const script of result) {
    if (!script.url.startsWith(base)) continue;
    const file = script.url.slice(base.length);
    seen.set(file, [...(seen.get(file) ?? []), script]);
  }
}
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);
const rows = files.map((file) => {
  const source = readFileSync(join(root, 'src', file), 'utf8');
  const whole = coveredIn(seen.get(file) ?? [], source.length);
  // Of a file that nobody loaded, what is left without its types; nothing, where it holds types alone.
  return { file, ...(whole ?? { covered: 0, size: stripTypeScriptTypes(source).trim().length }) };
});
const sum = (what: 'covered' | 'size'): number => rows.reduce((total, row) => total + row[what], 0);
const percent = (covered: number, size: number): number => Math.floor((100 * covered) / size);
const code = rows.filter(({ size }) => size > 0);
for (const { file, covered, size } of code.toSorted((a, b) => a.covered / a.size - b.covered / b.size).slice(0, 20)) {
  console.log(`${String(percent(covered, size)).padStart(3)} %  src/${file}`);
}
console.log(`Tests run ${percent(sum('covered'), sum('size'))} % of the code`);
process.exitCode = status ?? 1;
