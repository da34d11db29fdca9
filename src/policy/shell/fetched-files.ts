import { effectsOf } from './effects.ts';
import { programNamed } from './programs.ts';
import type { Unit, Word } from './unit.ts';

/** The file that a unit runs as code and another fetched before it in the same text; undefined if none. */
export function fetchedFileRun(unit: Unit, units: readonly Unit[]): string | undefined {
  const file = fileRun(unit);
  const name = file === undefined ? undefined : plainName(file);
  if (name === undefined) return undefined;
  return units.some((one) => one !== unit && filesFetchedBy(one).has(name)) ? name : undefined;
}

const fetched = new WeakMap<Unit, ReadonlySet<string>>();

function filesFetchedBy(unit: Unit): ReadonlySet<string> {
  const found = fetched.get(unit) ?? new Set(isFetching(unit) ? filesKeptBy(unit) : []);
  fetched.set(unit, found);
  return found;
}

/** The program itself where it is a path, or the first operand of a shell or interpreter. */
function fileRun({ program, argv }: Unit): Word | undefined {
  if (program.kind === 'static' && program.value.includes('/') && programNamed(program.value) === undefined)
    return program;
  const classes = program.kind === 'static' ? programNamed(program.value)?.classes : undefined;
  const runs = classes?.includes('shell') === true || classes?.includes('interpreter') === true;
  if (!runs && program.value !== '.' && program.value !== 'source') return undefined;
  return argv.find(({ value }) => !value.startsWith('-') && !value.startsWith('+'));
}

function isFetching(unit: Unit): boolean {
  const { args, classes } = effectsOf(unit);
  return classes.has('fetches') || args?.program.name === 'scp' || args?.program.name === 'git clone';
}

/** Where it keeps what it fetched: as it is told, and by the last part of an address. */
function filesKeptBy(unit: Unit): readonly string[] {
  const addresses = unit.argv
    .filter(({ value }) => value.includes('/'))
    .map(({ value }) => value.replace(/[?#].*$/, ''));
  return [
    ...effectsOf(unit).writes.flatMap((word) => plainName(word) ?? []),
    ...addresses.map((value) => value.slice(value.lastIndexOf('/') + 1)).filter((name) => name !== ''),
  ];
}

function plainName({ value }: Word): string | undefined {
  const name = value.replace(/^(?:\.\/+)+/, '').replace(/\/{2,}/g, '/');
  return name === '' ? undefined : name;
}
