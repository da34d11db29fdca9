export type Unit = 'x' | 'ms' | 'RTT' | 'MB/s' | 'MB' | 'KB' | '/s';

export type Target = { readonly atMost: number } | { readonly atLeast: number };

/** One figure of the table. */
export interface Row {
  readonly what: string;
  readonly measured: number;
  readonly unit: Unit;
  /** What we answer for, where we do. */
  readonly target?: Target;
}

/** A part of the bench that can be run by itself. */
export interface Section {
  readonly name: string;
  /** What is measured, and how. */
  readonly about: string;
  readonly run: () => Promise<readonly Row[]>;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export function isMet({ measured, target }: Row): boolean {
  if (target === undefined) return true;
  return 'atMost' in target ? measured <= target.atMost : measured >= target.atLeast;
}

export function shown(row: Row): string {
  const { what, measured, unit, target } = row;
  const digits = measured >= 100 ? 0 : 2;
  const figure = `${measured.toFixed(digits)} ${unit}`.padStart(12);
  if (target === undefined) return `  ${what.padEnd(70)} ${figure}`;
  const wanted = 'atMost' in target ? `at most ${target.atMost}` : `at least ${target.atLeast}`;
  return `  ${what.padEnd(70)} ${figure}   ${wanted}: ${isMet(row) ? 'met' : 'MISSED'}`;
}
