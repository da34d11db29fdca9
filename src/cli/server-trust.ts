import { GatewayError } from '../base/errors.ts';
import type { Config } from '../config/load.ts';
import type { Host } from '../hosts/host.ts';
import { Failed, UsageError } from './exit-code.ts';
import { consentToHostKey } from './host-key-consent.ts';
import { openConfig, type CommonOptions } from './open-config.ts';
import { createScreen } from './screen.ts';
import { hostNamed, isKeyKnown, loadServers } from './servers-of.ts';

export interface ServerTrustOptions extends CommonOptions {
  readonly all?: boolean;
  readonly replace?: boolean;
  readonly acceptHostKey?: boolean;
  readonly fingerprint?: string;
}

export async function serverTrust(name: string | undefined, options: ServerTrustOptions): Promise<void> {
  const screen = createScreen(options);
  const { config } = await openConfig(options);
  if ((name === undefined) !== (options.all === true)) throw new UsageError('Give the NAME of a server, or --all');
  if (options.all === true && options.fingerprint !== undefined) {
    throw new UsageError('--fingerprint goes with one NAME, not with --all');
  }
  const hosts = name === undefined ? await untrustedHosts(config) : [await hostNamed(config, name)];
  const results: { readonly server: string; readonly result: string; readonly fingerprint?: string }[] = [];
  for (const host of hosts) {
    try {
      const { kind, fingerprint } = await consentToHostKey(host, options, { config, screen });
      screen.say(`${kind === 'declined' ? '✗' : '✓'} ${host.id}: ${fingerprint} ${kind}`);
      results.push({ server: host.id, result: kind, fingerprint });
    } catch (error) {
      // One that is down must not keep the others from being trusted.
      if (!(error instanceof GatewayError) || options.all !== true) throw error;
      screen.say(`✗ ${host.id}: ${error.message}`);
      results.push({ server: host.id, result: error.code });
    }
  }
  const isDone = results.every(({ result }) => result === 'known' || result === 'trusted');
  const text = hosts.length === 0 ? ['Every server has a known host key'] : [];
  screen.show({ text, json: { success: isDone, servers: results } });
  if (!isDone) throw new Failed('Not every host key is trusted');
}

async function untrustedHosts(config: Config): Promise<readonly Host[]> {
  const { hosts } = await loadServers(config);
  return [...hosts.values()].filter((host) => host.enabled && !isKeyKnown(host));
}
