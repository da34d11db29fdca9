import { Failed, UsageError } from './exit-code.ts';
import { consentToHostKey, type Operator } from './host-key-consent.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';
import { trustAll, type TrustResult } from './trust-all.ts';
import { hostToTrust, untrustedHosts } from './trust-hosts.ts';

export interface ServerTrustOptions extends CommonOptions {
  readonly all?: boolean;
  readonly replace?: boolean;
  readonly acceptHostKey?: boolean;
  readonly yes?: boolean;
  readonly fingerprint?: string;
}

/** `server trust`: of one server, or of all in servers.json (and `SSH_DEFAULT_HOST`) whose host key is not known. */
export async function serverTrust(name: string | undefined, options: ServerTrustOptions): Promise<void> {
  requireSense(name, options);
  const screen = createScreen(options);
  const { config, log } = await openConfig(options);
  const isGiven = options.acceptHostKey === true || options.yes === true;
  const operator = { config, log, screen };
  const results =
    name === undefined
      ? await trustAll(await untrustedHosts(config, options), { isGiven }, operator)
      : [await trustOne(name, { ...options, acceptHostKey: isGiven }, operator)];
  const isDone = results.every(({ result }) => result === 'known' || result === 'trusted');
  const text = results.length === 0 ? ['Every server has a known host key'] : [];
  screen.show({ text, json: { success: isDone, servers: results } });
  if (!isDone) throw new Failed('Not every host key is trusted');
}

function requireSense(name: string | undefined, options: ServerTrustOptions): void {
  if ((name === undefined) !== (options.all === true)) throw new UsageError('Give the NAME of a server, or --all');
  const single = options.fingerprint === undefined ? undefined : '--fingerprint';
  const alone = single ?? (options.replace === true ? '--replace' : undefined);
  if (options.all === true && alone !== undefined) throw new UsageError(`${alone} goes with one NAME, not with --all`);
}

async function trustOne(name: string, options: ServerTrustOptions, operator: Operator): Promise<TrustResult> {
  const host = await hostToTrust(name, operator, options);
  const { kind, fingerprint } = await consentToHostKey(host, options, operator);
  operator.screen.say(`${kind === 'declined' ? '✗' : '✓'} ${host.id}: ${fingerprint} ${kind}`);
  return { server: host.id, result: kind, fingerprint };
}
