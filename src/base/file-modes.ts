import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrorCode } from './error-code.ts';
import { configInvalid } from './problem.ts';

const writableByOthers = 0o022;
const readableByOthers = 0o044;
const sticky = 0o1000;

/**
 * Refuses (`config_invalid`) a configuration file that somebody else could write, itself or by replacing it in its
 * directory. Returns warnings, such as that others can read it. A file that is not there is fine.
 */
export async function checkConfigFile(file: string): Promise<readonly string[]> {
  try {
    const target = await realpath(file);
    const stats = await stat(target);
    const directory = dirname(target);
    const problems = [...problemsOfFile(target, stats), ...problemsOfDirectory(directory, await stat(directory))];
    if (problems.length > 0) throw configInvalid(problems);
    return (stats.mode & readableByOthers) === 0 ? [] : [`${target} can be read by others: chmod 600 ${target}`];
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function problemsOfFile(file: string, stats: Stats): readonly string[] {
  if (!stats.isFile()) return [`${file} is not a regular file`];
  if ((stats.mode & writableByOthers) !== 0) return [`${file} can be written by others: chmod go-w ${file}`];
  return isTrustedOwner(stats.uid) ? [] : [`${file} belongs to another user (uid ${stats.uid}): chown it`];
}

function problemsOfDirectory(directory: string, stats: Stats): readonly string[] {
  if ((stats.mode & writableByOthers) !== 0 && (stats.mode & sticky) === 0) {
    return [`${directory} can be written by others: chmod go-w ${directory}`];
  }
  return isTrustedOwner(stats.uid) ? [] : [`${directory} belongs to another user (uid ${stats.uid}): chown it`];
}

/** Whether we, or root, own it: root can write everything anyway. */
function isTrustedOwner(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/** Whether a file is ours alone to write: what we take environment variables from. */
export function isOursAlone(stats: Stats): boolean {
  return stats.isFile() && stats.uid === process.geteuid?.() && (stats.mode & writableByOthers) === 0;
}
