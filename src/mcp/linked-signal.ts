/**
 * A signal that aborts with the first of several. Unlike `AbortSignal.any` it lets go of them when disposed, so that a
 * signal as old as the process does not gather one listener per call.
 */
export class LinkedSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #reasonOf: (reason: unknown) => unknown;
  readonly #abort = (event: Event): void => {
    if (event.target instanceof AbortSignal) this.#end(event.target);
  };

  constructor(sources: readonly AbortSignal[], reasonOf: (reason: unknown) => unknown) {
    this.#sources = sources;
    this.#reasonOf = reasonOf;
    for (const source of sources) {
      if (source.aborted) this.#end(source);
      else source.addEventListener('abort', this.#abort, { once: true });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #end({ reason }: AbortSignal): void {
    this.#controller.abort(this.#reasonOf(reason));
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.#abort);
  }
}
