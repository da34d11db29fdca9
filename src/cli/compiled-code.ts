import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';

/**
 * Keeps what V8 makes of our code from one start to the next: an agent waits for every start of `stdio`.
 *
 * In the user's own cache, and only where nobody else can write: what is read from there is run. Without such a
 * place, nothing is kept.
 */
export function keepCompiledCode({ XDG_CACHE_HOME, HOME }: NodeJS.ProcessEnv): void {
  const cache = [XDG_CACHE_HOME, HOME && join(HOME, '.cache')].find((path) => path && isAbsolute(path));
  if (cache === undefined) return;
  const directory = join(cache, 'sallyport', 'compiled');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if ([cache, dirname(directory), directory].every(isOursAlone)) enableCompileCache(directory);
  } catch {
    // A cache that cannot be had is not needed.
  }
}

function isOursAlone(directory: string): boolean {
  const stats = lstatSync(directory);
  return stats.isDirectory() && stats.uid === process.geteuid?.() && (stats.mode & 0o022) === 0;
}
