import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrorCode } from './error-code.ts';
import { GatewayError } from './errors.ts';
import { isOursAlone } from './file-modes.ts';

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** The first byte of everything sealed. */
const format = 1;

/**
 * Seals data with AES-256-GCM under a key in a file of mode 0600, which is made where there is none. What was sealed for
 * one purpose does not open for another, nor when a byte of it was changed.
 */
export class Sealing {
  readonly #keyFile: string;
  #key: Promise<Buffer> | undefined;

  constructor(keyFile: string) {
    this.#keyFile = keyFile;
  }

  async seal(purpose: string, data: Buffer): Promise<Buffer> {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, await this.#loadKey(), nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(purpose));
    const sealed = [cipher.update(data), cipher.final()];
    return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), ...sealed]);
  }

  /** Undefined where it is not what was sealed for this purpose. */
  async unseal(purpose: string, sealed: Buffer): Promise<Buffer | undefined> {
    const start = 1 + nonceBytes + tagBytes;
    if (sealed[0] !== format || sealed.length < start) return undefined;
    const nonce = sealed.subarray(1, 1 + nonceBytes);
    const decipher = createDecipheriv(algorithm, await this.#loadKey(), nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(purpose)).setAuthTag(sealed.subarray(1 + nonceBytes, start));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(start)), decipher.final()]);
    } catch {
      // The tag does not fit: another key, another purpose, or other data.
      return undefined;
    }
  }

  #loadKey(): Promise<Buffer> {
    this.#key ??= loadKey(this.#keyFile).catch((error: unknown) => {
      this.#key = undefined;
      throw error;
    });
    return this.#key;
  }
}

/** Makes the key where there is none. Of several processes that do so at once, one wins, and all have its key. */
async function loadKey(file: string): Promise<Buffer> {
  const known = await readKey(file);
  if (known) return known;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeNewFile(temporary, randomBytes(keyBytes));
  try {
    await link(temporary, file);
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await readKey(file);
  if (!made) throw new Error('the key file that was just made is gone');
  return made;
}

async function readKey(file: string): Promise<Buffer | undefined> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    const stats = await handle.stat();
    const key = await handle.readFile();
    if (isOursAlone(stats) && (stats.mode & 0o077) === 0 && key.length === keyBytes) return key;
    const message = `${file} is not a key of mode 0600 that is ours alone. Put it right, or remove it: what it has sealed is then lost.`;
    throw new GatewayError('config_invalid', message);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** For us alone, and on disk when it resolves. Rejects where the file exists. */
export async function writeNewFile(path: string, data: Buffer): Promise<void> {
  await using handle = await open(path, 'wx', 0o600);
  await handle.writeFile(data);
  await handle.sync();
}
