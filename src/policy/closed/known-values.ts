import type { Piece, ShellReading, Span, Unit, Word } from '../shell/unit.ts';
import { isClosedVariable } from './variables.ts';

/** What a variable may hold, where the text says all of it. */
export type Values = ReadonlyMap<string, readonly Extract<Piece, { readonly kind: 'text' | 'glob' }>[]>;

type ReadUnits = Extract<ShellReading, { readonly kind: 'units' }>;

/** Commands that set variables by their names. */
const setters = new Set(
  'mapfile readarray declare typeset local export readonly let getopts unset eval source .'.split(' '),
);
const plainValue = /^[A-Za-z0-9_./:@%+=,][A-Za-z0-9_./:@%+=, -]*$/;
const maxValues = 64;

/**
 * The values of loop variables, and of variables that are set to words alone. A variable that anything else may set
 * is not among them; where a command may set any, none is.
 */
export function knownValues({ units, loops }: ReadUnits): Values {
  const values = new Map<string, readonly Extract<Piece, { readonly kind: 'text' | 'glob' }>[]>([
    ['HOME', [{ kind: 'text', text: '~' }]],
  ]);
  if (
    units.some(
      ({ program, argv }) =>
        setters.has(program.value) || (program.value === 'printf' && argv[0]?.value.startsWith('-v') === true),
    )
  ) {
    return values;
  }
  const assigned = units.flatMap(({ env }) => env);
  const read = new Set([
    ...units.flatMap((unit) => (unit.program.value === 'read' ? readNames(unit) : [])),
    ...loops.flatMap(({ name, isDefault }) => (isDefault === true ? [name] : [])),
  ]);
  const names = new Set([...loops.map(({ name }) => name), ...assigned.map(({ name }) => name)]);
  for (const name of names) {
    if (read.has(name) || isClosedVariable(name)) continue;
    const inLoops = loops.filter((loop) => loop.name === name);
    const settings = assigned.filter((assignment) => assignment.name === name);
    const words = inLoops.length > 0 ? inLoops[0]?.words : settings.map(({ value }) => value);
    const isPlain =
      inLoops.length + (settings.length > 0 ? 1 : 0) === 1 && settings.every(({ partial }) => partial !== true);
    const choices = isPlain ? words?.map(choiceOf) : undefined;
    if (choices === undefined || choices.length === 0 || choices.length > maxValues) continue;
    // Outside of its loop, and before it is set, a variable is empty.
    const isEverywhere =
      inLoops.length === 0 || units.some((unit) => mentions(unit, name) && !isInside(unit, inLoops[0]?.span));
    const empty = isEverywhere ? [{ kind: 'text', text: '' } as const] : [];
    if (choices.every((choice) => choice !== undefined)) values.set(name, [...choices, ...empty]);
  }
  return values;
}

function mentions({ argv, redirects, program, env }: Unit, name: string): boolean {
  const words = [program, ...argv, ...redirects.map(({ target }) => target), ...env.map(({ value }) => value)];
  return words.some(({ pieces }) => pieces?.some((piece) => piece.kind === 'variable' && piece.name === name));
}

/** A string in the loop that another shell reads is not: there the variable is empty. */
function isInside({ span, argv }: Unit, loop: Span | undefined): boolean {
  if (loop === undefined || loop[0] > span[0] || span[1] > loop[1]) return false;
  const isInString = argv.some((word) => word.span.join() === span.join());
  return !isInString || loop.join() === span.join();
}

/** `read -ax` sets x, and a `read` without names a variable of its own. */
function readNames({ argv }: Unit): readonly string[] {
  const attached = argv.flatMap(({ value }) => (/^-\w*a\w/.test(value) ? [value.slice(value.indexOf('a') + 1)] : []));
  return ['REPLY', ...argv.map(({ value }) => value), ...attached];
}

function choiceOf({
  kind,
  value,
  tilde,
  pieces,
}: Word): Extract<Piece, { readonly kind: 'text' | 'glob' }> | undefined {
  if (kind === 'static') return plainValue.test(value) && tilde !== true ? { kind: 'text', text: value } : undefined;
  if (kind !== 'glob' || !/^(?:\/|~\/)/.test(value) || pieces === undefined) return undefined;
  return { kind: 'glob', text: value };
}
