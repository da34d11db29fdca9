import { readShell } from '../policy/shell/read-shell.ts';
import type { Unit, Word } from '../policy/shell/unit.ts';
import { hasVariable, variablesIn } from './reference.ts';

/** Programs of the shell itself: what they are given stands in no process's command line. */
const ownPrograms = new Set(['echo', 'printf', 'export', 'readonly', 'local', 'declare', 'typeset', ':', 'test', '[']);

/**
 * Whether the variables for secrets stand only where their values show in no command line, such as `ps` lists: in
 * assignments, in what the shell's own `echo` and `printf` are given, and in here-strings.
 */
export function areSecretsHidden(command: string): boolean {
  const reading = readShell(command);
  if (reading.kind === 'unreadable') return false;
  const safe: Word[] = [];
  for (const unit of reading.units) {
    const places = placesOf(unit);
    if (places.shown.some(({ value }) => hasVariable(value))) return false;
    safe.push(...places.hidden.filter(({ value }) => hasVariable(value)));
  }
  return variablesIn(command).every((at) => safe.some(({ span: [start, end] }) => start <= at && at < end));
}

function placesOf({ program, argv, env, redirects, via }: Unit): {
  readonly hidden: readonly Word[];
  readonly shown: readonly Word[];
} {
  const isOwn = via.length === 0 && program.kind === 'static' && ownPrograms.has(program.value);
  const hidden = [
    ...(via.length === 0 ? env.map(({ value }) => value) : []),
    ...(isOwn ? argv.filter(staysOneWord) : []),
    ...redirects.filter(({ operator }) => operator === '<<<').map(({ target }) => target),
  ];
  const all = [program, ...argv, ...env.map(({ value }) => value), ...redirects.map(({ target }) => target)];
  return { hidden, shown: all.filter((word) => !hidden.includes(word)) };
}

/** Unquoted, a value would be split and taken for patterns; the names of files are no secret, but the words are. */
function staysOneWord({ pieces, value }: Word): boolean {
  if (/^[A-Za-z_]\w*=/.test(value)) return true;
  return pieces?.every((piece) => piece.kind === 'text' || (piece.kind !== 'glob' && piece.quoted)) ?? false;
}
