import type { Arguments } from './arguments.ts';
import { isOf } from './forms/form.ts';
import { raisingForms } from './forms/raising.ts';
import { readingForms } from './forms/reading.ts';
import type { ProgramClass } from './program.ts';
import type { Unit } from './unit.ts';

/** Programs that install for everybody where an administrator runs them. */
const installers = /^(?:pip[23]?|npm|gem|yarn|pnpm)(?: |$)/;

/** The classes of a program and its options, as changed by the form in which it stands here. */
export function classesOf(args: Arguments, { argv, via, sudo }: Unit): ReadonlySet<ProgramClass> {
  const { program, options, operands } = args;
  const classes = new Set([...program.classes, ...options.flatMap(({ spec }) => spec.classes)]);
  const text = argv.map(({ value }) => value).join(' ');
  const isKnown = argv.every(({ kind }) => kind === 'static');
  if (isKnown && readingForms.some((one) => isOf(one, program.name) && one.words.test(text))) return new Set(['reads']);
  // Values that are attached to their options begin words too, and options may stand between the others.
  const values = options.flatMap(({ value }) => (value === undefined ? [] : [value.value]));
  const texts = [text, ...values, operands.map(({ word }) => word.value).join(' ')];
  for (const one of raisingForms) {
    if (isOf(one, program.name) && texts.some((words) => one.words.test(words)))
      for (const added of one.classes) classes.add(added);
  }
  const isFed = via.some((wrapper) => wrapper === 'find' || wrapper === 'xargs' || wrapper === 'parallel');
  const removes = program.name === 'rm' || program.name === 'unlink' || program.name === 'rmdir';
  if (removes && (isFed || argv.some(({ kind }) => kind === 'glob'))) classes.add('destructive');
  if (program.name === 'find' && opensSecrets(argv)) classes.add('secrets');
  if (sudo !== undefined && installers.test(program.name) && /\binstall\b/.test(`${program.name} ${text}`))
    classes.add('privileged');
  return classes;
}

const secretNames = /id_(?:rsa|dsa|ecdsa|ed25519)|\.(?:pem|key|env|pgpass|netrc|kdbx)\b|shadow|credentials/;

/** `find -name id_rsa -exec cat {} \;` */
function opensSecrets(argv: Unit['argv']): boolean {
  return (
    argv.some(({ value }) => /^-(?:exec|ok)/.test(value)) &&
    argv.some(
      ({ value }, at) => secretNames.test(value) && /^-i?(?:name|path|wholename)$/.test(argv[at - 1]?.value ?? ''),
    )
  );
}
