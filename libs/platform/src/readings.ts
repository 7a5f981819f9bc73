import { Counter, Gauge, type Registry } from 'prom-client';

/** Values with their labels, as they are at the scrape. */
export type Readings = Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]>;

export interface ReadMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** Asked at each scrape. */
  readonly read: () => Readings;
}

/** Registers a gauge that is read from plain numbers at each scrape: whoever changes them makes no labels. */
export function readGauge(registry: Registry, { name, help, labelNames = [], read }: ReadMetric): void {
  registry.registerMetric(
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [],
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.set(labels, value);
      },
    }),
  );
}

/** Registers a counter of what was counted since the start, read from plain numbers at each scrape. Its name ends in `_total`. */
export function readCounter(registry: Registry, { name, help, labelNames = [], read }: ReadMetric): void {
  registry.registerMetric(
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [],
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    }),
  );
}
