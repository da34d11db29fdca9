import { readArguments, type Arguments } from './arguments.ts';
import { splitFind } from './find-commands.ts';
import type { ProgramClass } from './program.ts';
import { programNamed } from './programs.ts';
import { classesOf } from './special-classes.ts';
import type { Redirect, Unit, Word } from './unit.ts';
import { literalStart, withoutStart } from './words.ts';

/** What a unit does by our knowledge of its program. */
export interface Effects {
  /** Undefined where the program is not known, or not one of ours. */
  readonly args: Arguments | undefined;
  readonly classes: ReadonlySet<ProgramClass>;
  /** Paths that it reads or writes, those of redirections among them. */
  readonly reads: readonly Word[];
  readonly writes: readonly Word[];
}

const known = new WeakMap<Unit, Effects>();

export function effectsOf(unit: Unit): Effects {
  const found = known.get(unit) ?? readEffects(unit);
  known.set(unit, found);
  return found;
}

function readEffects(unit: Unit): Effects {
  const program = unit.program.kind === 'static' ? programNamed(unit.program.value) : undefined;
  const argv = program?.name === 'find' ? splitFind(unit.argv).others : unit.argv;
  const args = program === undefined ? undefined : readArguments(program, argv);
  const redirected = unit.redirects.filter(leadsToFile);
  const reads = redirected.filter(({ operator }) => operator.startsWith('<')).map(({ target }) => target);
  const writes = redirected.filter(({ operator }) => operator.includes('>')).map(({ target }) => target);
  if (args === undefined) return { args, classes: new Set(), reads, writes };
  const { options, operands } = args;
  const writesOperands = options.some(
    ({ spec, value }) => spec.writesOperands || (spec.names.includes('--include') && value?.value === 'inplace'),
  );
  const pathsOf = (kind: 'reads' | 'writes'): readonly Word[] => [
    ...options.flatMap(({ spec, value }) => (spec.value === kind && value !== undefined ? [value] : [])),
    ...operands.flatMap((operand) => (operand.kind === kind ? [operand.word] : [])),
  ];
  return {
    args,
    classes: classesOf(args, unit),
    reads: [...reads, ...pathsOf('reads'), ...uploadedBy(args), ...filesByUrl(args)],
    writes: [...writes, ...pathsOf('writes'), ...(writesOperands ? pathsOf('reads') : []), ...unpackedInto(args)],
  };
}

/** `file:///etc/shadow` is a file of the host's. */
function filesByUrl({ program, operands, options }: Arguments): readonly Word[] {
  if (!program.classes.includes('fetches')) return [];
  const given = [...operands.map(({ word }) => word), ...options.flatMap(({ value }) => value ?? [])];
  return given.flatMap((word) => {
    const start = /^file:(?:\/\/(?:localhost)?(?=\/))?/i.exec(literalStart(word))?.[0];
    return start === undefined ? [] : [withoutStart(word, start.length)];
  });
}

/** `curl -d @FILE` and `-F name=@FILE` send what is in the file. */
function uploadedBy({ program, options }: Arguments): readonly Word[] {
  if (program.name !== 'curl') return [];
  return options.flatMap(({ name, value }) => {
    if (value === undefined || !/^--(?:data\S*|json|form|url-query|variable)$/.test(name)) return [];
    const start = /^[^@<]*[@<]/.exec(literalStart(value))?.[0];
    return start === undefined ? [] : [withoutStart(value, start.length)];
  });
}

/** Where tar(1) puts what it takes out of an archive. */
function unpackedInto({ program, options }: Arguments): readonly Word[] {
  const unpacks = options.some(({ name }) => name === '--get');
  if (!/^(?:gtar|bsdtar|tar)$/.test(program.name) || !unpacks) return [];
  return options.flatMap(({ name, value }) => (name === '--directory' && value !== undefined ? [value] : []));
}

/** Here-documents are no files, and neither are descriptors. */
function leadsToFile({ operator, target }: Redirect): boolean {
  if (operator.startsWith('<<')) return false;
  return !(operator.endsWith('&') && target.kind === 'static' && /^(?:\d+-?|-)$/.test(target.value));
}
