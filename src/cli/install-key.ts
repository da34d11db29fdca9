import { GatewayError } from '../base/errors.ts';
import { neutralise } from '../base/untrusted-text.ts';
import type { OperatorGateway } from './operator-gateway.ts';

/** Nothing in here means anything to a shell, inside quotes or out. */
const harmlessLine = /^[a-z][\w@.-]* [A-Za-z0-9+/]+={0,2} [\w@.+-]+$/;

/**
 * The command that adds a public key to `authorized_keys`, once: a line that has the key already, perhaps with
 * options of its own, is left as it is. One line and no inner single quotes, so that csh and fish hand it on to sh.
 */
export function installCommand(publicLine: string): string {
  if (!harmlessLine.test(publicLine)) throw new Error('not a public key line that is safe in a command');
  const [algorithm, blob] = publicLine.split(' ');
  const script = [
    'umask 077',
    'd=$HOME/.ssh',
    'f=$d/authorized_keys',
    `k="${publicLine}"`,
    'mkdir -p "$d" && chmod 700 "$d" && touch "$f" && chmod 600 "$f" || exit 1',
    `if grep -q "^[^#]*${algorithm} ${blob}" "$f"; then exit 0; fi`,
    // One write each, so that another program's line is never split: first the newline that a last line may lack.
    'if [ -s "$f" ] && [ "$(tail -c 1 "$f" | wc -l)" -eq 0 ]; then k=$(printf "\\n%s" "$k"); fi',
    'printf "%s\\n" "$k" >> "$f" || exit 1',
    'if command -v restorecon >/dev/null 2>&1; then restorecon -F "$d" "$f" >/dev/null 2>&1 || true; fi',
  ].join('; ');
  return `exec sh -c '${script}'`;
}

/** Adds the key for the user whom the gateway logs in as. */
export async function installKey(gateway: OperatorGateway, server: string, publicLine: string): Promise<void> {
  const command = installCommand(publicLine);
  const { exit_code: status, stderr } = await gateway.call('execute_command', { server, command, timeout: 30 });
  if (status === 0) return;
  const said = neutralise(String(stderr)).trim();
  throw new GatewayError('host_permission_denied', `The key could not be added on ${server}: ${said}`);
}
