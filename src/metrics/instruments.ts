import { labelled, type FamilyDescription, type LabelValues, type Sample } from './family.ts';

const separator = '\u0000';

/** Counts up. Adding costs one look into a map. */
export class Counter {
  readonly #family: FamilyDescription;
  readonly #counts = new Map<string, { readonly labels: LabelValues; value: number }>();

  constructor(family: FamilyDescription) {
    this.#family = family;
    if (family.labels.length === 0) this.add([], 0);
  }

  add(labels: LabelValues, by = 1): void {
    const key = labels.join(separator);
    const known = this.#counts.get(key);
    if (known) known.value += by;
    else this.#counts.set(key, { labels, value: by });
  }

  samples(): readonly Sample[] {
    return [...this.#counts.values()].map(({ labels, value }) => ({
      suffix: '_total',
      labels: labelled(this.#family, labels),
      value,
    }));
  }
}

interface Distribution {
  readonly labels: LabelValues;
  /** Of each bucket alone, and last of what is above them all. */
  readonly counts: number[];
  sum: number;
}

/** Counts values by the buckets of its family. */
export class Histogram {
  readonly #family: FamilyDescription;
  readonly #bounds: readonly number[];
  readonly #distributions = new Map<string, Distribution>();

  constructor(family: FamilyDescription) {
    this.#family = family;
    this.#bounds = family.buckets ?? [];
    if (family.labels.length === 0) this.#distributionOf([]);
  }

  observe(labels: LabelValues, value: number): void {
    const distribution = this.#distributionOf(labels);
    const place = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = place === -1 ? this.#bounds.length : place;
    distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
    distribution.sum += value;
  }

  samples(): readonly Sample[] {
    return [...this.#distributions.values()].flatMap((distribution) => this.#samplesOf(distribution));
  }

  #distributionOf(labels: LabelValues): Distribution {
    const key = labels.join(separator);
    const known = this.#distributions.get(key);
    if (known) return known;
    const made: Distribution = { labels, counts: Array.from({ length: this.#bounds.length + 1 }, () => 0), sum: 0 };
    this.#distributions.set(key, made);
    return made;
  }

  #samplesOf({ labels, counts, sum }: Distribution): readonly Sample[] {
    const own = labelled(this.#family, labels);
    let count = 0;
    const buckets = [...this.#bounds, Infinity].map((bound, place): Sample => {
      count += counts[place] ?? 0;
      return { suffix: '_bucket', labels: [...own, ['le', boundText(bound)]], value: count };
    });
    return [...buckets, { suffix: '_count', labels: own, value: count }, { suffix: '_sum', labels: own, value: sum }];
  }
}

/** As OpenMetrics writes a bound: with a point, always. */
function boundText(bound: number): string {
  if (bound === Infinity) return '+Inf';
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
