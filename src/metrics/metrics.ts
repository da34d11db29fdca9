import { catalogue, type MetricName } from './catalogue.ts';
import { labelled, type FamilyDescription, type LabelValues, type Sample } from './family.ts';
import { Counter, Histogram } from './instruments.ts';
import { openMetricsText } from './open-metrics.ts';

type Named<Type extends FamilyDescription['type']> = {
  readonly [Name in MetricName]: (typeof catalogue)[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** Counted by somebody else: it is read like what goes up and down. */
type ReadCounter = 'sallyport_process_cpu_seconds' | 'sallyport_audit_exported' | 'sallyport_audit_export_failures';
export type CounterName = Exclude<Named<'counter'>, ReadCounter>;
export type HistogramName = Named<'histogram'>;
export type ReadName = Named<'gauge' | 'info'> | ReadCounter;

export interface Reading {
  readonly labels: LabelValues;
  readonly value: number;
}

/** What is not counted but looked at, when somebody asks. */
export type Readings = Readonly<Record<ReadName, readonly Reading[]>>;

const suffixes = { counter: '_total', gauge: '', histogram: '', info: '_info' } as const;

/** The figures of this process, since it started. */
export class Metrics {
  readonly #instruments: ReadonlyMap<string, Counter | Histogram>;

  constructor() {
    const families = Object.entries<FamilyDescription>(catalogue);
    this.#instruments = new Map(
      families.flatMap(([name, family]): [string, Counter | Histogram][] => {
        if (family.type === 'counter') return [[name, new Counter(family)]];
        return family.type === 'histogram' ? [[name, new Histogram(family)]] : [];
      }),
    );
  }

  count(name: CounterName, labels: LabelValues = [], by = 1): void {
    const instrument = this.#instruments.get(name);
    if (instrument instanceof Counter) instrument.add(labels, by);
  }

  observe(name: HistogramName, labels: LabelValues, value: number): void {
    const instrument = this.#instruments.get(name);
    if (instrument instanceof Histogram) instrument.observe(labels, value);
  }

  text(readings: Readings): string {
    const read = new Map<string, readonly Reading[]>(Object.entries(readings));
    return openMetricsText(
      Object.entries<FamilyDescription>(catalogue).map(([name, description]) => {
        const samples = read.get(name)?.map((reading) => sampleOf(description, reading));
        return { name, description, samples: samples ?? this.#instruments.get(name)?.samples() ?? [] };
      }),
    );
  }
}

function sampleOf(family: FamilyDescription, { labels, value }: Reading): Sample {
  return { suffix: suffixes[family.type], labels: labelled(family, labels), value };
}
