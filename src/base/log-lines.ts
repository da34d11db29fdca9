import { RotatingFile, type RotatingFileOptions } from './rotating-file.ts';

export interface LogLinesOptions extends RotatingFileOptions {
  /** Told when lines cannot be written any more. */
  readonly onProblem: (error: unknown) => void;
}

/** Lines are written together, this long after the first of them. */
const delayMs = 20;
const retryMs = 1_000;
/** What may wait for a disk that is full or hangs; lines beyond that are dropped. */
const maxWaitingBytes = 4 * 1024 * 1024;

/** A log file that never delays and never fails whoever writes to it. */
export class LogLines implements AsyncDisposable {
  readonly #options: LogLinesOptions;
  readonly #file: RotatingFile;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;

  constructor(options: LogLinesOptions) {
    this.#options = options;
    this.#file = new RotatingFile(options);
  }

  /** `line` ends with a newline and holds no other. */
  append(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > maxWaitingBytes) {
      this.#failed(new Error('lines were dropped: more waited than may'));
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#timer ??= setTimeout(() => void this.#writeWaiting(), delayMs);
  }

  /** Whether lines cannot be written at this moment. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writeWaiting();
    clearTimeout(this.#timer);
  }

  #writeWaiting(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** What could not be written waits for the next time. */
  async #write(): Promise<void> {
    const lines = Buffer.concat(this.#waiting);
    const count = this.#waiting.length;
    if (count === 0) return;
    try {
      await this.#file.append(lines);
      this.#waiting = this.#waiting.slice(count);
      this.#waitingBytes -= lines.length;
      this.#isFailing = false;
    } catch (error) {
      this.#failed(error);
      this.#timer ??= setTimeout(() => void this.#writeWaiting(), retryMs).unref();
    }
  }

  #failed(error: unknown): void {
    if (!this.#isFailing) this.#options.onProblem(error);
    this.#isFailing = true;
  }
}
