import type { HostId } from '../hosts/host.ts';
import type { Action, PathActionKind } from './action.ts';

let issue: (actions: readonly Action[]) => Permit;

/**
 * Proof that given actions may run now.
 *
 * Made only by `issuePermit`, which only `policy/` calls, and dead once disposed: it covers one call, not the next.
 */
export class Permit implements Disposable {
  readonly #actions: readonly Action[];
  #ended = false;

  private constructor(actions: readonly Action[]) {
    this.#actions = Object.freeze([...actions]);
  }

  static {
    issue = (actions) => new Permit(actions);
  }

  covers(action: Action): boolean {
    return !this.#ended && this.#actions.some((granted) => sameAction(granted, action));
  }

  /** The resolved path that was judged for `path`, or undefined when this permit does not cover the access. */
  resolvedPath(kind: PathActionKind, host: HostId, path: string): string | undefined {
    if (this.#ended) return undefined;
    for (const granted of this.#actions) {
      if (granted.kind === kind && granted.host === host && granted.path === path) return granted.resolved;
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#ended = true;
  }
}

/** For `policy/` alone; a test keeps every other folder from importing it. */
export function issuePermit(actions: readonly Action[]): Permit {
  return issue(actions);
}

function sameAction(a: Action, b: Action): boolean {
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return left.length === right.size && left.every(([key, value]) => right.get(key) === value);
}
