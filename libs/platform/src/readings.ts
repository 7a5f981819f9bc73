import type { Registry } from 'prom-client';

/** Values with their labels, as they are at the scrape. */
export type Readings = Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]>;

export interface ReadMetric {
  readonly name: string;
  readonly help: string;
  /** Asked at each scrape. What it doesn't give then has no value. */
  readonly read: () => Readings | Promise<Readings>;
}

/** Registers a gauge that is read from plain numbers at each scrape: whoever changes them makes no labels. */
export function readGauge(registry: Registry, metric: ReadMetric): void {
  register(registry, 'gauge', metric);
}

/** Registers a counter of what was counted since the start, read from plain numbers at each scrape. Its name ends in `_total`. */
export function readCounter(registry: Registry, metric: ReadMetric): void {
  register(registry, 'counter', metric);
}

function register(registry: Registry, type: 'gauge' | 'counter', { name, help, read }: ReadMetric): void {
  const metric = {
    name,
    help,
    type,
    reset: () => undefined,
    get: async () => {
      const values = [...(await read())].map(([labels, value]) => ({ labels, value }));
      return { name, help, type, aggregator: 'sum', values };
    },
  };
  // A registry asks its metrics for no more than this.
  registry.registerMetric(metric as never);
}
