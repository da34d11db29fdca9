import { statfs } from 'node:fs/promises';
import type { Log } from '../base/log.ts';

const scarceBytes = 64 * 1024 * 1024;
/** Anybody may ask, as often as he likes: what is looked at is looked at once in so long. */
const lookEveryMs = 2_000;
const answerWithinMs = 1_000;

export interface HealthParts {
  readonly dataDir: string;
  /** Rejects where the store of approvals, jobs and the like cannot be read. */
  readonly readStore: () => Promise<unknown>;
  /** What each part says of itself, in words that name no host and no path. */
  readonly said: () => readonly (string | undefined)[];
  readonly log: Log;
}

/** What does not work as it should, and keeps no call from being served. */
export class Health {
  readonly #parts: HealthParts;
  #lookedAt = -Infinity;
  #looked: Promise<readonly string[]> = Promise.resolve([]);

  constructor(parts: HealthParts) {
    this.#parts = parts;
  }

  async warnings(): Promise<readonly string[]> {
    if (performance.now() - this.#lookedAt >= lookEveryMs) {
      this.#lookedAt = performance.now();
      this.#looked = this.#look();
    }
    const said = this.#parts.said().filter((one) => one !== undefined);
    return [...said, ...(await this.#looked)];
  }

  async #look(): Promise<readonly string[]> {
    const looks = [
      this.#asked('state.db cannot be read: jobs and approvals fail', () => this.#parts.readStore()),
      this.#asked('less than 64 MB are free in DATA_DIR: once it is full, nothing runs', async () => {
        const { bavail, bsize } = await statfs(this.#parts.dataDir);
        if (bavail * bsize < scarceBytes) throw new Error(`${bavail * bsize} bytes are free`);
      }),
    ];
    return (await Promise.all(looks)).filter((warning) => warning !== undefined);
  }

  /** The warning where that fails, or takes too long: a disk that hangs must not hold whoever asks. */
  async #asked(warning: string, look: () => Promise<unknown>): Promise<string | undefined> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('no answer in time')), answerWithinMs).unref();
    try {
      await Promise.race([look(), late]);
      return undefined;
    } catch (error) {
      this.#parts.log.warn({ err: error }, warning);
      return warning;
    } finally {
      clearTimeout(timer);
    }
  }
}
