import { isDeepStrictEqual } from 'node:util';
import type { HostId } from '../hosts/host.ts';
import type { PrincipalId } from '../identity/caller.ts';
import type { Action, CommandAction, FileQuery, PathActionKind } from './action.ts';

let issue: (holder: PrincipalId, actions: readonly Action[]) => Permit;

/**
 * Proof that given actions may run now.
 *
 * Made only by `issuePermit`, which only `policy/` calls, and dead once disposed: it covers one call, not the next.
 */
export class Permit implements Disposable {
  /** Whose call it is for. */
  readonly holder: PrincipalId;
  readonly #actions: readonly Action[];
  #ended = false;

  private constructor(holder: PrincipalId, actions: readonly Action[]) {
    this.holder = holder;
    this.#actions = Object.freeze([...actions]);
  }

  static {
    issue = (holder, actions) => new Permit(holder, actions);
  }

  covers(action: Action): boolean {
    return !this.#ended && this.#actions.some((granted) => isDeepStrictEqual(granted, action));
  }

  /** The command as it was judged, with the form in which it must run; undefined where it is not covered. */
  commandFor(host: HostId, command: string): CommandAction | undefined {
    if (this.#ended) return undefined;
    return this.#actions.find(
      (action): action is CommandAction =>
        action.kind === 'run_command' && action.host === host && action.command === command,
    );
  }

  /** The resolved path that was judged for `path`, or undefined when this permit does not cover the access. */
  resolvedPath(kind: PathActionKind, host: HostId, path: string, query?: FileQuery): string | undefined {
    if (this.#ended) return undefined;
    for (const granted of this.#actions) {
      if (granted.kind !== kind || granted.host !== host || granted.path !== path) continue;
      if (isDeepStrictEqual(granted.query, query)) return granted.resolved;
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#ended = true;
  }
}

/** For `policy/` alone; a test keeps every other folder from importing it. */
export function issuePermit(holder: PrincipalId, actions: readonly Action[]): Permit {
  return issue(holder, actions);
}
