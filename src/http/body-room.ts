import type { PrincipalId } from '../identity/caller.ts';

export interface BodyRoomLimits {
  readonly perCallerBytes: number;
  readonly totalBytes: number;
}

/** A shorter body takes no room and is never refused: there are only so many connections. */
const freeBytes = 64 * 1024;

/** Room for one body, given back when disposed. */
export interface BodyPlace extends Disposable {
  /** Gives back what turned out not to be needed. */
  shrinkTo(bytes: number): void;
}

/**
 * The memory that the bodies of requests may fill, from the first byte until the request is answered. Without a bound,
 * one credential could have every connection hold the largest body there may be.
 */
export class BodyRoom {
  readonly #limits: BodyRoomLimits;
  readonly #taken = new Map<PrincipalId, number>();
  #total = 0;

  constructor(limits: BodyRoomLimits) {
    this.#limits = limits;
  }

  /** Undefined when there is no room. */
  take(caller: PrincipalId, bytes: number): BodyPlace | undefined {
    let held = costOf(bytes);
    if (held > 0 && !this.#hasRoom(caller, held)) return undefined;
    this.#add(caller, held);
    const shrinkTo = (less: number): void => {
      const kept = Math.min(held, costOf(less));
      this.#add(caller, kept - held);
      held = kept;
    };
    return { shrinkTo, [Symbol.dispose]: () => shrinkTo(0) };
  }

  #hasRoom(caller: PrincipalId, bytes: number): boolean {
    const { perCallerBytes, totalBytes } = this.#limits;
    return (this.#taken.get(caller) ?? 0) + bytes <= perCallerBytes && this.#total + bytes <= totalBytes;
  }

  #add(caller: PrincipalId, bytes: number): void {
    const taken = (this.#taken.get(caller) ?? 0) + bytes;
    if (taken === 0) this.#taken.delete(caller);
    else this.#taken.set(caller, taken);
    this.#total += bytes;
  }
}

function costOf(bytes: number): number {
  return bytes <= freeBytes ? 0 : bytes;
}
