import { readShell } from '../shell/read-shell.ts';
import type { Redirect, Unit, Word } from '../shell/unit.ts';
import { guardFunction, guardName } from './guarded-text.ts';

/**
 * Whether a form runs the commands that were judged, and no others: it is read again from the start, and must come to the
 * same words in the same order, with nothing but the guard beside them.
 */
export function runsTheSame(form: string, units: readonly Unit[]): boolean {
  const guarded = `${guardFunction}\n`;
  const reading = readShell(form.startsWith(guarded) ? form.slice(guarded.length) : form);
  if (reading.kind === 'unreadable') return false;
  const again = reading.units.filter(({ program }) => program.value !== guardName);
  return again.length === units.length && units.every((unit, place) => shown(unit) === shown(again[place]));
}

/** Values that are known only when it runs are compared by being that. */
function shown(unit: Unit | undefined): string {
  if (unit === undefined) return '';
  const { program, argv, env, redirects, background } = unit;
  return JSON.stringify([
    [program, ...argv].map(shownWord),
    env.map(({ name, value }) => [name, shownWord(value)]),
    redirects.map(shownRedirect),
    background,
  ]);
}

function shownWord({ kind, value, tilde }: Word): readonly unknown[] {
  return kind === 'static' ? [value, tilde] : [kind];
}

/** A here-document may be written as a here-string. */
function shownRedirect({ descriptor, operator, target }: Redirect): readonly unknown[] {
  if (!operator.startsWith('<<')) return [descriptor, operator, shownWord(target)];
  return [descriptor, '<<<', shownWord({ ...target, value: target.value.replace(/\n$/, '') })];
}
