import { constants } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import ssh2 from 'ssh2';
import type { Secret } from '../base/secret.ts';
import { generateEd25519 } from './openssh-key.ts';

const othersMask = 0o077;

/** The public half of a key, or in a few words why the key cannot be used. */
export type PublicHalf = { readonly line: string } | { readonly problem: string };

/**
 * Makes an Ed25519 key pair. The private key is mode 0600 from its first byte; an existing file is never overwritten.
 * Returns the line for `authorized_keys`.
 */
export async function createKeyPair(path: string, comment: string): Promise<string> {
  const { privateText, publicLine } = generateEd25519(comment);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using privateFile = await open(path, flags, 0o600);
  await privateFile.writeFile(privateText);
  await privateFile.sync();
  await using publicFile = await open(`${path}.pub`, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o644);
  await publicFile.writeFile(`${publicLine}\n`);
  return publicLine;
}

/** Reads the private key file as it would be read to log in. */
export async function publicHalf(path: string, comment: string, passphrase: Secret | undefined): Promise<PublicHalf> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return { problem: 'file not found' };
  if ((stats.mode & othersMask) !== 0) return { problem: `readable by others: chmod 600 ${path}` };
  const parsed = ssh2.utils.parseKey(await readFile(path), passphrase?.reveal());
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined) return { problem: 'not a private key' };
  if (key instanceof Error) {
    const isLocked = /passphrase|encrypted/i.test(key.message);
    return { problem: isLocked ? 'passphrase missing or wrong' : 'not a usable private key' };
  }
  if (!key.isPrivateKey()) return { problem: 'a public key, not a private one' };
  return { line: `${key.type} ${key.getPublicSSH().toString('base64')} ${comment}` };
}
