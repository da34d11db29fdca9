import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../scripts/install-test-deps.sh', import.meta.url));

/**
 * Before the first test: the programs that tests drive are here, or the run stops with what is missing. What Node makes of our code is
 * kept for as long as the run, for it starts hundreds of processes.
 */
export default function prepareTests(): () => void {
  execFileSync(script, { stdio: ['ignore', 'inherit', 'inherit'] });
  const compiled = mkdtempSync(join(tmpdir(), 'sallyport-compiled-'));
  process.env['NODE_COMPILE_CACHE'] = compiled;
  return () => rmSync(compiled, { recursive: true, force: true });
}
