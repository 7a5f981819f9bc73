import type { LeaseStanding } from './domain/lease-watch.js';
import type { LabelledGauge } from './edge-metrics.js';
import type { EdgeRuntime } from './edge-runtime.js';

const standings: readonly LeaseStanding[] = ['held', 'waiting', 'cut-off', 'superseded'];

/** How the edge stands with location, and what becomes of the connections that depend on it. */
export function registerLeaseMetrics(labelled: LabelledGauge, lease: EdgeRuntime['lease']): void {
  labelled('ringdown_edge_lease', 'How the edge stands with location: 1 for what holds now', 'standing', () =>
    standings.map((standing) => [standing, lease.standing === standing ? 1 : 0] as const),
  );
  labelled(
    'ringdown_edge_lease_renewals',
    "Renewals of the edge's lease since the start, by how they went",
    'result',
    () => Object.entries(lease.renewals),
  );
  labelled(
    'ringdown_edge_registered_connections',
    'Connections that phones have registered over: open now, closed and not yet told to location; and since the start unbound, forgotten, closed to have their phones move',
    'state',
    () => [['open', lease.flows.size], ['untold', lease.flows.waiting], ...Object.entries(lease.flows.counters)],
  );
}
