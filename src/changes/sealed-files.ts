import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, link, mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasErrorCode } from '../base/error-code.ts';
import { isOursAlone } from '../base/file-modes.ts';
import { GatewayError } from '../base/errors.ts';

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** The first byte of every sealed file. */
const format = 1;
/** A file without a record is the work of somebody who has not recorded it yet, or never will. */
const orphanMs = 3_600_000;

/**
 * Files that only this gateway can read: AES-256-GCM under a key in a file of mode 0600. A file put in the place of
 * another, or changed, does not open.
 */
export class SealedFiles {
  readonly #directory: string;
  readonly #keyFile: string;
  #key: Promise<Buffer> | undefined;

  constructor({ directory, keyFile }: { readonly directory: string; readonly keyFile: string }) {
    this.#directory = directory;
    this.#keyFile = keyFile;
  }

  /** On disk when resolved. */
  async write(id: string, data: Buffer): Promise<number> {
    const sealed = seal(await this.#loadKey(), id, data);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await chmod(this.#directory, 0o700);
    try {
      await writeNew(join(this.#directory, id), sealed);
    } catch (error) {
      await rm(join(this.#directory, id), { force: true });
      throw error;
    }
    return sealed.length;
  }

  /** Undefined where there is no such file, or it is not what was written. */
  async read(id: string): Promise<Buffer | undefined> {
    try {
      return unseal(await this.#loadKey(), id, await readFile(join(this.#directory, id)));
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.#directory, id), { force: true });
  }

  /** Removes what none of these ids stands for. */
  async removeAllBut(ids: ReadonlySet<string>): Promise<void> {
    const names = await readdir(this.#directory).catch((error: unknown) => {
      if (hasErrorCode(error, 'ENOENT')) return [];
      throw error;
    });
    for (const name of names.filter((one) => !ids.has(one))) {
      const { mtimeMs } = await stat(join(this.#directory, name));
      if (Date.now() - mtimeMs > orphanMs) await this.remove(name);
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

function seal(key: Buffer, id: string, data: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(id));
  const sealed = [cipher.update(data), cipher.final()];
  return Buffer.concat([Buffer.of(format), nonce, cipher.getAuthTag(), ...sealed]);
}

function unseal(key: Buffer, id: string, sealed: Buffer): Buffer | undefined {
  const start = 1 + nonceBytes + tagBytes;
  if (sealed[0] !== format || sealed.length < start) return undefined;
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(1, 1 + nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(id)).setAuthTag(sealed.subarray(1 + nonceBytes, start));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(start)), decipher.final()]);
  } catch {
    // The tag does not fit: another key, or another file.
    return undefined;
  }
}

/** Makes the key where there is none. Of several processes that do so at once, one wins, and all have its key. */
async function loadKey(file: string): Promise<Buffer> {
  const known = await readKey(file);
  if (known) return known;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeNew(temporary, randomBytes(keyBytes));
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

async function writeNew(path: string, data: Buffer): Promise<void> {
  await using handle = await open(path, 'wx', 0o600);
  await handle.writeFile(data);
  await handle.sync();
}
