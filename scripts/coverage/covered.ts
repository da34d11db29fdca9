/** What V8 tells of one script in one process. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

export interface Covered {
  readonly covered: number;
  readonly size: number;
}

/**
 * How many characters of a script ran in any of the processes. Those that ran the file itself, `size` long, instead of what
 * vitest makes of it, are left out: their places are others. Undefined where no worker loaded it.
 */
export function coveredIn(scripts: readonly ScriptCoverage[], size: number): Covered | undefined {
  const made = scripts.filter((script) => sizeOf(script) !== size);
  const length = Math.max(0, ...made.map(sizeOf));
  if (length === 0) return undefined;
  const ran = new Uint8Array(length);
  for (const script of made.filter((one) => sizeOf(one) === length)) {
    for (const [at, one] of ranIn(script, length).entries()) if (one === 1) ran[at] = 1;
  }
  return { covered: ran.reduce((sum, one) => sum + one, 0), size: length };
}

function sizeOf({ functions }: ScriptCoverage): number {
  return functions[0]?.ranges[0]?.endOffset ?? 0;
}

/** Functions come from the outermost inwards, and so do the ranges of each: the last that covers a place decides. */
function ranIn({ functions }: ScriptCoverage, length: number): Uint8Array {
  const ran = new Uint8Array(length);
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  return ran;
}
