import { GatewayError } from '../../base/errors.ts';
import type { Host } from '../../hosts/host.ts';
import { hostKeyError } from './host-key-error.ts';
import { judgeHostKey, keysOfHost, nameOf, type KnownHostKey } from './host-keys.ts';
import { addKnownKey, replaceKnownKeys, type KnownHostsEntry } from './known-hosts-edit.ts';
import { parsePublicKey } from './public-key.ts';

export interface ReplacedHostKeys {
  /** Lines that held other keys of the host. */
  readonly removed: number;
  /** Other keys that are trusted still, out of files that are not ours to write. */
  readonly elsewhere: readonly KnownHostKey[];
}

/** Stores a key that an operator has compared. Refuses one that contradicts a known key, or is revoked. */
export async function trustHostKey(host: Host, blob: Buffer): Promise<'added' | 'present'> {
  const verdict = judgeHostKey(host, blob);
  switch (verdict.kind) {
    case 'trusted':
      return 'present';
    case 'unknown':
    case 'authority_only':
      return addKnownKey(entryFor(host, blob));
    case 'mismatch':
    case 'revoked':
    case 'unreadable':
      throw hostKeyError(host, verdict);
  }
}

/** Stores a key that an operator has compared, in place of every other key of the host. Refuses a revoked one. */
export async function replaceHostKeys(host: Host, blob: Buffer): Promise<ReplacedHostKeys> {
  const verdict = judgeHostKey(host, blob);
  switch (verdict.kind) {
    case 'trusted':
    case 'unknown':
    case 'authority_only':
    case 'mismatch': {
      const entry = entryFor(host, blob);
      const { removed } = await replaceKnownKeys(entry);
      return { removed, elsewhere: keysOfHost(host).filter(({ key }) => !key.blob.equals(entry.key.blob)) };
    }
    case 'revoked':
    case 'unreadable':
      throw hostKeyError(host, verdict);
  }
}

function entryFor(host: Host, blob: Buffer): KnownHostsEntry {
  const key = parsePublicKey(blob);
  const [path] = host.knownHostsFiles;
  if (host.pinnedHostKeys.length > 0) {
    const message = `The keys of ${host.id} are pinned by host_key in the configuration. Put the new key there.`;
    throw new GatewayError('config_invalid', message);
  }
  if (key === undefined || path === undefined) throw new Error(`no place for a host key of ${host.id}`);
  return { path, name: nameOf(host), key };
}
