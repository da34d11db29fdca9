import { keepCompiledCode } from './cli/compiled-code.ts';
import { run } from './cli/run.ts';

keepCompiledCode(process.env);
process.exitCode = await run(process.argv.slice(2));
