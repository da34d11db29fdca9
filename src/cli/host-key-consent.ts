import { GatewayError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/load.ts';
import type { Host } from '../hosts/host.ts';
import { fetchHostKey } from '../ssh/host-keys/host-key-scan.ts';
import { judgeHostKey, keysOfHost } from '../ssh/host-keys/host-keys.ts';
import { fingerprint, parsePublicKey, type PublicKey } from '../ssh/host-keys/public-key.ts';
import { replaceHostKeys, trustHostKey } from '../ssh/host-keys/trust-host-key.ts';
import { askToConfirm } from './ask.ts';
import { recorded } from './recorded.ts';
import type { Screen } from './screen.ts';

export interface HostKeyOptions {
  /** Trust whatever key is shown. */
  readonly acceptHostKey?: boolean | undefined;
  /** Trust only the key with this fingerprint, `SHA256:…`. */
  readonly fingerprint?: string | undefined;
  /** Forget the keys known so far. */
  readonly replace?: boolean | undefined;
}

export type HostKeyOutcome = { readonly kind: 'known' | 'trusted' | 'declined'; readonly fingerprint: string };

/** The key that a host shows at this moment. `refused`: storing it will say why it is not trusted. */
export interface ShownKey {
  readonly host: Host;
  readonly blob: Buffer;
  readonly fingerprint: string;
  readonly standing: 'known' | 'new' | 'refused';
  /** For a person, with the fingerprint to compare. */
  readonly description: string;
}

export interface Operator {
  readonly config: Config;
  readonly log: Log;
  readonly screen: Screen;
}

/**
 * Fetches the key that a host shows, has a person compare it, and stores it. No credential is sent.
 *
 * The answer is taken from a flag, or at a terminal; without either it is a usage error.
 */
export async function consentToHostKey(
  host: Host,
  options: HostKeyOptions,
  operator: Operator,
): Promise<HostKeyOutcome> {
  if (host.route.kind !== 'direct') return knownOrRefused(host);
  const shown = await showHostKey(host, options, operator.config);
  const { fingerprint: print, standing } = shown;
  if (standing === 'known') return { kind: 'known', fingerprint: print };
  if (standing === 'new') {
    operator.screen.say(shown.description);
    const isTrusted =
      options.fingerprint !== undefined ||
      (await askToConfirm(operator.screen, {
        flag: '--accept-host-key or --host-key-fingerprint SHA256:…',
        message: 'Compare it with the one the machine itself gives. Trust it?',
        given: options.acceptHostKey,
        otherwise: 'refuse',
      }));
    if (!isTrusted) return { kind: 'declined', fingerprint: print };
  }
  await storeHostKey(shown, options, operator);
  return { kind: 'trusted', fingerprint: print };
}

/** Throws `host_key_mismatch` where it is not the expected one, and for a host that is not reached directly. */
export async function showHostKey(host: Host, options: HostKeyOptions, config: Config): Promise<ShownKey> {
  if (host.route.kind !== 'direct') knownOrRefused(host);
  const blob = await shownKey(host, config);
  const key = parsePublicKey(blob);
  if (key === undefined)
    throw new GatewayError('host_key_unknown', `${host.id} shows no host key that we could check.`);
  const print = fingerprint(key);
  if (options.fingerprint !== undefined && options.fingerprint !== print)
    throw otherKey(host, key, options.fingerprint);
  const verdict = judgeHostKey(host, blob).kind;
  const mayReplace = verdict === 'mismatch' && options.replace === true;
  const isNew = verdict === 'unknown' || verdict === 'authority_only' || mayReplace;
  const description = `${host.id} (${host.address} port ${host.port}) shows the host key ${key.type} ${print}`;
  if (verdict === 'trusted') return { host, blob, fingerprint: print, standing: 'known', description };
  return { host, blob, fingerprint: print, standing: isNew ? 'new' : 'refused', description };
}

/** Contradicted and revoked keys are refused here, with what to do about them. */
export async function storeHostKey(
  { host, blob, fingerprint: print }: ShownKey,
  { replace }: HostKeyOptions,
  { config, log }: Operator,
): Promise<void> {
  const { id: serverName, address, port } = host;
  const metadata = { operation: 'host_key_trusted', fingerprint: print, host: address, port };
  const change = { tool: 'server trust', eventType: 'ssh_connection', serverName, metadata } as const;
  await recorded(change, { config, log }, async () => {
    if (replace === true) await replaceHostKeys(host, blob);
    else await trustHostKey(host, blob);
  });
}

/** What is fetched from here could be the key of another machine, which has that address in this network. */
function knownOrRefused(host: Host): HostKeyOutcome {
  const [known] = keysOfHost(host);
  if (known !== undefined) return { kind: 'known', fingerprint: fingerprint(known.key) };
  const message =
    `${host.id} is not reached directly, so its key cannot be fetched from here. Read it on the machine ` +
    '(/etc/ssh/ssh_host_ed25519_key.pub) and put it in servers.json as host_key; a host of your own ~/.ssh/config ' +
    'needs one `ssh` to it, by hand.';
  throw new GatewayError('host_key_unknown', message);
}

async function shownKey(host: Host, config: Config): Promise<Buffer> {
  const timeout = AbortSignal.timeout(config.sshConnectionTimeout * 1000);
  try {
    return await fetchHostKey(host, timeout);
  } catch (cause) {
    if (!timeout.aborted) throw cause;
    const message = `${host.id} did not answer at ${host.address} port ${host.port} in ${config.sshConnectionTimeout} s.`;
    throw new GatewayError('host_unreachable', message, { cause });
  }
}

function otherKey(host: Host, key: PublicKey, expected: string): GatewayError {
  const message = `${host.id} shows ${key.type} ${fingerprint(key)}, not ${expected}. Nothing was stored or sent.`;
  return new GatewayError('host_key_mismatch', message);
}
