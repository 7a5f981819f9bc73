import type { location } from '@ringdown/contracts';
import { type Bus, type Logger, migrate, OutageLog, type Tracing } from '@ringdown/platform';
import type { Registry } from 'prom-client';
import { BusCommitCalls } from './adapters/bus/bus-commit-calls.js';
import { BusChangePublisher } from './adapters/bus/change-events.js';
import { DirectoryEvents } from './adapters/bus/directory-events.js';
import { StoreLocationService } from './adapters/grpc/location-service.js';
import { BindingReader } from './adapters/postgres/binding-reader.js';
import { BindingWriter } from './adapters/postgres/binding-writer.js';
import { ChangeLog } from './adapters/postgres/change-log.js';
import { ExpirySweep } from './adapters/postgres/expiry-sweep.js';
import { LeaseSweep } from './adapters/postgres/lease-sweep.js';
import { LeaseTable } from './adapters/postgres/lease-table.js';
import { OutboxFeed } from './adapters/postgres/outbox-feed.js';
import { PipelinedConnection } from './adapters/postgres/pipelined-connection.js';
import { PostgresBindingStore } from './adapters/postgres/postgres-binding-store.js';
import type { LeaseTimes } from './domain/judge-leases.js';
import { LocationMetrics } from './location-metrics.js';
import { OwnerRemovals } from './use-cases/owner-removals.js';

/** Where location's migrations are, beside `src` and `dist`. */
export const migrationsDir = new URL('../migrations', import.meta.url);

export interface LocationTimes {
  /** How long a change waits for others to be committed with. */
  readonly gatherMs: number;
  /** How long a change may wait for its batch. */
  readonly maxWaitMs: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly sweepMs: number;
  readonly pollMs: number;
  readonly leaderPollMs: number;
  readonly lingerMs: number;
  readonly heartbeatMs: number;
  readonly keepChangesMs: number;
  /** How long news of removed subscribers are kept for a replica that leads next. */
  readonly keepNewsMs: number;
  /** How often leases are judged. */
  readonly judgeMs: number;
  /** How often it is seen which owners needn't be remembered any more. */
  readonly forgetOwnersMs: number;
  readonly lease: LeaseTimes;
}

export const defaultTimes: LocationTimes = {
  gatherMs: 2,
  maxWaitMs: 2_000,
  connectTimeoutMs: 1_000,
  statementTimeoutMs: 2_000,
  sweepMs: 500,
  pollMs: 50,
  leaderPollMs: 250,
  lingerMs: 5,
  // D1: publishers send their position every second.
  heartbeatMs: 1_000,
  keepChangesMs: 10 * 60_000,
  keepNewsMs: 2 * 60_000,
  judgeMs: 250,
  forgetOwnersMs: 60_000,
  lease: {
    graceMs: 60_000,
    // Four judgements that none of the replicas has made.
    stallMs: 1_000,
    // Connecting again takes an edge 2 s, a renewal that waits in vain 1 s.
    recoveryMs: 8_000,
    // An edge renews a lease of 4 s each second, so whose ends within this has missed one renewal and part of another.
    togetherMs: 1_500,
  },
};

export interface LocationRuntimeOptions {
  readonly postgresUrl: string;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly bus: Bus;
  readonly metrics: Registry;
  /** Tenants that have metrics of their own; default: none. */
  readonly metricsTenants?: number;
  readonly times?: Partial<LocationTimes>;
  /** Changes committed together at most; default 500. */
  readonly maxBatch?: number;
  /** Batches under way at once; default 1. */
  readonly lanes?: number;
  /** Changes that may wait, and lookups; default 20,000 of each. */
  readonly maxQueued?: number;
}

/** One replica of location: its connections, its loops, and the service they make. */
export class LocationRuntime {
  readonly service: location.LocationService;
  readonly feed: OutboxFeed;
  readonly sweep: ExpirySweep;
  readonly leases: LeaseSweep;
  readonly #directoryEvents: DirectoryEvents;
  readonly #ownerRemovals: OwnerRemovals;
  readonly #writer: BindingWriter;
  readonly #reader: BindingReader;
  readonly #connections: readonly PipelinedConnection[];

  /** Brings the schema up to date and starts. Throws ServiceError `unavailable` if Postgres can't be reached. */
  static async open(options: LocationRuntimeOptions): Promise<LocationRuntime> {
    const { postgresUrl, logger } = options;
    await migrate({ url: postgresUrl, schema: 'location', dir: migrationsDir, logger });
    return new LocationRuntime(options);
  }

  private constructor(options: LocationRuntimeOptions) {
    const times = { ...defaultTimes, ...options.times };
    const { logger } = options;
    const outages = new OutageLog(logger);
    const connection = (purpose: string): PipelinedConnection =>
      new PipelinedConnection({
        url: options.postgresUrl,
        outages,
        applicationName: `ringdown-location-${purpose}`,
        connectTimeoutMs: times.connectTimeoutMs,
        statementTimeoutMs: times.statementTimeoutMs,
      });
    const lanes = Array.from({ length: options.lanes ?? 1 }, () => connection('write'));
    const reading = connection('read');
    const sweeping = connection('sweep');
    const publishing = connection('publish');
    const watching = connection('watch');
    const renewing = connection('renew');
    const judging = connection('judge');
    const settling = connection('settle');
    this.#connections = [...lanes, reading, sweeping, publishing, watching, renewing, judging, settling];
    const now = (): number => performance.now();

    const maxBatch = options.maxBatch ?? 500;
    const maxQueued = options.maxQueued ?? 20_000;
    const { maxWaitMs } = times;
    this.#reader = new BindingReader({ connection: reading, maxBatch, maxQueued, maxWaitMs });
    const metrics = new LocationMetrics(options.metrics, {
      queued: () => this.#writer.queued,
      leads: () => this.feed.leads,
      countByTenant: () => this.#reader.countByTenant(),
      maxTenants: options.metricsTenants ?? 0,
    });
    this.feed = new OutboxFeed({
      log: new ChangeLog(publishing),
      watchLog: new ChangeLog(watching),
      publisher: new BusChangePublisher(options.bus),
      calls: new BusCommitCalls(options.bus),
      logger,
      pollMs: times.pollMs,
      leaderPollMs: times.leaderPollMs,
      lingerMs: times.lingerMs,
      heartbeatMs: times.heartbeatMs,
      keepMs: times.keepChangesMs,
      now,
    });
    this.#writer = new BindingWriter({
      connections: lanes,
      observer: { batch: (batch) => metrics.batch(batch), committed: () => this.feed.committed() },
      gatherMs: times.gatherMs,
      maxBatch,
      maxQueued,
      maxWaitMs,
    });
    this.sweep = new ExpirySweep({
      connection: sweeping,
      logger,
      intervalMs: times.sweepMs,
      maxBatch,
      expired: (bindings) => {
        metrics.expired(bindings);
        this.feed.committed();
      },
    });
    this.leases = new LeaseSweep({
      table: new LeaseTable(judging),
      connection: settling,
      logger,
      times: times.lease,
      intervalMs: times.judgeMs,
      forgetMs: times.forgetOwnersMs,
      maxBatch,
      now,
      settled: (state, bindings) => {
        metrics.settled(state, bindings);
        this.feed.committed();
      },
      judged: (judgement) => metrics.judged(judgement),
    });
    const store = new PostgresBindingStore(this.#writer, this.#reader, options.tracing, metrics);
    this.service = new StoreLocationService(store, this.feed, new LeaseTable(renewing));
    this.#ownerRemovals = new OwnerRemovals({
      store,
      leads: () => this.feed.leads,
      logger,
      now,
      pollMs: times.pollMs,
      keepMs: times.keepNewsMs,
      removed: (bindings) => metrics.ownerGone(bindings),
      missed: () => metrics.newsMissed(),
    });
    this.#directoryEvents = new DirectoryEvents(options.bus, this.#ownerRemovals);
    this.#directoryEvents.start();
    this.feed.start();
    this.sweep.start();
    this.leases.start();
  }

  /** Resolves when Postgres answers. */
  ready(): Promise<void> {
    return this.#reader.ready();
  }

  /** Resolves when every change asked for has been answered. */
  settled(): Promise<void> {
    return this.#writer.settled();
  }

  async stop(): Promise<void> {
    this.#directoryEvents.stop();
    await this.#ownerRemovals.stop();
    await this.#writer.settled();
    await Promise.all([this.sweep.stop(), this.leases.stop(), this.feed.stop()]);
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }
}
