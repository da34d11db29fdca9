import { GatewayError } from '../base/errors.ts';
import type { Config } from '../config/load.ts';
import type { Host } from '../hosts/host.ts';
import { fetchHostKey } from '../ssh/host-key-scan.ts';
import { judgeHostKey, keysOfHost } from '../ssh/host-keys.ts';
import { fingerprint, parsePublicKey, type PublicKey } from '../ssh/public-key.ts';
import { replaceHostKeys, trustHostKey } from '../ssh/trust-host-key.ts';
import { askToConfirm } from './ask.ts';
import { makePrivateDirectory } from './open-config.ts';
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

/**
 * Fetches the key that a host shows, has a person compare it, and stores it. No credential is sent.
 *
 * The answer is taken from a flag, or at a terminal; without either it is a usage error.
 */
export async function consentToHostKey(
  host: Host,
  options: HostKeyOptions,
  { config, screen }: { readonly config: Config; readonly screen: Screen },
): Promise<HostKeyOutcome> {
  if (host.route.kind !== 'direct') return knownOrRefused(host);
  const blob = await shownKey(host, config);
  const key = parsePublicKey(blob);
  if (key === undefined)
    throw new GatewayError('host_key_unknown', `${host.id} shows no host key that we could check.`);
  const print = fingerprint(key);
  if (options.fingerprint !== undefined && options.fingerprint !== print)
    throw otherKey(host, key, options.fingerprint);
  const verdict = judgeHostKey(host, blob).kind;
  if (verdict === 'trusted') return { kind: 'known', fingerprint: print };
  const mayReplace = verdict === 'mismatch' && options.replace === true;
  if (verdict === 'unknown' || verdict === 'authority_only' || mayReplace) {
    screen.say(`${host.id} (${host.address} port ${host.port}) shows the host key ${key.type} ${print}`);
    const isTrusted =
      options.fingerprint !== undefined ||
      (await askToConfirm(screen, {
        flag: '--accept-host-key or --host-key-fingerprint SHA256:…',
        message: 'Compare it with the one the machine itself gives. Trust it?',
        given: options.acceptHostKey,
        otherwise: 'refuse',
      }));
    if (!isTrusted) return { kind: 'declined', fingerprint: print };
  }
  await makePrivateDirectory(config.configDir);
  // Contradicted and revoked keys are refused here, with what to do about them.
  if (options.replace === true) await replaceHostKeys(host, blob);
  else await trustHostKey(host, blob);
  return { kind: 'trusted', fingerprint: print };
}

/** What is fetched from here could be the key of another machine, which has that address in this network. */
function knownOrRefused(host: Host): HostKeyOutcome {
  const [known] = keysOfHost(host);
  if (known !== undefined) return { kind: 'known', fingerprint: fingerprint(known.key) };
  const message = `${host.id} is not reached directly, so its key cannot be fetched from here. Read it on the machine (/etc/ssh/ssh_host_ed25519_key.pub) and put it in servers.json as host_key.`;
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
