const width = 24;

/** One line at a terminal that is written over until it is cleared. */
export class ProgressBar {
  readonly #total: number;

  constructor(total: number) {
    this.#total = total;
  }

  show({ done, failed }: { readonly done: number; readonly failed: number }): void {
    const filled = Math.round((width * done) / Math.max(1, this.#total));
    const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
    process.stdout.write(`\r\u001B[K${bar} ${done} of ${this.#total}${failed > 0 ? `, ${failed} failed` : ''}`);
  }

  clear(): void {
    process.stdout.write('\r\u001B[K');
  }
}
