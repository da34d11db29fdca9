import { describe, expect, it } from 'vitest';
import { judgeCommand } from '../../../src/policy/rules/judge-command.ts';
import { catastropheIn } from '../../../src/policy/catastrophes.ts';
import { maxTextLength } from '../../../src/policy/shell/input-checks.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';

const filled = (unit: string, start = ''): string => (start + unit.repeat(maxTextLength)).slice(0, maxTextLength);
const nested = (open: string, close: string, depth: number): string => {
  const one = `${open.repeat(depth)}a${close.repeat(depth)} `;
  return one.repeat(Math.floor(maxTextLength / one.length));
};

const openings = [
  '(',
  '$(',
  '"$(',
  '`',
  '${',
  '${a:-',
  '"${a:-',
  '$((',
  '$[',
  '<(',
  '>(',
  '{',
  '{a,',
  '{ ',
  '[a',
  '@(',
  '[[ ( ',
  '((',
  'a[',
  'a=(',
];
const tokens = [
  'a;',
  'a|',
  'a&&',
  'a&',
  '! ',
  'a ',
  "'a'",
  '""',
  '\\`',
  '>a ',
  '<<<a ',
  '<<E ',
  'a<<E\nE\n',
  'a=b ',
  '`a` ',
  '$(a)',
  '"a"$x',
  '*',
  '~/',
  '#',
  '\n',
  '\\',
  "'",
  '{a,b}',
  '$x',
];
const words = [
  'if ',
  'case x in x) ',
  'a(){ ',
  'sudo ',
  'env ',
  'eval ',
  'xargs ',
  "bash -c '",
  'timeout 1 ',
  'f() { f|f& }; ',
  'x=/$x;',
  'cd a;',
];

const hostile: readonly string[] = [
  ...[...openings, ...tokens, ...words].map((unit) => filled(unit)),
  ...['(', '{ ', '$(', '"$(', '${a:-', '$(('].flatMap((open) => {
    const close = { '(': ')', '{ ': ' ;}', '$(': ')', '"$(': ')"', '${a:-': '}', '$((': '))' }[open] ?? '';
    return [nested(open, close, 10), nested(open, close, 31), nested(open, close, 300)];
  }),
  filled('-exec a \\; ', 'find . '),
  filled("-exec sh -c 'ls' \\; ", 'find . '),
  filled('*a', 'rm -rf /'),
  filled('/*', 'rm -rf '),
  filled('../', 'rm -rf /'),
  filled('-', 'rm '),
  filled('a', 'ls -'),
  filled('$y', 'y=$x$x; x=$y$y; rm -rf '),
  filled('1?', 'echo $(('),
  filled('drop ', "psql -c '"),
  ...[
    'mount -l ',
    'iptables -t x ',
    'firewall-cmd --list-a ',
    'smartctl -aa ',
    'nmcli -t a ',
    'ip -a ',
    'parted -s ',
  ].map((start) => {
    const [program = '', ...options] = start.split(' ');
    return `${filled(options.join(' '), `${program} `).slice(0, -1)}!`;
  }),
];

describe('a hostile text of 16 KiB', () => {
  // Time of the processor: what else a machine does is not counted. The first runs are those of code that is not yet compiled.
  it.each(hostile.map((text) => ({ text, name: `${JSON.stringify(text.slice(0, 24))}…` })))(
    'is read or refused within 50 ms: $name',
    ({ text }) => {
      const times = Array.from({ length: 5 }, () => {
        const before = process.cpuUsage();
        const reading = readShell(text);
        if (reading.kind === 'units') catastropheIn(reading);
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1000;
      });
      expect(Math.min(...times)).toBeLessThan(50);
    },
  );

  const judged: readonly (readonly [start: string, unit: string])[] = [
    ['cat ', 'a '],
    ['cat ', '* '],
    ['cat ', '/*'],
    ['rm ', '[a]'],
    ['rsync ', '${x:1}'],
    ['rsync ', '$x'],
    ['aws ', '>a '],
    ['chmod ', '! '],
    ['aws ', 'delete-'],
    ['docker ', '=/run/'],
    ['kubectl ', 'get '],
    ['git ', 'restore '],
    ['', 'sh a; '],
    ['', 'curl a/b; sh b; '],
    ['', 'echo a|psql; '],
    ['find . ', '-name id_rsa '],
    ['', 'env '],
  ];
  it.each(judged)('is decided within 50 ms, and thrown at no one: %s%s…', (start, unit) => {
    for (const profile of ['observe', 'standard'] as const) {
      const times = Array.from({ length: 5 }, (_, n) => {
        const text = filled(unit, start).slice(n);
        const before = process.cpuUsage();
        judgeCommand(`${start}${text}`.slice(0, maxTextLength), { profile, rules: [], defaults: {}, host: undefined });
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1000;
      });
      expect(Math.min(...times)).toBeLessThan(50);
    }
  });
});
