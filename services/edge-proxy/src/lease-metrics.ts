import type { LeaseStanding } from './domain/lease-watch.js';
import type { LabelledMetrics } from './edge-metrics.js';
import type { EdgeRuntime } from './edge-runtime.js';

const standings: readonly LeaseStanding[] = ['held', 'waiting', 'cut-off', 'superseded'];

/** How the edge stands with location, and what becomes of the connections that depend on it. */
export function registerLeaseMetrics({ gauge, counter }: LabelledMetrics, lease: EdgeRuntime['lease']): void {
  gauge('ringdown_edge_lease', 'How the edge stands with location: 1 for what holds now', 'standing', () =>
    standings.map((standing) => [standing, lease.standing === standing ? 1 : 0] as const),
  );
  counter('ringdown_edge_lease_renewals_total', "Renewals of the edge's lease, by how they went", 'result', () =>
    Object.entries(lease.renewals),
  );
  gauge(
    'ringdown_edge_registered_connections',
    'Connections that phones have registered over: open now, and closed but not yet told to location (untold)',
    'state',
    () => [
      ['open', lease.flows.size],
      ['untold', lease.flows.waiting],
    ],
  );
  counter(
    'ringdown_edge_registered_connections_ended_total',
    'Connections that phones had registered over: unbound at location, forgotten, closed to have their phones move',
    'how',
    () => Object.entries(lease.flows.counters),
  );
}
