import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../scripts/install-test-deps.sh', import.meta.url));

/** Before the first test: the programs that tests drive are here, or the run stops with what is missing. */
export default function installTestDependencies(): void {
  execFileSync(script, { stdio: ['ignore', 'inherit', 'inherit'] });
}
