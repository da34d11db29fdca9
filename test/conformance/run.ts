/**
 * `npm run conformance`: the official MCP suite against our HTTP stack. One line for each set of requirements, and of a
 * set that failed, what it said. `npm run conformance -- --verbose` prints it always.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { conformanceStack } from './stack.ts';

const requirements = ['2026-07-28', '2025-11-25'];
const suite = join(import.meta.dirname, '../../node_modules/.bin/conformance');

async function run(url: string, revision: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'));
  const args = [suite, 'server', '--url', url, '--requirements', revision, '--output-dir', directory];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((settle) => child.once('close', settle));
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  rmSync(directory, { recursive: true, force: true });
  return { code, said: stdout + stderr };
}

await using stack = await conformanceStack();
for (const revision of requirements) {
  const startedMs = performance.now();
  const { code, said } = await run(stack.url, revision);
  const scenarios = said.match(/^✓ /gmu)?.length ?? 0;
  const passed = code === 0 && scenarios > 0;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${passed ? 'passed' : 'failed'}  MCP conformance ${revision} (${scenarios} scenarios, ${seconds} s)`);
  if (!passed || process.argv.includes('--verbose')) console.log(said.trimEnd());
  if (!passed) process.exitCode = 1;
}
