import { exitCode, exitCodeFor } from './exit-code.ts';

/** Runs the command line; resolves with what the process ends with. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const [first, ...rest] = args;
    if (first === 'stdio') await (await import('./stdio.ts')).stdio(rest);
    else await (await import('./program.ts')).runProgram(args);
    return exitCode.done;
  } catch (error) {
    const { explain } = await import('./screen.ts');
    explain(error);
    return exitCodeFor(error);
  }
}
