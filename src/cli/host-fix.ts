import type { ErrorCode } from '../base/errors.ts';
import { shellWord } from '../base/shell-word.ts';
import type { Host } from '../hosts/host.ts';

/** What an operator does about a host that could not be used; undefined where the message says it. */
export function fixOf(code: string, { id, address, port }: Pick<Host, 'id' | 'address' | 'port'>): string | undefined {
  const name = shellWord(id);
  const fixes: Readonly<Record<string, string>> = {
    host_key_unknown: `sallyport server trust ${name}`,
    host_key_mismatch: `find out why; if it was set up anew: sallyport server trust ${name} --replace`,
    host_login_refused: `mend user and key in servers.json, or put a key on it: sallyport server add ${name} --replace`,
    host_unreachable: `see whether sshd answers: nc -vz ${shellWord(address)} ${port}; mend host and port in servers.json`,
    host_disabled: `sallyport server enable ${name}`,
  } satisfies Partial<Record<ErrorCode, string>>;
  return fixes[code];
}
