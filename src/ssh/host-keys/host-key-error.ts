import { GatewayError } from '../../base/errors.ts';
import { neutraliseLine } from '../../base/untrusted-text.ts';
import { isAdHoc, type Host } from '../../hosts/host.ts';
import type { HostKeyVerdict, KeyPlace, KnownHostKey } from './host-keys.ts';
import { fingerprint, type PublicKey } from './public-key.ts';

type Refusal = Exclude<HostKeyVerdict, { kind: 'trusted' }>;

/** Why the host was refused, what disagrees with what, and what an operator can do about it. Nothing was sent to it. */
export function hostKeyError(host: Host, refusal: Refusal): GatewayError {
  switch (refusal.kind) {
    case 'unknown':
      return refused({ code: 'host_key_unknown', host, key: refusal.key, known: refusal.others }, [
        `The host key of ${host.id} is not known, so nothing was sent there. It presented ${shown(refusal.key)}.`,
        refusal.others.length > 0 ? `Known for it are keys of other types: ${listed(refusal.others)}.` : '',
        compareFirst(refusal.key, afterwards(host, '')),
      ]);
    case 'authority_only':
      return refused({ code: 'host_key_unknown', host, key: refusal.key, known: refusal.authorities }, [
        `${host.id} is known only by a certificate authority (${listed(refusal.authorities)}), and host certificates are not supported yet.`,
        `It presented ${shown(refusal.key)}; nothing was sent there.`,
        compareFirst(refusal.key, afterwards(host, '')),
      ]);
    case 'mismatch':
      return refused({ code: 'host_key_mismatch', host, key: refusal.key, known: refusal.known }, [
        `The host key of ${host.id} is not the one we know: somebody may be in between, or the host was set up anew. Nothing was sent there.`,
        `It presented ${shown(refusal.key)}; known is ${listed(refusal.known)}.`,
        `An operator must find out why. Only if the change is genuine: ${afterwards(host, ' --replace')}.`,
      ]);
    case 'revoked':
      return refused({ code: 'host_key_mismatch', host, key: refusal.key, known: [refusal.known] }, [
        `The host key of ${host.id}, ${shown(refusal.key)}, is revoked in ${describe(refusal.known.place)}. Nothing was sent there.`,
        'Whoever holds a revoked key may pose as the host. An operator must give the host a new key.',
      ]);
    case 'unreadable':
      return new GatewayError(
        'host_key_unknown',
        `${host.id} presented something that is not a host key of a type we asked for, so nothing was sent there. An operator must look at its SSH server.`,
        { details: { host: host.id } },
      );
  }
}

interface Facts {
  readonly code: 'host_key_unknown' | 'host_key_mismatch';
  readonly host: Host;
  /** What the host presented, and what it was compared with. */
  readonly key: PublicKey;
  readonly known: readonly KnownHostKey[];
}

function refused({ code, host, key, known }: Facts, sentences: readonly string[]): GatewayError {
  const details = {
    host: host.id,
    algorithm: key.type,
    fingerprint: fingerprint(key),
    known: known.map((other) => ({
      algorithm: other.key.type,
      fingerprint: fingerprint(other.key),
      place: describe(other.place),
    })),
  };
  return new GatewayError(code, sentences.filter(Boolean).join(' '), { details });
}

function compareFirst(key: PublicKey, next: string): string {
  const name = key.type.replace(/^ssh-|^ecdsa-.*/, (prefix) => (prefix === 'ssh-' ? '' : 'ecdsa'));
  return `An operator compares that with ssh-keygen -lf /etc/ssh/ssh_host_${name}_key.pub on the host itself, then: ${next}.`;
}

/** A pinned key is in the hands of the configuration; `server trust` writes to `known_hosts`, which it replaces. */
function afterwards(host: Host, option: '' | ' --replace'): string {
  if (host.pinnedHostKeys.length > 0) return `put the new key into host_key of ${host.id}`;
  // It is in no configuration, so there is no name to trust.
  if (isAdHoc(host.id)) return `put the key into ${host.knownHostsFiles[0] ?? 'known_hosts'}`;
  return `sallyport server trust ${quoted(host.id)}${option}`;
}

/** As one word of a shell, for people paste what they are told. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function listed(known: readonly KnownHostKey[]): string {
  const most = 4;
  const first = known.slice(0, most).map(({ key, place }) => `${shown(key)} in ${describe(place)}`);
  return [...first, ...(known.length > most ? [`${known.length - most} more`] : [])].join(', ');
}

function shown(key: PublicKey): string {
  return `${key.type} ${fingerprint(key)}`;
}

function describe(place: KeyPlace): string {
  switch (place.kind) {
    case 'file':
      return `${neutraliseLine(place.path)}:${place.line}`;
    case 'pinned':
      return 'host_key of the configuration';
  }
}
