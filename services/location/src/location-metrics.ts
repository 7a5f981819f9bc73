import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { BatchObserver } from './adapters/postgres/binding-writer.js';
import type { RequestObserver } from './adapters/postgres/postgres-binding-store.js';
import { type CountedBindings, registerBindingMetrics } from './binding-metrics.js';
import type { LeaseState } from './domain/flow-owner.js';
import type { Judgement } from './domain/judge-leases.js';

const latencyBucketsSec = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

const settledTo: Readonly<Record<LeaseState, string>> = { live: 'restored', suspended: 'suspended', ended: 'removed' };

/** What the metrics ask for when they are read. */
export interface LiveFacts extends CountedBindings {
  readonly queued: () => number;
}

/** location's metrics, on its own registry. */
export class LocationMetrics implements RequestObserver {
  readonly #requests: Histogram<'method' | 'outcome'>;
  readonly #batchSize: Histogram;
  readonly #batchSec: Histogram;
  readonly #expired: Counter;
  readonly #ownerGone: Counter;
  readonly #newsMissed: Counter;
  readonly #settled: Counter<'to'>;
  readonly #owners: Gauge<'state'>;
  readonly #brake: Gauge;
  readonly #stalled: Counter;

  constructor(registry: Registry, live: LiveFacts) {
    const registers = [registry];
    this.#requests = new Histogram({
      name: 'ringdown_location_request_seconds',
      help: 'Time from a request to its answer, by method and outcome',
      labelNames: ['method', 'outcome'],
      buckets: latencyBucketsSec,
      registers,
    });
    this.#batchSize = new Histogram({
      name: 'ringdown_location_batch_size',
      help: 'Changes committed together',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    });
    this.#batchSec = new Histogram({
      name: 'ringdown_location_batch_seconds',
      help: 'Time of a transaction, from its first statement to its commit',
      buckets: latencyBucketsSec,
      registers,
    });
    this.#expired = new Counter({
      name: 'ringdown_location_expired_total',
      help: 'Bindings that this replica expired',
      registers,
    });
    this.#ownerGone = new Counter({
      name: 'ringdown_location_owner_gone_total',
      help: 'Bindings that this replica removed since their subscriber or tenant was removed',
      registers,
    });
    this.#newsMissed = new Counter({
      name: 'ringdown_location_directory_news_missed_total',
      help: 'How often events of the directory did not arrive, so that removed subscribers may keep their bindings until these expire',
      registers,
    });
    registry.registerMetric(
      new Gauge({
        name: 'ringdown_location_queued',
        help: 'Changes that wait for their batch',
        registers: [],
        collect() {
          this.set(live.queued());
        },
      }),
    );
    registry.registerMetric(
      new Gauge({
        name: 'ringdown_location_publishes',
        help: '1 on the replica that publishes the changes',
        registers: [],
        collect() {
          this.set(live.leads() ? 1 : 0);
        },
      }),
    );
    registerBindingMetrics(registry, live);
    this.#settled = new Counter({
      name: 'ringdown_location_lease_bindings_total',
      help: 'Bindings that this replica suspended, restored or removed by the lease of the edge that owns their flow',
      labelNames: ['to'],
      registers,
    });
    this.#owners = new Gauge({
      name: 'ringdown_location_edges',
      help: 'Edges that hold flows, as this replica last judged them: all that have not ended, and the silent ones of them',
      labelNames: ['state'],
      registers,
    });
    this.#brake = new Gauge({
      name: 'ringdown_location_lease_brake',
      help: '1 while too many edges are silent at once, so that nothing is suspended or removed for it',
      registers,
    });
    this.#stalled = new Counter({
      name: 'ringdown_location_stalled_seconds_total',
      help: 'Time in which no location was there to take renewals, as this replica has found it',
      registers,
    });
  }

  request(method: string, outcome: string, durationMs: number): void {
    this.#requests.observe({ method, outcome }, durationMs / 1000);
  }

  expired(bindings: number): void {
    this.#expired.inc(bindings);
  }

  ownerGone(bindings: number): void {
    this.#ownerGone.inc(bindings);
  }

  newsMissed(): void {
    this.#newsMissed.inc();
  }

  settled(state: LeaseState, bindings: number): void {
    this.#settled.inc({ to: settledTo[state] }, bindings);
  }

  judged({ known, silent, braked, stalledMs }: Judgement): void {
    this.#owners.set({ state: 'known' }, known);
    this.#owners.set({ state: 'silent' }, silent);
    this.#brake.set(braked ? 1 : 0);
    this.#stalled.inc(stalledMs / 1000);
  }

  batch(batch: Parameters<BatchObserver['batch']>[0]): void {
    if (batch.error !== undefined) return;
    this.#batchSize.observe(batch.size);
    this.#batchSec.observe((batch.endedMs - batch.startedMs) / 1000);
  }
}
