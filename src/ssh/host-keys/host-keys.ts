import { GatewayError } from '../../base/errors.ts';
import type { Host } from '../../hosts/host.ts';
import { hostKeyError } from './host-key-error.ts';
import { lookupName, type Marker } from './known-hosts.ts';
import { readKnownHosts } from './known-hosts-file.ts';
import { isSameKey, parseKeyText, parsePublicKey, signatureAlgorithms, type PublicKey } from './public-key.ts';

/** Where we know a key from. Lines are counted from one. */
export type KeyPlace =
  | { readonly kind: 'file'; readonly path: string; readonly line: number }
  | { readonly kind: 'pinned' };

export interface KnownHostKey {
  readonly key: PublicKey;
  readonly marker: Marker;
  readonly place: KeyPlace;
}

export type HostKeyVerdict =
  | { readonly kind: 'trusted'; readonly known: KnownHostKey }
  /** Nothing is known, or only keys of other types. */
  | { readonly kind: 'unknown'; readonly key: PublicKey; readonly others: readonly KnownHostKey[] }
  /** Another key of the same type is known. */
  | { readonly kind: 'mismatch'; readonly key: PublicKey; readonly known: readonly KnownHostKey[] }
  | { readonly kind: 'revoked'; readonly key: PublicKey; readonly known: KnownHostKey }
  /** Only a certificate authority is known, and the host showed a plain key. */
  | { readonly kind: 'authority_only'; readonly key: PublicKey; readonly authorities: readonly KnownHostKey[] }
  /** Not a host key of a type we offered. */
  | { readonly kind: 'unreadable' };

/** Throws `host_key_unknown` or `host_key_mismatch` unless the key that the host presented is trusted. */
export function verifyHostKey(host: Host, blob: Buffer): void {
  const verdict = judgeHostKey(host, blob);
  if (verdict.kind !== 'trusted') throw hostKeyError(host, verdict);
}

export function judgeHostKey(host: Host, blob: Buffer): HostKeyVerdict {
  const key = parsePublicKey(blob);
  if (key === undefined) return { kind: 'unreadable' };
  const verdict = judge(key, keysOf(host, nameOf(host)));
  const withoutPort = nameWithoutPort(host);
  if (withoutPort === undefined || (verdict.kind !== 'unknown' && verdict.kind !== 'authority_only')) return verdict;
  if (verdict.kind === 'unknown' && verdict.others.length > 0) return verdict;
  // As ssh does where nothing is known for [address]:port: the plain name may vouch for a key, but not disagree. That
  // it may revoke one is ours.
  const fallback = judge(key, keysOf(host, withoutPort));
  return fallback.kind === 'trusted' || fallback.kind === 'revoked' ? fallback : verdict;
}

/** The signature algorithms of the key types known for the host, to be offered first. */
export function knownAlgorithms(host: Host): readonly string[] {
  const own = keysOfHost(host);
  const withoutPort = nameWithoutPort(host);
  const known = own.length > 0 || withoutPort === undefined ? own : plainKeys(keysOf(host, withoutPort));
  return [...new Set(known.flatMap(({ key }) => signatureAlgorithms(key.type)))];
}

/** The name under which the host's key stands in `known_hosts`; an alias stands for itself, without a port. */
export function nameOf(host: Host): string {
  return host.hostKeyAlias === undefined ? lookupName(host.address, host.port) : lookupName(host.hostKeyAlias, 22);
}

/** Every key that is trusted for the host, without the markers' ones. */
export function keysOfHost(host: Host): readonly KnownHostKey[] {
  return plainKeys(keysOf(host, nameOf(host)));
}

function nameWithoutPort(host: Host): string | undefined {
  if (host.hostKeyAlias !== undefined || host.port === 22 || host.pinnedHostKeys.length > 0) return undefined;
  return lookupName(host.address, 22);
}

function keysOf(host: Host, name: string): readonly KnownHostKey[] {
  if (host.pinnedHostKeys.length > 0) return pinnedKeys(host);
  return host.knownHostsFiles.flatMap((path) =>
    readKnownHosts(path)
      .lookUp(name)
      .map(({ key, marker, line }) => ({ key, marker, place: { kind: 'file' as const, path, line } })),
  );
}

function pinnedKeys(host: Host): readonly KnownHostKey[] {
  return host.pinnedHostKeys.map((text) => {
    const [algorithm = '', base64 = ''] = text.trim().split(/[ \t]+/);
    const key = parseKeyText(algorithm, base64);
    if (key !== undefined) return { key, marker: 'none', place: { kind: 'pinned' } };
    const message = `host_key of ${host.id} is not a host key of the form "ssh-ed25519 AAAA...". Mend it in the configuration.`;
    throw new GatewayError('config_invalid', message);
  });
}

/** The order of check_hostkeys_by_key_or_type in hostfile.c, but that a key of another type is no mismatch. */
function judge(key: PublicKey, known: readonly KnownHostKey[]): HostKeyVerdict {
  const isIt = (other: KnownHostKey): boolean => isSameKey(key, other.key);
  const revoked = known.find((other) => other.marker === 'revoked' && isIt(other));
  if (revoked) return { kind: 'revoked', key, known: revoked };
  const plain = plainKeys(known);
  const trusted = plain.find(isIt);
  if (trusted) return { kind: 'trusted', known: trusted };
  const sameType = plain.filter((other) => other.key.type === key.type);
  if (sameType.length > 0) return { kind: 'mismatch', key, known: sameType };
  const authorities = known.filter(({ marker }) => marker === 'authority');
  if (plain.length === 0 && authorities.length > 0) return { kind: 'authority_only', key, authorities };
  return { kind: 'unknown', key, others: plain };
}

function plainKeys(known: readonly KnownHostKey[]): readonly KnownHostKey[] {
  return known.filter(({ marker }) => marker === 'none');
}
