import { shellWord } from '../base/shell-word.ts';
import type { BuiltAction, JournalQuery } from '../policy/action.ts';
import { sectionScript } from '../ssh/runs/sections.ts';

type ReadJournal = Extract<BuiltAction, { readonly kind: 'read_journal' }>;

/** Exit status of a shell that does not find a program. */
export const noJournal = 127;

const body = [
  'SYSTEMD_COLORS=0; export SYSTEMD_COLORS; by=$1; shift',
  `command -v journalctl >/dev/null || exit ${noJournal}`,
  'if [ $by = sudo ] && [ "$(id -u)" -gt 0 ]; then exec sudo -n journalctl "$@"; fi',
  'exec journalctl "$@"',
].join('; ');

/** As a person would type it. */
export function plainJournal(query: JournalQuery): readonly string[] {
  return [['journalctl', ...optionsOf(query)].join(' ')];
}

/** What is sent to the host: by `sudo -n` there, where the operator allows it and the account is not root. */
export function readJournal(action: ReadJournal, { sudo }: { readonly sudo: boolean }): ReadJournal {
  const options = ['--no-pager', '--quiet', '--output=short-iso', ...optionsOf(action.query)];
  return { ...action, command: sectionScript(body, [sudo ? 'sudo' : 'itself', ...options]) };
}

/** As words for a shell. What a caller says stands behind an equals sign, where it can be no option. */
function optionsOf({ unit, since, until, priority, pattern, lines }: JournalQuery): readonly string[] {
  return [
    ...(unit === undefined ? [] : ['-u', shellWord(unit)]),
    ...(since === undefined ? [] : [`--since=${shellWord(since)}`]),
    ...(until === undefined ? [] : [`--until=${shellWord(until)}`]),
    ...(priority === undefined ? [] : ['-p', priority]),
    ...(pattern === undefined ? [] : [`--grep=${shellWord(pattern)}`, '--case-sensitive=true']),
    '-n',
    String(lines),
  ];
}
