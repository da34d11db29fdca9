/** How a closed rule answers. `unlisted`: the program's rule does not speak of this use. */
export type Severity = 'allow' | 'ask' | 'deny' | 'unlisted';

/** What keeps a command from being allowed as it stands. */
export interface Remark {
  readonly severity: Exclude<Severity, 'allow'>;
  readonly code: string;
  readonly text: string;
}

/** The answer to one command: nothing to remark is allowed. */
export type Remarks = readonly Remark[];

export const fine: Remarks = [];

export function unlisted(text: string): Remarks {
  return [{ severity: 'unlisted', code: 'unlisted_use', text }];
}

/** What is known only when it runs, where no guard can hold it to what was judged. */
export function unknownYet(text: string): Remarks {
  return [{ severity: 'ask', code: 'dynamic_argument', text }];
}

export function denied(code: string, text: string): Remarks {
  return [{ severity: 'deny', code, text }];
}

export function asked(code: string, text: string): Remarks {
  return [{ severity: 'ask', code, text }];
}

/** The mildest of several answers: a program may be listed for several uses. */
export function mildest(answers: readonly Remarks[]): Remarks {
  const [first = unlisted('is not listed for this'), ...others] = answers;
  return others.reduce((best, one) => (worst(one) < worst(best) ? one : best), first);
}

/** A use that does not fit says less than one that fits and is refused. */
const weight = { ask: 1, deny: 2, unlisted: 3 } as const satisfies Record<Remark['severity'], number>;

function worst(remarks: Remarks): number {
  return Math.max(0, ...remarks.map(({ severity }) => weight[severity]));
}
