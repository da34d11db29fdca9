import type { EndCause } from '../base/ended-early.ts';
import type { Caller } from '../identity/caller.ts';
import type { Action } from '../policy/action.ts';

/** A call that is let in and has not been answered. */
export interface CallUnderWay {
  readonly id: string;
  readonly tool: string;
  readonly caller: Caller;
  /** As its tool declares them: what they say of commands is not redacted. */
  readonly actions: readonly Action[];
  readonly since: Date;
  /** Ends it with everything that it started; its answer says why. */
  readonly end: (cause: EndCause) => void;
}

/** The calls that this process is working on, for those who look on and may end them. */
export class CallsUnderWay {
  readonly #calls = new Set<CallUnderWay>();

  /** Until it is disposed. */
  add(call: CallUnderWay): Disposable {
    this.#calls.add(call);
    return { [Symbol.dispose]: () => void this.#calls.delete(call) };
  }

  /** The oldest first. */
  all(): readonly CallUnderWay[] {
    return [...this.#calls];
  }

  /** Ends those that are meant, and gives them. Does not wait until they have ended. */
  end(isMeant: (call: CallUnderWay) => boolean, cause: EndCause): readonly CallUnderWay[] {
    const meant = this.all().filter(isMeant);
    for (const call of meant) call.end(cause);
    return meant;
  }
}
