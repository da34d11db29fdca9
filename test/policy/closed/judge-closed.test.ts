import { describe, expect, it } from 'vitest';
import { judgeUnitClosed, settingOf } from '../../../src/policy/closed/judge-closed.ts';
import { judgeProgram, takesAnything, type ClosedProfile } from '../../../src/policy/closed/programs.ts';
import { known } from '../../../src/policy/closed/argument.ts';
import { showPath } from '../../../src/policy/paths/read-path.ts';
import { readShell } from '../../../src/policy/shell/read-shell.ts';

function readingOf(text: string) {
  const reading = readShell(text);
  if (reading.kind === 'unreadable') throw new Error(`${text} is unreadable: ${reading.text}`);
  return reading;
}

/** What is said of the last command of a text. */
function judge(text: string, profile: ClosedProfile = 'observe'): string {
  const reading = readingOf(text);
  const unit = reading.units.at(-1);
  if (unit === undefined) throw new Error('no unit');
  const remarks = judgeUnitClosed(unit, settingOf(reading), profile);
  return remarks.map(({ severity, code, text: why }) => `${severity} ${code}: ${why}`).join('; ') || 'fine';
}

describe('the program of a command', () => {
  const unknown = 'deny dynamic_program: which program runs is not known';
  it.each([
    ['uptime', 'fine'],
    ['/bin/uptime', 'fine'],
    ['/sbin/sysctl -a', 'fine'],
    ['/usr/bin/uptime', 'fine'],
    ['/usr/sbin/sysctl -a', 'fine'],
    ['/usr/local/bin/uptime', 'fine'],
    ['/usr/local/sbin/sysctl -a', 'fine'],
    ['/local/bin/uptime', 'unlisted unlisted_use: /local/bin/uptime is not in a directory of the system'],
    ['/x/usr/bin/uptime', 'unlisted unlisted_use: /x/usr/bin/uptime is not in a directory of the system'],
    ['/usr/bin/x/uptime', 'unlisted unlisted_use: /usr/bin/x/uptime is not in a directory of the system'],
    ['./uptime', 'unlisted unlisted_use: ./uptime is not in a directory of the system'],
    ['bin/uptime', 'unlisted unlisted_use: bin/uptime is not in a directory of the system'],
    ['frobnicate', 'unlisted unlisted_use: frobnicate is not listed'],
    ['$x', unknown],
    ['up*', unknown],
    ['~/uptime', unknown],
    ["'' a", 'unlisted unlisted_use: the command is empty'],
    ["''", 'unlisted unlisted_use: the command is empty'],
    ["'' > /dev/null", 'fine'],
    ['x=1', 'fine'],
    ['> /dev/null', 'fine'],
    ['ssh x', 'deny forbidden: ssh is refused whatever it is told'],
    ['/usr/bin/telnet --version', 'deny forbidden: telnet is refused whatever it is told'],
    ['mkfs.ext4 x', 'deny forbidden: mkfs.ext4 is refused whatever it is told'],
  ])('%s: %s', (text, answer) => expect(judge(text)).toBe(answer));

  it.each([
    ['python3 --version', 'fine'],
    ['bash --version', 'fine'],
    ['terraform --version', 'fine'],
    ['terraform --version x', 'unlisted unlisted_use: terraform is not listed'],
    ['terraform', 'unlisted unlisted_use: terraform is not listed'],
    ['frobnicate --version', 'unlisted unlisted_use: frobnicate is not listed'],
    ['python3 --version x', 'unlisted unlisted_use: python3 runs code'],
    ['python3 $x', 'unlisted unlisted_use: python3 runs code'],
  ])('prints its version, where that is all it is told: %s: %s', (text, answer) => expect(judge(text)).toBe(answer));

  it('is judged for everything that its words may stand for', () => {
    expect(judge('for x in /etc/hosts /etc/shadow; do cat $x; done')).toContain('/etc/shadow is protected');
    const many = `for x in ${Array.from({ length: 17 }, (_, n) => `v${n}`).join(' ')}; do ls $x $x; done`;
    expect(judge(many)).toBe('deny too_many: its words stand for too many commands');
  });

  it('that runs code is not fed by an operator', () => {
    expect(judge('python3 x', 'operator')).toBe('unlisted unlisted_use: python3 runs code');
    expect(judge('ls | python3 x', 'operator')).toBe('deny interpreter: python3 may run what it is given');
    expect(judge('python3 x < /tmp/f', 'operator')).toContain('deny interpreter');
    expect(judge('ls | python3 x')).toBe('unlisted unlisted_use: python3 runs code');
  });

  it('becomes another user under operator alone, and with listed options', () => {
    const sudoOf = (text: string, profile: ClosedProfile): string => {
      const reading = readingOf(text);
      const [unit] = reading.units;
      return unit === undefined
        ? ''
        : judgeUnitClosed(unit, settingOf(reading), profile)
            .map(({ severity, code }) => `${severity} ${code}`)
            .join();
    };
    expect(sudoOf('sudo ls', 'observe')).toBe('deny sudo');
    expect(sudoOf('sudo ls', 'operator')).toBe('');
    expect(sudoOf('sudo -u ann ls', 'operator')).toBe('ask sudo_user');
    expect(sudoOf('sudo -i', 'operator')).toBe('deny sudo');
    expect(sudoOf('sudo', 'operator')).toBe('deny sudo');
    expect(sudoOf('sudo --version', 'observe')).toBe('');
  });
});

describe('a shell', () => {
  const shellOf = (text: string): string => {
    const reading = readingOf(text);
    const unit = reading.units.find(({ program }) => program.value.endsWith('sh'));
    if (unit === undefined) throw new Error('no shell');
    const remarks = judgeUnitClosed(unit, settingOf(reading), 'observe');
    return remarks.map(({ severity, text: why }) => `${severity}: ${why}`).join('; ') || 'fine';
  };
  it.each([
    ["sh -c 'ls'", 'fine'],
    ["bash -c 'ls'", 'fine'],
    ["dash -c 'ls'", 'fine'],
    ["ash -c 'ls'", 'fine'],
    ["/bin/sh -c 'ls'", 'fine'],
    ["bash -ec 'ls'", 'fine'],
    ["bash -ceuxl 'ls'", 'fine'],
    ["bash -lc 'ls'", 'fine'],
    ["bash -ic 'ls'", 'deny: bash runs what is not known'],
    ["bash -cs 'ls'", 'deny: bash runs what is not known'],
    ["bash +c 'ls'", 'deny: bash runs what is not known'],
    ['bash -e ls', 'deny: bash runs what is not known'],
    ['bash x-c ls', 'deny: bash runs what is not known'],
    ['bash -c- ls', 'deny: bash runs what is not known'],
    ['bash -c', 'deny: bash runs what is not known'],
    ['bash', 'deny: bash runs what is not known'],
    ['bash x', 'deny: bash runs what is not known'],
    ['bash -c $x', 'deny: bash runs what is not known'],
    ['bash -$x ls', 'deny: bash runs what is not known'],
    ['bash -c *.sh', 'deny: bash runs what is not known'],
    ["zsh -c 'ls'", 'deny: zsh runs what is not known'],
    ["fish -c 'ls'", 'deny: fish runs what is not known'],
    ["bash -c -x 'ls'", 'deny: bash takes its text for an option'],
    ["bash -c +x 'ls'", 'deny: bash takes its text for an option'],
    ["bash -c 'ls' x", 'ask: bash is given more than a text'],
    ["sh -c '[ a = b ] && ls'", 'fine'],
    ["bash -c 'ls &> /dev/null'", 'fine'],
    ["dash -c 'ls -a-b'", 'fine'],
  ])('runs a text that is known: %s: %s', (text, answer) => expect(shellOf(text)).toBe(answer));
});

describe('a variable before a command', () => {
  it.each([
    ['LANG=C ls', 'fine'],
    ['TZ=UTC ls', 'fine'],
    ['FOO=1 ls', 'unlisted unlisted_use: FOO is put into the environment'],
    ['PATH=/x ls', 'deny dangerous_variable: PATH decides what programs do'],
    ['PATH=/x', 'deny dangerous_variable: PATH decides what programs do'],
    ['FOO=1', 'fine'],
    ['IFS= read x', 'fine'],
    ['IFS= ls', 'deny dangerous_variable: IFS decides what programs do'],
    ['LD_PRELOAD=x read y', 'deny dangerous_variable: LD_PRELOAD decides what programs do'],
    ['for HOME in a; do ls; done', 'deny dangerous_variable: HOME decides what programs do'],
  ])('%s: %s', (text, answer) => expect(judge(text)).toBe(answer));
});

describe('a redirection', () => {
  const writes = 'deny writes_file: this profile writes no files';
  it.each([
    ['ls > /dev/null', 'fine'],
    ['ls 2>&1', 'fine'],
    ['ls 2>&-', 'fine'],
    ['ls 2>&1-', 'fine'],
    ['ls 2>&10', 'fine'],
    ['ls <&3', 'fine'],
    ['ls <&-', 'fine'],
    ['ls <&3-', 'fine'],
    ['ls >&1x', writes],
    ['ls >&x1', writes],
    ['ls >&x-', writes],
    ['ls 2>&1 <<E > x\na\nE', writes],
    ['ls >&/dev/null', 'fine'],
    ['ls &> /dev/null', 'fine'],
    ['ls >| /dev/null', 'fine'],
    ['ls >> /dev/null', 'fine'],
    ['ls > >(cat)', 'fine'],
    ['ls > x', writes],
    ['ls >> x', writes],
    ['ls &> x', writes],
    ['ls >| x', writes],
    ['ls <> x', writes],
    ['ls >&x', writes],
    ['ls > $x', writes],
    ['ls > 5', writes],
    ['ls >&$x', writes],
    ['ls {fd}>/dev/null', 'unlisted unlisted_use: opens a descriptor by a name'],
    ['ls {fd}<x', 'unlisted unlisted_use: opens a descriptor by a name'],
    ['ls 12>/dev/null', 'fine'],
    ['cat < /etc/hosts', 'fine'],
    ['cat < /etc/shadow', 'deny path_protected: /etc/shadow is protected: it holds secrets or is not for reading'],
    ['cat < $x', 'fine'],
    ['cat < {a,$x}', 'ask dynamic_argument: what it reads is known only when it runs'],
    ['cat < <(ls)', 'fine'],
    ['cat <<< /etc/shadow', 'fine'],
    ['cat <<E\n/etc/shadow\nE', 'fine'],
    [
      'for f in /etc/hosts /etc/shadow; do cat < $f; done',
      'deny path_protected: /etc/shadow is protected: it holds secrets or is not for reading',
    ],
  ])('under observe: %s: %s', (text, answer) => {
    // A substitution is a command of its own, and stands before the one that is judged.
    expect(judge(text)).toBe(answer);
  });
  it.each([
    ['ls > /dev/null', 'fine'],
    ['ls > /tmp/x', 'fine'],
    ['ls > x', 'fine'],
    ['ls > /etc/hosts', 'deny path_protected: /etc/hosts is protected: nothing is written there'],
    ['ls > /srv/x', 'ask write_elsewhere: /srv/x is neither below /tmp, /var/tmp nor the home directory'],
    ['ls > /tmp/$x', 'ask dynamic_argument: where it writes is known only when it runs'],
    ['ls > /tmp/*', 'ask dynamic_argument: where it writes is known only when it runs'],
  ])('under operator: %s: %s', (text, answer) => expect(judge(text, 'operator')).toBe(answer));
});

describe('the directories in which a command may be', () => {
  const directoriesOf = (text: string): readonly string[] =>
    settingOf(readingOf(text)).directories.map((one) => (one === undefined ? 'unknown' : showPath(one)));
  it.each([
    ['ls', ['~']],
    ['cd /srv; ls', ['~', '/srv']],
    ['cd; ls', ['~']],
    ['cd -L /srv', ['~', '/srv']],
    ['cd -P -- /srv', ['~', '/srv']],
    ['cd -e -@ /srv', ['~', '/srv']],
    ['cd -LP /srv', ['~', '/srv']],
    ['cd a-L', ['~', '~/a-L']],
    ['cd -', ['~', 'unknown']],
    ['cd -x', ['~', '~/-x']],
    ['cd /srv; cd a', ['~', '/srv', '~/a', '/srv/a']],
    ['pushd /srv', ['~', '/srv']],
    ['popd /srv', ['~', '/srv']],
    ['chdir /srv', ['~', '/srv']],
    ['cdx /srv', ['~']],
    ['xcd /srv', ['~']],
    ['cd $x', ['~', 'unknown']],
    ['cd /a*', ['~', 'unknown']],
    ['cd a/..', ['~', 'unknown', '~']],
    ['for d in /a /b; do cd $d; done', ['~', '/a', '/b']],
    ['cd $x; cd a', ['~', 'unknown', 'unknown', '~/a']],
  ])('%s: %j', (text, directories) => expect(directoriesOf(text)).toEqual(directories));
  it('are at most 32, and then others', () => {
    const cds = (count: number): string => Array.from({ length: count }, (_, n) => `cd /d${n}`).join('; ');
    expect(directoriesOf(cds(31))).toEqual(['~', ...Array.from({ length: 31 }, (_, n) => `/d${n}`)]);
    expect(directoriesOf(cds(32))).toEqual(['~', ...Array.from({ length: 31 }, (_, n) => `/d${n}`), 'unknown']);
    expect(directoriesOf(cds(40))).toHaveLength(33);
  });
  it('count for what a command reads', () => {
    expect(judge('cd /root; cat x')).toContain('/root/x is protected');
    expect(judge('cat x')).toBe('fine');
  });
});

describe('the programs that are listed', () => {
  const scene = { directories: [], isFed: false };
  const said = (profile: ClosedProfile, text: string): string | undefined => {
    const [name = '', ...words] = text.split(' ');
    return judgeProgram({ name, profile }, words.map(known), scene)
      ?.map(({ severity, code }) => `${severity} ${code}`)
      .join();
  };
  it.each([
    ['frobnicate', undefined, undefined],
    ['docker-compose ps', undefined, undefined],
    ['ip6tables -L', '', ''],
    ['iptables -L', '', ''],
    ['git status', '', ''],
    ['openssl version', '', ''],
    ['uptime', '', ''],
    ['ps aux', '', ''],
    ['ip addr', '', ''],
    ['date', '', ''],
    ['tar tf /x', '', ''],
    ['find /srv -delete', 'deny removes_files', 'ask removes_files'],
    ['find /srv', '', ''],
    ['systemctl restart nginx', 'unlisted unlisted_use', ''],
    ['systemctl status nginx', '', ''],
    ['mkdir /tmp/x', undefined, ''],
    ['sudo ls', undefined, ''],
  ])('%s: under observe %j, under operator %j', (text, observe, operator) => {
    expect([said('observe', text), said('operator', text)]).toEqual([observe, operator]);
    expect([said('observe', text), said('operator', text)]).toEqual([observe, operator]);
  });

  it('take anything where they only print or look', () => {
    const free =
      'echo printf true false : basename dirname realpath readlink stat ls test [ df pwd type expr command groups';
    for (const name of free.split(' ')) expect(takesAnything(name)).toBe(true);
    for (const name of ['cat', '', 'du', 'find', 'cd', 'env']) expect(takesAnything(name)).toBe(false);
    const any = { kind: 'opaque' } as const;
    for (const name of ['ls', 'stat', 'realpath', 'expr', 'type', 'basename'])
      expect(judgeProgram({ name, profile: 'observe' }, [any], scene)).toEqual([]);
    expect(judgeProgram({ name: 'printf', profile: 'observe' }, [known('%s'), any], scene)).toEqual([]);
    expect(judgeProgram({ name: 'du', profile: 'observe' }, [any], scene)).not.toEqual([]);
    expect(judgeProgram({ name: 'groups', profile: 'observe' }, [any], scene)).not.toEqual([]);
  });
});
