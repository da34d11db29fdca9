import type { FormText } from '../closed-form.ts';
import { fine, unlisted, type Remarks } from '../finding.ts';
import { textOf } from '../argument.ts';
import { pathOf, type Scene } from '../scene.ts';
import type { Arguments } from '../read-options.ts';
import { closedVariableRemarks } from '../variables.ts';

const names = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names of variables alone: what is assigned here would be put into the environment, or read twice. */
function plainNames({ operands, options }: Arguments): Remarks {
  const arrays = options.flatMap(({ name, value }) => (name === '-a' && value !== undefined ? [value] : []));
  const given = [...operands, ...arrays].map((word) => textOf(word) ?? '');
  return given.every((name) => names.test(name))
    ? given.flatMap(closedVariableRemarks)
    : unlisted('has what is no plain name');
}

/** The operators of test(1). */
const tests =
  '-a -b -c -d -e -f -g -h -k -n -o -p -r -s -t -u -w -x -z -G -L -N -O -S -v -R -eq -ne -lt -le -gt -ge -ef -nt -ot';

/** Commands of the shell itself. */
export const shellWords: Readonly<Record<string, FormText | readonly FormText[]>> = {
  echo: { operands: 'free*', style: 'none' },
  true: { operands: 'free*', style: 'none' },
  false: { operands: 'free*', style: 'none' },
  ':': { operands: 'free*', style: 'none' },
  break: { operands: 'int?' },
  continue: { operands: 'int?' },
  exit: { operands: 'text?' },
  return: { operands: 'text?' },
  shift: { operands: 'int?' },
  wait: { operands: 'text*' },
  times: {},
  jobs: { options: '-lprs' },
  umask: [{ options: '-Sp' }, { options: '-Sp', operands: 'int' }],
  type: { options: '-aptPf', operands: 'text+' },
  sleep: { operands: 'text+', certain: true, also: shortSleep },
  unset: { options: '-v', operands: 'name+', also: plainNames },
  declare: { options: '-aArp', operands: 'name+', also: plainNames },
  typeset: { options: '-aArp', operands: 'name+', also: plainNames },
  local: { options: '-aAr', operands: 'name+', also: plainNames },
  readonly: { options: '-p', operands: 'name+', also: plainNames },
  export: { operands: 'text+', also: exportable },
  cd: { options: '-L', operands: 'look?', certain: true, also: certainDirectory },
  test: { operands: 'free*', also: noTwiceRead, style: 'words', options: tests },
  '[': { operands: 'free*', also: noTwiceRead, style: 'words', options: tests },
  read: { options: '-rs -a=name -d=sep -n=int -N=int -p=text -t=num<=60 -u=int', operands: 'name*', also: plainNames },
};

const harmless =
  /^(?:LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|NO_COLOR|COLUMNS|LINES|DEBIAN_FRONTEND|SYSTEMD_COLORS)(?:=[^\0]*)?$/;

function exportable({ operands }: Arguments): Remarks {
  return operands.every((word) => harmless.test(textOf(word) ?? '')) ? fine : unlisted('exports what is not listed');
}

function certainDirectory({ operands }: Arguments, scene: Scene): Remarks {
  const [directory] = operands;
  const doubts = directory === undefined ? 0 : (pathOf(directory, scene)?.doubts.size ?? 0);
  if (directory === undefined || (directory.kind === 'known' && directory.text !== '-' && doubts === 0)) return fine;
  return [{ severity: 'ask', code: 'unknown_directory', text: 'changes to a directory that is not known' }];
}

/** The operand of `-v` and `-R` is the name of a variable, and its subscript is run. */
function noTwiceRead({ options, operands }: Arguments): Remarks {
  if (!options.some(({ name }) => name === '-v' || name === '-R')) return fine;
  return operands.every((word) => /^(?:[A-Za-z_][A-Za-z0-9_]*|\]|!|\(|\))$/.test(textOf(word) ?? ''))
    ? fine
    : [{ severity: 'deny', code: 'evaluated_value', text: 'the name of a variable is not plain' }];
}

function shortSleep({ operands }: Arguments): Remarks {
  const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600 };
  const seconds = operands.map((word) => {
    const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(textOf(word) ?? '') ?? [];
    return number === undefined ? NaN : Number(number) * (units[unit] ?? NaN);
  });
  return seconds.reduce((sum, each) => sum + each, 0) <= 300 ? fine : unlisted('sleeps for more than five minutes');
}
