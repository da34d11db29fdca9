/**
 * A signal that aborts with the first of several. Unlike `AbortSignal.any` it lets go of them when disposed, so that a
 * signal as old as the process does not gather one listener per call.
 */
export class LinkedSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #abort = (event: Event): void => {
    if (event.target instanceof AbortSignal) this.#controller.abort(event.target.reason);
  };

  constructor(sources: readonly AbortSignal[]) {
    this.#sources = sources;
    for (const source of sources) {
      if (source.aborted) this.#controller.abort(source.reason);
      else source.addEventListener('abort', this.#abort, { once: true });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#abort);
  }
}
