import type { Argument, Command } from 'commander';
import { exitCode } from '../../src/cli/exit-code.ts';
import { createProgram } from '../../src/cli/program.ts';
import { commandAnswers } from './command-answers.ts';
import { code, page, table } from './markdown.ts';

const introduction =
  'From a clone `./bin/sallyport`, installed `sallyport`. Options may stand before or behind arguments. Where a ' +
  'question is asked and there is no terminal, the message names the option that answers it.';

const exits: readonly (readonly [number, string])[] = [
  [exitCode.done, 'what was asked for is done'],
  [exitCode.failed, 'it is not; the message says why'],
  [exitCode.usage, 'the command line lacks something or is wrong'],
  [exitCode.configuration, 'the configuration has a mistake; the message names file and line'],
];

/** What most commands take; said once. */
const common = new Set(['--config-dir', '--dotenv', '--json']);

export function commandsPage(): string {
  const program = createProgram();
  const leaves = program.commands.flatMap((command) =>
    command.commands.length === 0 ? [command] : [...command.commands],
  );
  const shared = leaves.find(
    ({ options }) => options.filter(({ long }) => common.has(long ?? '')).length === common.size,
  );
  const rows = (shared?.options ?? []).filter(({ long }) => common.has(long ?? ''));
  return page('Commands', [
    introduction,
    '## Options of most commands',
    'What lacks one of them says so below. With `--json` one JSON value is printed, whose members are named below; about what failed, ' +
      '`success` or `ok` is false, often with `error` and a `code`.',
    table(
      ['Option', 'Meaning'],
      [...rows.map(({ flags, description }) => [code(flags), description]), [code('-h, --help'), 'what it takes']],
    ),
    '## Exit codes',
    table(
      ['Code', 'Means'],
      exits.map(([value, meaning]) => [String(value), meaning]),
    ),
    ...program.commands.flatMap((command) =>
      command.commands.length === 0
        ? section(command, [])
        : [`## ${command.name()}`, sentence(command), ...command.commands.flatMap((leaf) => section(leaf, [command]))],
    ),
  ]);
}

function section(command: Command, parents: readonly Command[]): readonly string[] {
  const words = [...parents, command].map((each) => each.name()).join(' ');
  const own = command.options.filter(({ long }) => !common.has(long ?? ''));
  const rows = [
    ...command.registeredArguments.filter(({ description }) => description !== '').map(argumentRow),
    ...own.map(({ flags, description }) => [code(flags), description]),
  ];
  const missing = [...common].filter((flag) => !command.options.some(({ long }) => long === flag));
  return [
    `${parents.length === 0 ? '##' : '###'} ${words}`,
    code(['sallyport', words, ...command.registeredArguments.map(argumentText)].join(' ')),
    missing.length === 0 ? sentence(command) : `${sentence(command)} It has no ${missing.map(code).join(' and no ')}.`,
    ...(rows.length === 0 ? [] : [table(['', 'Meaning'], rows)]),
    ...answerOf(command, words),
  ];
}

function answerOf({ options }: Command, words: string): readonly string[] {
  if (!options.some(({ long }) => long === '--json')) return [];
  const answer = commandAnswers[words];
  if (answer === undefined) throw new Error(`command-answers.ts does not say what ${words} answers`);
  return [`With ${code('--json')}: ${typeof answer === 'string' ? answer : answer.map(code).join(', ')}.`];
}

function sentence(command: Command): string {
  const text = command.description();
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function argumentText(argument: Argument): string {
  const text = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${text}>` : `[${text}]`;
}

function argumentRow(argument: Argument): readonly string[] {
  return [code(argumentText(argument)), argument.description];
}
