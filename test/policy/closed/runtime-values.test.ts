import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { guardFunction } from '../../../src/policy/rules/guarded-text.ts';
import { judgeCommand } from '../../../src/policy/rules/judge-command.ts';

const judge = (command: string, profile: 'observe' | 'operator' = 'observe') =>
  judgeCommand(command, { profile, rules: [], defaults: {}, host: undefined });

describe('a value that is known only when it runs', () => {
  it.each([
    'x=$(echo e); pidstat -$x reboot',
    'x=$(echo e); pidstat "-$x" reboot',
    'x=$(echo K); ss -$x',
    'x=$(echo k80); fuser -$x',
    'x=$(echo out); tree -$x',
    'x=$(echo Hother); systemctl status -$x',
  ])('makes no option of a dash that stands before it: %s', (command) => {
    expect(judge(command).decision).not.toBe('allow');
    expect(judge(command, 'operator').decision).not.toBe('allow');
  });

  it.each(['x=$(echo e); cd /tmp; pidstat *$x reboot', 'x=$(echo e); cd /tmp; pidstat [-]$x reboot'])(
    'makes no option of a pattern for names: %s',
    (command) => {
      expect(judge(command).decision).not.toBe('allow');
      expect(judge(command, 'operator').decision).not.toBe('allow');
    },
  );

  it.each(['sort -?ut', 'tree -[o]ut', 'cd /tmp; find -?elete', 'cd /tmp; find (*', 'cd /tmp; find !*'])(
    'and neither does a file name where a dash is written: %s',
    (command) => {
      expect(judge(command).decision).not.toBe('allow');
      expect(judge(command, 'operator').decision).not.toBe('allow');
    },
  );

  it.each([
    `sh -c 'x=$(echo /etc/shadow); cat $x'`,
    `sh -c 'x=$(echo /etc/shadow); cat "$x"'`,
    `bash -c 'x=$(echo -e reboot); pidstat $x'`,
    `bash -c 'cat $1'`,
    `bash -c '[ $x = a ]'`,
    `bash -c 'for f in /var/log/*.log; do cat $f; done'`,
    `eval 'cat $x'`,
    'echo `cat \\$x`',
    `timeout 5 sh -c 'cat $x'; ls`,
    `git status; sh -c 'cat $x'`,
  ])('is not let into a string that is read again, where nothing can hold it: %s', (command) => {
    expect(judge(command)).toMatchObject({ decision: 'deny', canonical: undefined });
    expect(judge(command, 'operator').decision).not.toBe('allow');
  });
  it.each([
    `sh -c 'ls $x'`,
    `bash -c '[ "$x" = a ]'`,
    `bash -c 'for f in /var/log/*.log; do cat "$f"; done'`,
    `sh -c 'cat /var/log/*.log'`,
  ])('but where it does no harm, or is judged whatever it is: %s', (command) => {
    expect(judge(command).decision).toBe('allow');
  });

  it.each(['x="/root/my notes"; cat $x', 'for x in "/root/my notes" b; do cat $x; done'])(
    'may be several words, and is held even where the text says it: %s',
    (command) => expect(judge(command).canonical).toContain('cat "$(_sp_t "$x")"'),
  );
  it('is one word where it is quoted, and is judged as that', () => {
    expect(judge('x="/root/my notes"; cat "$x"').decision).toBe('deny');
    expect(judge('x="/srv/my notes"; cat "$x"').canonical).toBe('x="/srv/my notes"; cat "$x"');
  });
});

describe('the guard of the canonical form', () => {
  const held = ['a', 'a b', 'web-1', 'a.log', 'eth0:1', 'a@b', '10,20', '%', 'a~', '10^2', 'A_1+2'];
  const refused =
    ' |-e|+x|.ssh|..|a/b|/etc|a=b|a;b|a$b|a`b|a"b|a\'b|a*|a?|a[b|a\\b|a&b|a(b|a<b|a{b|a!|a#|a\nb|a\tb|etc|shadow|shadow-|id_rsa|my-secret|' +
    'password.txt|credentials|my-private-rsa-key|a.pem|a.key|x.key.bak|a.p12|a.pfx|x.tfstate|x.tfvars|a.kdbx|a.jks|a.keystore|a.ovpn|a.gpg|' +
    'wp-config.php|krb5cc_0|bash_history|psql_hist|environ|mem|maps|smaps';
  const values = [...held, ...refused.split('|').map((value) => (value === ' ' ? '' : value))];
  const script = `${guardFunction}\nfor value in "$@"; do _sp_t "$value"; printf '\\0'; done`;
  const answers = execFileSync('sh', ['-c', script, 'sh', ...values], { encoding: 'utf8', stdio: 'pipe' }).split('\0');

  it.each(values.map((value, at) => [value, at < held.length ? value : '/nonexistent/refused', answers[at]]))(
    'lets through pieces of names, and of those none of something protected: %j as %j',
    (_value, expected, answer) => expect(answer).toBe(expected),
  );
});

describe('a variable that decides what programs do', () => {
  it.each([
    'for HOME in /root; do cat ~/notes; done',
    'for HOME in /root; do cat $HOME/notes; done',
    'for PWD in /etc; do cat x; done',
    'for GIT_DIR in /tmp/x; do git log; done',
    ': ${HOME:=/etc}; cat ~/hosts',
    'read HOME < /tmp/f; cat ~/notes',
    'read -r HOME <<< /etc; cat ~/sudoers',
    'read -a HOME < /tmp/f; cat ~/notes',
    'read -aHOME < /tmp/f; cat ~/notes',
    'read x HOME < /tmp/f; cat ~/notes',
    'read HTTP_PROXY <<< evil; docker ps',
    'unset HOME; cat $HOME/root/notes',
    'declare HOME; cat ~/notes',
    'local HOME; cat ~/notes',
    'readonly HOME; ls',
    'HOME=/etc; cat ~/hosts',
    'HOME=/etc cat /etc/hosts',
  ])('is set by no word of the shell: %s', (command) => {
    expect(judge(command).decision).toBe('deny');
    expect(judge(command, 'operator').decision).toBe('deny');
  });
  it.each([
    'for x in a b; do echo $x; done',
    'read x < /tmp/f; ls $x',
    'read -a x < /tmp/f; ls',
    'unset x; ls',
    'declare x; ls',
    'cat ~/notes',
    'cat $HOME/notes',
  ])('is not one with another name: %s', (command) => expect(judge(command).decision).toBe('allow'));
});

describe('what find and xargs fill in', () => {
  it.each([
    'find /etc -name "*.conf" -exec grep -l listen {} + | head',
    "find /var/log -name '*.log' -exec tail -n 5 {} \\;",
    'find /etc -name "*.conf" | xargs grep -l listen',
    'find /etc -name "*.conf" -print0 | xargs -0 -I% head -n 1 %',
  ])('is asked about where it is read, for a person may approve it: %s', (command) => {
    expect(judge(command)).toMatchObject({ decision: 'ask', canonical: undefined });
  });

  it.each(['ls /etc | xargs -I{} stat /etc/{}', 'find /etc -name hosts -exec ls -l {} +'])(
    'is let through where it is only looked at: %s',
    (command) => {
      expect(judge(command)).toMatchObject({ decision: 'allow', canonical: expect.any(String) });
    },
  );
});
