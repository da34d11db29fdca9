/** One metric as OpenMetrics knows it: a family of samples that differ in their labels. */
export interface FamilyDescription {
  readonly type: 'counter' | 'gauge' | 'histogram' | 'info';
  /** The last part of its name, where it has one. */
  readonly unit?: 'seconds' | 'bytes';
  readonly help: string;
  /** Each takes few values, which are ours: nothing that a caller or a host says may become one. */
  readonly labels: readonly string[];
  /** Upper bounds, rising, of a histogram. */
  readonly buckets?: readonly number[];
}

/** One line: the text between the name of its family and the number. */
export interface Sample {
  /** Such as `_total`. */
  readonly suffix: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
}

export type LabelValues = readonly string[];

/** Pairs the values with the labels that the family declares, in their order. */
export function labelled({ labels }: FamilyDescription, values: LabelValues): Sample['labels'] {
  if (labels.length !== values.length) throw new Error(`${labels.length} labels, ${values.length} values`);
  return labels.map((name, place) => [name, values[place] ?? '']);
}
