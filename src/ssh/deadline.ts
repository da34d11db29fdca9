import { GatewayError } from '../base/errors.ts';

export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** Aborts when `signal` does, or with `error` once so much time has passed. Dispose it when it is no longer needed. */
export function deadline(signal: AbortSignal, ms: number, error: () => GatewayError): Deadline {
  const timeUp = new AbortController();
  const timer = setTimeout(() => timeUp.abort(error()), ms);
  return { signal: AbortSignal.any([signal, timeUp.signal]), [Symbol.dispose]: () => clearTimeout(timer) };
}

/** The signal, and where a time is given, its end. */
export function within(signal: AbortSignal, ms: number | undefined, what: string): Deadline {
  if (ms === undefined) return { signal, [Symbol.dispose]: () => undefined };
  const message = `${what} took longer than ${ms / 1000} s. Check the host, or give it more time.`;
  return deadline(signal, ms, () => new GatewayError('host_unreachable', message));
}

/** The promise, or the signal's reason if that comes first. The promise is not cancelled; what it gives goes to `late`. */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  late?: (value: T) => void,
): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason);
    // Whoever made the promise is told of its failure; here nobody waits any longer.
    if (late) promise.then(late, () => undefined);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
