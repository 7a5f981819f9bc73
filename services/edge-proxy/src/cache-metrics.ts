import { readCounter, readGauge } from '@ringdown/platform';
import type { Registry } from 'prom-client';
import type { MeasuredEdge } from './edge-metrics.js';

/** How well the edge's caches serve. */
export function registerCacheMetrics(registry: Registry, edge: Pick<MeasuredEdge, 'cached' | 'lookups'>): void {
  readGauge(registry, {
    name: 'ringdown_edge_cached',
    help: 'Entries that the caches hold now',
    read: () => Object.entries(edge.cached).map(([cache, size]) => [{ cache }, size] as const),
  });
  readCounter(registry, {
    name: 'ringdown_edge_cache_lookups_total',
    help: 'Lookups, by cache and result: hit, stale (served while the owner is away), miss (the owner was asked); failed is how often it could not be',
    *read() {
      for (const [cache, counters] of Object.entries(edge.lookups))
        for (const [result, count] of Object.entries(counters)) yield [{ cache, result }, count];
    },
  });
}
