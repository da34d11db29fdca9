import type { ChainedRecord } from './chain.ts';

/** Counts calls without an outcome while records stream by; keeps only those whose other half has not come yet. */
export class OpenCalls {
  readonly #open = new Set<string>();
  /** Outcomes that came before their intent: written by a later chain, which is read first, for a call that was lost. */
  readonly #settled = new Set<string>();

  note({ kind, callId }: Pick<ChainedRecord, 'kind' | 'callId'>): void {
    if (callId === null) return;
    if (kind === 'intent' || kind === 'probe') {
      if (!this.#settled.has(callId)) this.#open.add(callId);
    } else if (!this.#open.delete(callId) && kind === 'outcome') {
      this.#settled.add(callId);
    }
  }

  count(): number {
    return this.#open.size;
  }
}
