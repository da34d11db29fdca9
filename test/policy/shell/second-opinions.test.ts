import { parse } from 'sh-syntax';
import { describe, expect, it } from 'vitest';
import { readShell } from '../../../src/policy/shell/read-shell.ts';
import { isBashHere } from '../../fixtures/bash-oracle.ts';
import { programsMissed } from '../../fixtures/shell-fuzz.ts';
import { grammaticalTexts, tokenSoup, type ShellTexts } from '../../fixtures/shell-texts.ts';

const take = (source: ShellTexts, count: number): readonly string[] =>
  Array.from({ length: count }, () => source.next());

/** Work as people do it, in all the syntax that they use for it. */
const ordinary = [
  "ps aux --sort=-%mem | awk 'NR<=10 {print $2, $11}' | column -t",
  "journalctl -u nginx --since \"$(date -d '1 hour ago' '+%F %T')\" --no-pager | grep -ciE 'error|warn' || true",
  'for s in nginx php8.2-fpm; do printf \'%-12s %s\\n\' "$s" "$(systemctl is-active "$s")"; done',
  'while IFS=: read -r user _ uid _; do [ "$uid" -ge 1000 ] && echo "$user"; done < /etc/passwd',
  'if [[ -f /etc/os-release && ! -L /etc/localtime ]]; then . /etc/os-release; echo "$PRETTY_NAME"; fi',
  'cd /srv/app && git pull --ff-only && npm ci && npm run build && sudo systemctl reload app',
  'cat > /tmp/x.conf <<\'EOF\'\nserver { listen 80; location / { return 200 "$host"; } }\nEOF\nnginx -t -c /tmp/x.conf',
  "docker ps --format '{{.Names}}' | xargs -r -n1 docker inspect -f '{{.State.Status}}'",
  "find /var/log -name '*.gz' -mtime +30 -print0 | xargs -0 -r rm -f --",
  'tar czf - /srv/app 2>/dev/null | ssh backup "cat > /backup/app-$(date +%F).tgz"',
  'total=$(( $(nproc) * 2 )); echo "$total" | tee -a /tmp/n; (( total > 4 )) && echo many',
  'case "$(uname -m)" in x86_64|amd64) arch=amd64 ;; aarch64) arch=arm64 ;; *) echo unknown; exit 1 ;; esac',
  'diff <(sort a.txt) <(sort b.txt) >/dev/null 2>&1; echo $?',
  'set -euo pipefail\ncleanup() { rm -f "$tmp"; }\ntrap cleanup EXIT\ntmp=$(mktemp)\ncurl -fsS https://example.org/ -o "$tmp"',
  'files=(a.log b.log); for f in "${files[@]}"; do gzip -k "${f%.log}.log"; done; echo "${#files[@]} ${files[0]:-none}"',
  'awk -F: \'$3 >= 1000 {print $1}\' /etc/passwd | while read -r u; do sudo -u "$u" -n id; done',
  'until curl -sf localhost:8080/health; do sleep 1; done & wait $!',
  "python3 - <<'PY'\nimport json\nprint(json.dumps({'a': [1, 2]}))\nPY",
];

describe('what we read', () => {
  it.each(ordinary)('is what another parser takes for a script too: %s', async (text) => {
    expect(readShell(text).kind).toBe('units');
    await expect(parse(text)).resolves.toBeDefined();
  });

  it.skipIf(!isBashHere).each([
    { name: 'texts by the grammar', source: grammaticalTexts, count: 120, atLeast: 30 },
    { name: 'tokens in any order', source: tokenSoup, count: 400, atLeast: 8 },
  ])(
    'names every program that bash would start: $name',
    async ({ source, count, atLeast }) => {
      const { compared, escapes } = await programsMissed(take(source(20_261_121), count));
      expect(escapes).toEqual([]);
      expect(compared).toBeGreaterThan(atLeast);
    },
    60_000,
  );
});
