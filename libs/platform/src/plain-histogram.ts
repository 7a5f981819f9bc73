import type { Registry } from 'prom-client';

/** An observation that a trace explains (OpenMetrics). */
interface Exemplar {
  readonly traceId: string;
  readonly value: number;
  readonly atSec: number;
}

/** Seconds, from what a cache does to what a person waits for. */
export const latencyBucketsSec: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** A histogram for hot paths: one loop over a few numbers for each observation, no labels and no hashing. */
export class PlainHistogram {
  readonly bounds: readonly number[];
  readonly #counts: number[];
  readonly #exemplars: (Exemplar | undefined)[];
  #sum = 0;

  /** `bounds`: upper bounds in rising order, without +Inf. */
  constructor(bounds: readonly number[] = latencyBucketsSec) {
    this.bounds = bounds;
    this.#counts = [...bounds.map(() => 0), 0];
    this.#exemplars = [...bounds.map(() => undefined), undefined];
  }

  /** `traceId`: of the sampled trace that shows what was observed, where there is one. */
  observe(value: number, traceId?: string): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at += 1;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sum += value;
    if (traceId !== undefined) this.#exemplars[at] = { traceId, value, atSec: Date.now() / 1_000 };
  }

  get count(): number {
    let count = 0;
    for (const each of this.#counts) count += each;
    return count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** As prom-client's registry writes them: cumulative buckets, sum and count. */
  values(name: string, labels: Readonly<Record<string, string>>): readonly object[] {
    const values: object[] = [];
    let count = 0;
    for (let at = 0; at < this.#counts.length; at++) {
      count += this.#counts[at] as number;
      const le = at < this.bounds.length ? String(this.bounds[at]) : '+Inf';
      const exemplar = this.#exemplars[at];
      values.push({
        labels: { ...labels, le },
        value: count,
        metricName: `${name}_bucket`,
        ...(exemplar === undefined
          ? {}
          : {
              exemplar: { labelSet: { trace_id: exemplar.traceId }, value: exemplar.value, timestamp: exemplar.atSec },
            }),
      });
    }
    values.push({ labels, value: this.#sum, metricName: `${name}_sum` });
    values.push({ labels, value: count, metricName: `${name}_count` });
    return values;
  }
}

export interface ReadHistogram {
  readonly name: string;
  readonly help: string;
  /** Asked at each scrape. */
  readonly read: () => Iterable<readonly [labels: Readonly<Record<string, string>>, histogram: PlainHistogram]>;
}

/** Registers histograms that are kept as plain numbers, under one name. */
export function readHistogram(registry: Registry, { name, help, read }: ReadHistogram): void {
  const metric = {
    name,
    help,
    type: 'histogram',
    reset: () => undefined,
    get: async () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: [...read()].flatMap(([labels, histogram]) => histogram.values(name, labels)),
    }),
  };
  // A registry asks its metrics for no more than this.
  registry.registerMetric(metric as never);
}

export interface ReadSummary {
  readonly name: string;
  readonly help: string;
  /** How many there were since the start, and how long they took in all. */
  readonly read: () => { readonly count: number; readonly sum: number };
}

/** Registers a summary without quantiles: a count and a sum, whose rates give the mean. */
export function readSummary(registry: Registry, { name, help, read }: ReadSummary): void {
  const metric = {
    name,
    help,
    type: 'summary',
    reset: () => undefined,
    get: async () => {
      const { count, sum } = read();
      const values = [
        { labels: {}, value: sum, metricName: `${name}_sum` },
        { labels: {}, value: count, metricName: `${name}_count` },
      ];
      return { name, help, type: 'summary', aggregator: 'sum', values };
    },
  };
  registry.registerMetric(metric as never);
}
