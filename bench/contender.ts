/** One way to run a command on the host. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  /** The command's standard output. */
  run(command: string): Promise<string>;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
