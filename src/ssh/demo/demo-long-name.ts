import { readFileSync, type Stats } from 'node:fs';
import { hasErrorCode } from '../../base/error-code.ts';

const types: Readonly<Record<number, string>> = {
  0o140000: 's',
  0o120000: 'l',
  0o100000: '-',
  0o060000: 'b',
  0o040000: 'd',
  0o020000: 'c',
  0o010000: 'p',
};
const typeBits = 0o170000;
const halfYearMs = 182 * 24 * 3600 * 1000;

/** Makes the line `ls -l` would print for a directory entry, as OpenSSH's sftp-server formats it. */
export function longNames(): (name: string, stats: Stats) => string {
  const users = namesIn('/etc/passwd');
  const groups = namesIn('/etc/group');
  return (name, stats) =>
    [
      modeText(stats.mode),
      String(stats.nlink).padStart(4),
      (users.get(stats.uid) ?? String(stats.uid)).padEnd(8),
      (groups.get(stats.gid) ?? String(stats.gid)).padEnd(8),
      String(stats.size).padStart(8),
      dateText(stats.mtime),
      name,
    ].join(' ');
}

function modeText(mode: number): string {
  const flags = (bits: number, special: string, isSpecial: boolean): string => {
    const execute = bits & 1 ? 'x' : '-';
    const last = isSpecial ? (bits & 1 ? special : special.toUpperCase()) : execute;
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
  };
  const owner = flags((mode >> 6) & 7, 's', (mode & 0o4000) !== 0);
  const group = flags((mode >> 3) & 7, 's', (mode & 0o2000) !== 0);
  const others = flags(mode & 7, 't', (mode & 0o1000) !== 0);
  return `${types[mode & typeBits] ?? '?'}${owner}${group}${others}`;
}

/** Month and day, and the time for what is younger than half a year, else the year. */
function dateText(date: Date): string {
  const month = date.toLocaleString('en-US', { month: 'short' });
  const day = String(date.getDate()).padStart(2);
  const age = Date.now() - date.getTime();
  if (age < 0 || age > halfYearMs) return `${month} ${day}  ${date.getFullYear()}`;
  const [hours, minutes] = [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0'));
  return `${month} ${day} ${hours}:${minutes}`;
}

/** Names by number; none where the system keeps them elsewhere. */
function namesIn(path: string): ReadonlyMap<number, string> {
  try {
    const entries = readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
    return new Map(entries.map(([name = '', , id]) => [Number(id), name]));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'EACCES')) return new Map();
    throw error;
  }
}
