import { textOf } from '../argument.ts';
import type { FormText } from '../closed-form.ts';
import { denied, fine, unlisted, type Remarks } from '../finding.ts';
import { hasOption, valueOf, type Arguments } from '../read-options.ts';

const inner = { operands: 'free+', style: 'first' } as const satisfies FormText;

/** Commands that run another one, which is judged by itself: here only their own words count. */
export const wrappers: Readonly<Record<string, FormText | readonly FormText[]>> = {
  env: {
    options: '-i -u=name --unset=name --ignore-environment',
    operands: 'free+',
    style: 'first',
    also: environment,
  },
  printenv: { operands: 'name+' },
  nice: { ...inner, options: '-n=int --adjustment=int -0123456789' },
  ionice: { ...inner, options: '-c=name -n=int -t --class=name --classdata=int --ignore' },
  nohup: inner,
  setsid: { ...inner, options: '-cfw --fork --wait --ctty' },
  stdbuf: { ...inner, options: '-i=name -o=name -e=name --input=name --output=name --error=name' },
  timeout: {
    options: '-k=text -s=name --preserve-status --foreground -v --kill-after=text --signal=name --verbose',
    operands: 'text free+',
    style: 'first',
    also: literalDuration,
  },
  time: { ...inner, options: '-pv' },
  chrt: { options: '-bfior --batch --fifo --idle --other --rr', operands: 'int free+', style: 'first' },
  taskset: { options: '-c --cpu-list', operands: 'mask free+', style: 'first' },
  command: [
    { options: '-vV', operands: 'free+', style: 'first', needs: '-v|-V' },
    { ...inner, options: '-p' },
  ],
  builtin: inner,
  exec: [{}, { ...inner, options: '-cl' }],
  busybox: inner,
  toybox: inner,
  xargs: {
    options:
      '-0rtx -n=int -P=int<=4 -L=int -d=sep -E=text -s=int -I=text --null --no-run-if-empty --max-args=int --max-procs=int<=4 --max-lines=int ' +
      '--delimiter=sep --verbose --exit',
    operands: 'free*',
    style: 'first',
    also: oneWayToCount,
  },
  eval: { operands: 'free*', style: 'first' },
};

export const sudo: FormText = {
  options: '-nH -u=text --non-interactive --set-home --user=text',
  operands: 'free+',
  style: 'first',
  also: asRoot,
};

const harmless = /^(?:LANG|LANGUAGE|LC_[A-Z]+|TZ|TERM|NO_COLOR|COLUMNS|LINES|DEBIAN_FRONTEND|SYSTEMD_COLORS)$/;
const assignment = /^([A-Za-z_]\w*)=/;

export function isHarmlessVariable(name: string): boolean {
  return harmless.test(name);
}

function environment({ operands }: Arguments): Remarks {
  const command = operands.findIndex((word) => word.kind === 'opaque' || !assignment.test(word.text));
  if (command === -1) return unlisted('prints the environment');
  const names = operands
    .slice(0, command)
    .map((word) => (word.kind === 'opaque' ? '' : (assignment.exec(word.text)?.[1] ?? '')));
  return names.every(isHarmlessVariable) ? fine : unlisted('sets a variable that is not listed');
}

function literalDuration({ operands }: Arguments): Remarks {
  return /^\d+(?:\.\d+)?[smhd]?$/.test(textOf(operands[0]) ?? '')
    ? fine
    : unlisted('lacks a duration that is written out');
}

/** With a placeholder, the counts would give the command words that it was not judged with. */
function oneWayToCount(given: Arguments): Remarks {
  if (!hasOption(given, '-I')) return fine;
  const counts = hasOption(given, '-n', '-L', '--max-args', '--max-lines');
  const placeholder = textOf(valueOf(given, '-I'));
  return counts || placeholder === undefined || placeholder === ''
    ? unlisted('counts words beside a placeholder')
    : fine;
}

function asRoot(given: Arguments): Remarks {
  const users = given.options
    .filter(({ name }) => name === '-u' || name === '--user')
    .map(({ value }) => textOf(value));
  if (users.length > 1 || users.some((user) => user === undefined || !/^[a-z_][a-z0-9_-]*$/.test(user))) {
    return denied('sudo_user', 'runs as a user that is not plain');
  }
  const isRoot = users.every((user) => user === 'root');
  return isRoot ? fine : [{ severity: 'ask', code: 'sudo_user', text: 'runs as another user than root' }];
}
