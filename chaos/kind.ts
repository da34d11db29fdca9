import type { Random } from '../test/fixtures/random.ts';

/** What came back of a call. */
export type Answer =
  /** None: the gateway died under it, or the client went away. */
  | { readonly kind: 'none' }
  /** The gateway would not take it. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'result'; readonly json: Readonly<Record<string, unknown>> };

/** How often the call's command was run, as far as its answer says. */
export interface Executions {
  readonly least: number;
  readonly most: number;
}

/** When nothing breaks any longer. */
export interface Calm {
  readonly ask: (tool: string, args: object) => Promise<Answer>;
  /** Whether something broke about when the call ended. */
  readonly wasDisturbed: boolean;
}

/** Where the calls go. */
export interface Place {
  /** Names of the servers. */
  readonly servers: readonly string[];
  /** A directory on the host, for the files of the calls. */
  readonly directory: string;
  /** The shell text that notes on the host that call `n` runs. Everything it starts can be told by it. */
  begin(n: number): string;
}

/** One call, planned before it is known what will go wrong. */
export interface Plan {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The client goes away after so long. */
  readonly cancelAfterMs?: number;
  readonly executions: (answer: Answer) => Executions;
  /** Whether processes of it are there once it has been answered: never, unless this says otherwise. */
  readonly stays?: (answer: Answer) => 'surely' | 'perhaps' | 'never';
  /** What is wrong with the answer. */
  readonly faults?: (answer: Answer) => readonly string[];
  /** What is wrong when nothing breaks any longer. */
  readonly afterwards?: (answer: Answer, calm: Calm) => Promise<readonly string[]>;
}

/** A kind of call: one entry in the list in `kinds.ts`. */
export interface Kind {
  readonly name: string;
  readonly weight: number;
  readonly plan: (n: number, random: Random, place: Place) => Plan;
}

export const never: Executions = { least: 0, most: 0 };
const once: Executions = { least: 1, most: 1 };
const perhaps: Executions = { least: 0, most: 1 };

/** Of one command on one server. What was ended may not have come as far as to note that it runs. */
export function executionsOf(answer: Answer): Executions {
  switch (answer.kind) {
    case 'none':
      return perhaps;
    case 'refused':
      return never;
    case 'result':
      return executionsIn(answer.json);
  }
}

/** Whether the command came to its end by itself. */
export function isExited(answer: Answer): boolean {
  return answer.kind === 'result' && answer.json['status'] === 'exited';
}

export function executionsIn(json: Readonly<Record<string, unknown>>): Executions {
  if (json['ran'] === 'not_started') return never;
  const isWhole = json['status'] === 'exited' || json['status'] === 'signalled';
  return json['ran'] === 'ran' && isWhole ? once : perhaps;
}
