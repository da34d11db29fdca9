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
 * How many characters of the functions of a script ran in any of the processes. Those that ran the file itself, `length`
 * long, instead of what vitest makes of it, are left out: their places are others. Undefined where no worker loaded it.
 */
export function coveredIn(scripts: readonly ScriptCoverage[], length: number): Covered | undefined {
  const made = scripts.filter((script) => sizeOf(script) !== length);
  const size = Math.max(0, ...made.map(sizeOf));
  if (size === 0) return undefined;
  const all = new Uint8Array(size);
  const ran = new Uint8Array(size);
  for (const script of made.filter((one) => sizeOf(one) === size)) {
    const marks = marksOf(script, size);
    for (const [at, mark] of marks.entries()) {
      if (mark !== 0) all[at] = 1;
      if (mark === 2) ran[at] = 1;
    }
  }
  return { covered: sum(ran), size: sum(all) };
}

function sizeOf({ functions }: ScriptCoverage): number {
  return functions[0]?.ranges[0]?.endOffset ?? 0;
}

/**
 * For each character 2 where it ran, 1 where it did not, 0 outside of functions. Functions come from the outermost inwards,
 * and so do the ranges of each: the last that covers a place decides. The first two are the module and its wrapper.
 */
function marksOf({ functions }: ScriptCoverage, size: number): Uint8Array {
  const marks = new Uint8Array(size);
  for (const { ranges } of functions.slice(2)) {
    for (const { startOffset, endOffset, count } of ranges) marks.fill(count > 0 ? 2 : 1, startOffset, endOffset);
  }
  return marks;
}

function sum(bits: Uint8Array): number {
  return bits.reduce((total, bit) => total + bit, 0);
}
