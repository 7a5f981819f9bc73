import { otherTenants, type Readings, readGauge } from '@ringdown/platform';
import type { Registry } from 'prom-client';
import type { BindingCount } from './adapters/postgres/binding-reader.js';

export interface CountedBindings {
  /** Whether this is the replica that publishes: one counts for all. */
  readonly leads: () => boolean;
  /** Most bindings first. */
  readonly countByTenant: () => Promise<readonly BindingCount[]>;
  /** Tenants that are told apart: those with the most bindings. */
  readonly maxTenants: number;
}

/** Counting bindings reads them all, so a count serves for this long. */
const countForMs = 30_000;

/** Registers how many bindings there are, counted by the replica that publishes. */
export function registerBindingMetrics(registry: Registry, live: CountedBindings): void {
  let countedAtMs = Number.NEGATIVE_INFINITY;
  let counts: Promise<readonly BindingCount[] | undefined> = Promise.resolve(undefined);
  const counted = (): typeof counts => {
    if (!live.leads()) return Promise.resolve(undefined);
    if (performance.now() - countedAtMs >= countForMs) {
      countedAtMs = performance.now();
      const before = counts;
      // While Postgres is away the last count stands.
      counts = live.countByTenant().catch(() => before);
    }
    return counts;
  };
  const gauge = (name: string, help: string, read: (known: readonly BindingCount[]) => Readings): void =>
    readGauge(registry, {
      name,
      help: `${help}, counted by the replica that publishes`,
      // A replica that doesn't count says nothing: the sum over all replicas is what counts.
      read: async () => {
        const known = await counted();
        return known === undefined ? [] : read(known);
      },
    });
  gauge('ringdown_location_bindings', 'Bindings of all tenants', (known) => [[{}, sumOf(known, 'bindings')]]);
  gauge('ringdown_location_bindings_suspended', 'Bindings whose edge is silent', (known) => [
    [{}, sumOf(known, 'suspended')],
  ]);
  gauge('ringdown_location_tenant_bindings', 'Bindings, by tenant', function* (known) {
    for (const { tenantId, bindings } of known.slice(0, live.maxTenants)) yield [{ tenant: tenantId }, bindings];
    const others = known.slice(live.maxTenants);
    if (others.length > 0) yield [{ tenant: otherTenants }, sumOf(others, 'bindings')];
  });
}

function sumOf(counts: readonly BindingCount[], of: 'bindings' | 'suspended'): number {
  return counts.reduce((sum, each) => sum + each[of], 0);
}
