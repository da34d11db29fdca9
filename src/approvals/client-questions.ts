/** So often the person at a client is asked the same: who closes a question is not to be worn down by it. */
const maxTimes = 3;
const maxRemembered = 1_000;

/** Which questions people at clients are asked, or were. */
export class ClientQuestions {
  readonly #times = new Map<string, number>();
  readonly #open = new Set<string>();

  /** Held while the person is asked; undefined where he is being asked already, or was often enough. */
  begin(approvalId: string): Disposable | undefined {
    const times = this.#times.get(approvalId) ?? 0;
    if (times >= maxTimes || this.#open.has(approvalId)) return undefined;
    const [oldest] = this.#times.size >= maxRemembered ? this.#times.keys() : [];
    if (oldest !== undefined) this.#times.delete(oldest);
    this.#times.set(approvalId, times + 1);
    this.#open.add(approvalId);
    return { [Symbol.dispose]: () => void this.#open.delete(approvalId) };
  }
}
