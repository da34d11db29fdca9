import { describe, expect, it } from 'vitest';
import { Policy } from '../../src/policy/policy.ts';
import { catastropheIn } from '../../src/policy/catastrophes.ts';
import { readingOf } from '../../src/policy/readings.ts';
import type { Decision } from '../../src/policy/evaluate.ts';
import type { Host } from '../../src/hosts/host.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const host = hostId('web-1');
const policy = new Policy(anInventory([{ id: host, enabled: true } as Host]));
const decide = (command: string, profile: 'standard' | 'admin' = 'standard'): Decision =>
  policy.evaluate(aCaller({ profile }), [{ kind: 'run_command', host, command }]).decision;

describe('a command that stands in the code of another language', () => {
  it.each([
    `awk 'BEGIN{system("rm -rf /")}'`,
    `gawk 'BEGIN { "rm -rf /" | getline x }'`,
    `awk 'BEGIN{print 1 | "dd of=/dev/sda"}' x`,
    `sed '1e rm -rf /' x`,
    `sed -n '$e rm -rf /' x`,
    `vim -c ':!rm -rf /' -c q`,
    `vim -es '+!rm -rf /' +q`,
    `ex -sc '!rm -rf /|q' x`,
    `ed x <<< '!rm -rf /'`,
    `perl -e 'system("rm -rf /")'`,
    `perl -e 'system("rm", "-rf", "/")'`,
    `perl -e 'system qw(rm -rf /)'`,
    `perl -e 'qx{rm -rf /}'`,
    `perl -e 'exec q[rm -rf /]'`,
    `perl -e 'print qx/rm -rf ~/'`,
    `ruby -e '\`rm -rf /\`'`,
    `ruby -e '%x(rm -rf /)'`,
    `python3 -c 'import os; os.system("rm -rf /")'`,
    `python3 -c "import os; os.system('rm -rf /')"`,
    `python3 -c 'import os; os.system("rm -rf \\"/\\"")'`,
    `python3 -c 'import subprocess; subprocess.run(["rm", "-rf", "/"])'`,
    `python3 -c 'import shutil; shutil.rmtree("/")'`,
    `python3 -c 'import os; os.system("cd / && rm -rf *")'`,
    `python3 -c 'import os; os.system("sudo rm -rf /etc")'`,
    `python3 -c 'import os; os.system("kill -9 -1")'`,
    `python3 - <<'E'\nimport os\nos.system("mkfs.ext4 /dev/sda1")\nE`,
    `sudo python3 -c 'import os; os.system("rm -rf /")'`,
    `node -e 'require("child_process").execSync("rm -rf /")'`,
    `node -e "require('fs').rmSync('/', { recursive: true })"`,
    `php -r 'shell_exec("rm -rf /");'`,
    `lua -e 'os.execute("rm -rf /")'`,
    `tclsh <<< 'exec rm -rf /'`,
    `expect -c 'spawn rm -rf /'`,
    String.raw`psql -c '\! rm -rf /'`,
    `mysql -e 'system rm -rf /'`,
    `sqlite3 x.db '.shell rm -rf /'`,
  ])('is refused for everybody where nobody may approve it: %s', (command) => {
    expect(catastropheIn(readingOf(command))).toMatch(/has it in its code\. /);
    expect(decide(command)).toBe('deny');
    expect(decide(command, 'admin')).toBe('deny');
  });

  it.each([
    `python3 -c 'import os; os.system("rm -rf /opt/app/old")'`,
    `python3 -c 'import shutil; shutil.rmtree("/opt/app/old")'`,
    `perl -e 'system("systemctl stop sshd")'`,
    `ruby -e 'system "userdel -r ann"'`,
    `awk '{ system("find /opt/app -delete") }' x`,
  ])('is a reason to ask where it would be one by itself: %s', (command) => {
    expect(catastropheIn(readingOf(command))).toBeUndefined();
    expect(decide(command)).toBe('ask');
    expect(decide(command, 'admin')).toBe('allow');
  });

  it.each([
    `python3 -c 'print("hello")'`,
    `python3 -c 'print("never type rm -rf /")'`,
    `python3 -c 'import os; os.system("uptime")'`,
    `awk -F: '{print $1}' /etc/passwd`,
    `awk '/rm -rf/ { n++ } END { print n }' x.log`,
    `sed -n '/rm -rf \\//p' x.log`,
    `sed 's/one/two/' x`,
    `perl -ne 'print if /rm -rf/' x.log`,
    `grep 'rm -rf /' x.log`,
    `echo "rm -rf /"`,
    `node -e 'console.log("find x")'`,
    `psql -c 'select 1'`,
  ])('is not what only looks like one: %s', (command) => {
    expect(catastropheIn(readingOf(command))).toBeUndefined();
    expect(decide(command)).toBe('allow');
  });

  it('is asked about where there are more of them than can be looked at', () => {
    const many = (count: number): string =>
      `python3 -c '${Array.from({ length: count }, (_, n) => `run("ls ${n}")`).join('; ')}'`;
    expect(decide(many(32))).toBe('allow');
    expect(decide(many(33))).toBe('ask');
  });

  it('is looked for quickly, whatever the code', () => {
    const texts = [
      `'"`.repeat(8_000),
      '"rm '.repeat(4_000),
      '!'.repeat(16_000),
      'q('.repeat(8_000),
      'e '.repeat(8_000),
    ];
    for (const text of texts) {
      const begun = performance.now();
      decide(`python3 -c '${text.replaceAll("'", '')}'`);
      expect(performance.now() - begun).toBeLessThan(500);
    }
  });
});

describe('what is given to a connection', () => {
  it.each<[string, Decision]>([
    [`socat TCP:x:1 SYSTEM:'rm -rf /'`, 'deny'],
    [`socat TCP:x:1,retry=1 'EXEC:"rm -rf /",pty'`, 'deny'],
    [`socat - exec:'rm -rf /opt/app/old'`, 'ask'],
    ['socat TCP-LISTEN:1,fork EXEC:/bin/bash,pty,stderr', 'ask'],
    ['socat TCP:x:1 EXEC:"bash -li"', 'ask'],
    ['socat "TCP:x:1!!EXEC:id" -', 'ask'],
    ['socat TCP:x:1 EXEC:date', 'allow'],
    ['socat TCP-LISTEN:8080,fork TCP:10.0.0.1:80', 'allow'],
    ['nc -lvp 4444 -e /bin/bash', 'ask'],
    ['ncat --exec sh x 1', 'ask'],
    [`ncat --sh-exec 'rm -rf /' x 1`, 'deny'],
    ['nc -e date x 1', 'allow'],
    ['nc -z x 80', 'allow'],
  ])('by %s: %s', (command, decision) => {
    expect(decide(command)).toBe(decision);
  });
});

describe('other ways to what is secret', () => {
  it.each([
    'ln /etc/shadow /tmp/x',
    'ln -s /etc/shadow /tmp/x',
    'link /etc/shadow /tmp/x',
    'cat /proc/self/root/etc/shadow',
    'cat /proc/1/root/etc/hosts',
    'cat /proc/1/task/1/cwd/x',
    'curl file:///etc/shadow',
    'curl file://localhost/etc/shadow',
    'curl -s --url FILE:/etc/shadow',
  ])('are asked about: %s', (command) => {
    expect(decide(command)).toBe('ask');
  });

  it.each(['curl file:///etc/hosts', 'ls -l /proc/1/root', 'ln -s /srv/app/releases/2 /srv/app/current'])(
    'are not %s',
    (command) => {
      expect(decide(command)).toBe('allow');
    },
  );
});
