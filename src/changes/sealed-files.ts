import { chmod, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrorCode } from '../base/error-code.ts';
import { Sealing, writeNewFile } from '../base/sealing.ts';

/** A file without a record is the work of somebody who has not recorded it yet, or never will. */
const orphanMs = 3_600_000;

/** Files that only this gateway can read. A file put in the place of another, or changed, does not open. */
export class SealedFiles {
  readonly #directory: string;
  readonly #sealing: Sealing;

  constructor({ directory, keyFile }: { readonly directory: string; readonly keyFile: string }) {
    this.#directory = directory;
    this.#sealing = new Sealing(keyFile);
  }

  /** On disk when resolved. */
  async write(id: string, data: Buffer): Promise<number> {
    const sealed = await this.#sealing.seal(id, data);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await chmod(this.#directory, 0o700);
    try {
      await writeNewFile(join(this.#directory, id), sealed);
    } catch (error) {
      await rm(join(this.#directory, id), { force: true });
      throw error;
    }
    return sealed.length;
  }

  /** Undefined where there is no such file, or it is not what was written. */
  async read(id: string): Promise<Buffer | undefined> {
    try {
      return await this.#sealing.unseal(id, await readFile(join(this.#directory, id)));
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
}
