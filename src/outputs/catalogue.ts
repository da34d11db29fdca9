import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isOutputId, readFacts, type OutputFacts } from './output-file.ts';

export interface KeptOutput extends OutputFacts {
  readonly id: string;
  /** Milliseconds since the epoch, when the command had ended. */
  readonly at: number;
}

/** What is kept in a directory. The facts of an output never change: they are read once, however often we are asked. */
export class Catalogue {
  readonly #directory: string;
  readonly #known = new Map<string, KeptOutput>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Every complete output, whichever process made it. */
  async all(): Promise<readonly KeptOutput[]> {
    const found = await readdir(this.#directory, { withFileTypes: true });
    const ids = new Set(found.filter((entry) => entry.isDirectory() && isOutputId(entry.name)).map(({ name }) => name));
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id);
    for (const id of ids) {
      if (this.#known.has(id)) continue;
      const facts = await readFacts(join(this.#directory, id));
      if (facts) this.#known.set(id, { id, ...facts });
    }
    return [...this.#known.values()];
  }
}
