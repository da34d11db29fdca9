import { lstat, mkdir, realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { GatewayError } from '../../base/errors.ts';

/** Others' rights to write. */
const othersWrite = 0o022;

/** The directory on the gateway that transfers may read and write, and nothing outside of it. */
export class TransferDirectory {
  readonly #path: string;

  constructor(path: string) {
    this.#path = resolve(path);
  }

  /**
   * The absolute path that a caller means: relative ones start in the directory. Refused is what lies outside of it, by
   * `..` or otherwise, and what leads through a symbolic link.
   */
  async resolve(path: string, use: 'source' | 'target'): Promise<{ readonly top: string; readonly path: string }> {
    const top = await this.#open();
    const inside = relative(this.#path, resolve(this.#path, path));
    if (path.includes('\0') || inside === '..' || inside.startsWith(`..${sep}`)) throw outside(path);
    const wanted = join(top, inside);
    const parent = wanted === top ? top : dirname(wanted);
    if (use === 'target') await makeWithin(top, parent);
    const stats = await lstat(wanted).catch(() => undefined);
    if (stats?.isSymbolicLink()) throw outside(path);
    const real = await realpath(parent).catch(() => undefined);
    if (real === undefined) {
      throw new GatewayError('path_not_found', `There is no ${path} in the gateway's directory for transfers.`);
    }
    if (real !== parent) throw outside(path);
    return { top, path: wanted };
  }

  /** Made, and kept to ourselves, at its first use. */
  async #open(): Promise<string> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 });
    const { mode } = await lstat(this.#path);
    if ((mode & othersWrite) === 0) return await realpath(this.#path);
    const message =
      'The directory for transfers may be written by others. An operator must take that right away: chmod 700.';
    throw new GatewayError('path_not_permitted', message);
  }
}

/** Directories down to this one, none of them through a link. */
async function makeWithin(top: string, directory: string): Promise<void> {
  const inside = relative(top, directory);
  let path = top;
  for (const name of inside === '' ? [] : inside.split(sep)) {
    path = join(path, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined) await mkdir(path, { mode: 0o700 });
    else if (!stats.isDirectory()) throw outside(path);
  }
}

function outside(path: string): GatewayError {
  const message = `${path} is not in the gateway's directory for transfers (TRANSFER_DIR), or leads out of it. Name a path in it.`;
  return new GatewayError('path_not_permitted', message);
}
