import { shellWord } from '../../base/shell-word.ts';
import type { FileQuery } from '../../policy/action.ts';
import { restrictedBelow } from '../../policy/restricted-paths.ts';

/** So many matching lines of one file are told. */
const mostLinesOfFile = 100;
const types = { any: [], file: ['-type', 'f'], directory: ['-type', 'd'], symlink: ['-type', 'l'] } as const;

/**
 * Prints the matching lines of its files, each as `file NUL number : line`.
 *
 * GNU's grep can do that; busybox's cannot set the name of a file apart from the line.
 */
const searchScript = [
  'flags=$1 pattern=$2; shift 2;',
  'echo | grep -Z -q x >/dev/null 2>&1;',
  `if [ $? -lt 2 ]; then exec grep -HnIZ -m ${mostLinesOfFile} "$flags" -e "$pattern" -- "$@"; fi;`,
  'for file do',
  `grep -n -m ${mostLinesOfFile} "$flags" -e "$pattern" -- "$file" |`,
  String.raw`while IFS= read -r line; do printf "%s\0%s\n" "$file" "$line"; done;`,
  'done',
].join(' ');

/** The command that looks for what a query asks from an absolute path on; every word of it is quoted. */
export function findCommand(start: string, query: FileQuery): string {
  const { maxDepth, contains } = query;
  const depth = maxDepth === undefined ? [] : ['-maxdepth', String(maxDepth)];
  const words = ['find', start, ...depth, ...around(start, query), ...conditions(query)];
  if (contains === undefined) return [...words, '-print0'].map(shellWord).join(' ');
  const flags = `-${contains.as === 'regex' ? 'E' : 'F'}${contains.letterCase === 'ignored' ? 'i' : ''}`;
  const search = ['-type', 'f', '-exec', 'sh', '-c', searchScript, 'sh', flags, contains.text, '{}', '+'];
  return `LC_ALL=C; export LC_ALL; ${[...words, ...search].map(shellWord).join(' ')}`;
}

/** What no call may read is passed by. */
function around(start: string, { contains }: FileQuery): readonly string[] {
  const paths = restrictedBelow(start, contains === undefined ? 'listing' : 'reading');
  if (paths.length === 0) return [];
  const any = paths.flatMap((path, index) => [...(index === 0 ? [] : ['-o']), '-path', path]);
  return ['(', ...any, ')', '-prune', '-o'];
}

function conditions(query: FileQuery): readonly string[] {
  const { name, type, minBytes, maxBytes, changedWithinMinutes, unchangedForMinutes } = query;
  const given = (words: readonly string[], value: string | number | undefined, mark = ''): readonly string[] =>
    value === undefined ? [] : [...words, `${mark}${value}${words.includes('-size') ? 'c' : ''}`];
  return [
    ...types[type],
    ...given(['-name'], name),
    ...given(['-size'], minBytes === undefined ? undefined : minBytes - 1, '+'),
    ...given(['-size'], maxBytes === undefined ? undefined : maxBytes + 1, '-'),
    ...given(['-mmin'], changedWithinMinutes, '-'),
    ...given(['-mmin'], unchangedForMinutes, '+'),
  ];
}
