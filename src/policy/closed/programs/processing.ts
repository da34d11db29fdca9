import { known, textOf, type Argument } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { fine, unknownYet, unlisted, type Remarks } from '../finding.ts';
import { isListedAwk } from '../languages/awk.ts';
import { isListedJq } from '../languages/jq.ts';
import { isListedSed } from '../languages/sed.ts';
import { readRemarks } from '../path-remarks.ts';
import { hasOption, type Arguments } from '../read-options.ts';
import type { Scene } from '../scene.ts';

/** The program in another language that a command is given, and the files it then reads. */
function withProgram(
  programs: readonly (Argument | undefined)[],
  files: readonly Argument[],
  { isListed, scene }: { readonly isListed: (text: string) => boolean; readonly scene: Scene },
): Remarks {
  if (programs.some((program) => program === undefined)) return unlisted('lacks a program');
  if (programs.some((program) => program?.kind === 'opaque' || program?.kind === 'guarded')) {
    return unknownYet('its program is known only when it runs');
  }
  const isFine = programs.every((program) => isListed(textOf(program) ?? '`'));
  if (!isFine) return unlisted('its program does more than read and print, or cannot be told to end');
  return files.flatMap((file) => readRemarks(file, scene));
}

function sedProgram(given: Arguments, scene: Scene): Remarks {
  const scripts = given.options
    .filter(({ name }) => name === '-e' || name === '--expression')
    .map(({ value }) => value);
  const [first, ...rest] = given.operands;
  const [programs, files] = scripts.length > 0 ? [scripts, given.operands] : [[first], rest];
  // Several scripts are read as one.
  const isListed = (text: string): boolean => isListedSed(text);
  return [
    ...withProgram(programs, files, { isListed, scene }),
    ...(programs.length > 1 && programs.some((program) => /[\\{]|\bD\b/.test(textOf(program) ?? ''))
      ? unlisted('scripts that go together')
      : fine),
  ];
}

function awkProgram({ operands, options }: Arguments, scene: Scene): Remarks {
  const variables = options.filter(({ name }) => name === '-v' || name === '--assign').map(({ value }) => value);
  const isVariable = (value: Argument | undefined): boolean => {
    const text = value === undefined || value.kind === 'opaque' ? '' : value.text;
    return /^[a-z]\w*=/.test(text);
  };
  if (!variables.every(isVariable)) return unlisted('sets a variable of awk itself');
  const [program, ...files] = operands;
  if (files.some((file) => 'text' in file && file.text.startsWith('/inet'))) return unlisted('opens a connection');
  return withProgram([program], files, { isListed: isListedAwk, scene });
}

function jqProgram(given: Arguments, scene: Scene): Remarks {
  const [program, ...files] = given.operands;
  return withProgram([program], hasOption(given, '--args', '--jsonargs') ? [known('-')] : files, {
    isListed: isListedJq,
    scene,
  });
}

const awk: FormText = {
  options: '-F=text -v=text --field-separator=text --assign=text',
  operands: 'free+',
  style: 'first',
  also: awkProgram,
};

/** Programs that are given a program of their own. */
export const processing: Readonly<Record<string, FormText | readonly FormText[]>> = {
  sed: {
    options:
      '-nErsuz -e=text --quiet --silent --regexp-extended --separate --unbuffered --null-data --expression=text --posix --debug',
    operands: 'free*',
    also: sedProgram,
  },
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
  jq: {
    options:
      '-rcnSseajMC --raw-output --compact-output --null-input --sort-keys --slurp --exit-status --ascii-output --join-output --raw-input -R ' +
      '--monochrome-output --color-output --tab --indent=int --seq',
    operands: 'free+',
    also: jqProgram,
  },
};
