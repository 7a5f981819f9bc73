import {
  type Bus,
  type Logger,
  migrate,
  OutageLog,
  Postgres,
  registerPostgresMetrics,
  retryAtStart,
  ServiceError,
  type Tracing,
} from '@ringdown/platform';
import type { Registry } from 'prom-client';
import { AccountingMetrics } from './accounting-metrics.js';
import { CallEventConsumer } from './adapters/bus/call-event-consumer.js';
import { PostgresCallRecords } from './adapters/postgres/postgres-call-records.js';
import { RecordPartitions } from './adapters/postgres/record-partitions.js';
import type { CallLimits } from './domain/merge.js';
import { RepeatedWork } from './repeated-work.js';
import { closeOverdueCalls } from './use-cases/overdue-calls.js';
import { RecordCalls } from './use-cases/record-calls.js';

/** Where accounting's migrations are, beside `src` and `dist`. */
export const migrationsDir = new URL('../migrations', import.meta.url);

export interface AccountingRuntimeOptions {
  readonly postgresUrl: string;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: Registry;
  readonly records: RecordLimits;
  /** How often overdue calls are looked for; default 5,000. */
  readonly sweepMs?: number;
}

/** How long records are kept, and calls without an end waited for. */
export interface RecordLimits {
  readonly retentionDays: number;
  readonly maxCallSec: number;
  readonly maxSetupSec: number;
}

/** User agents give up a session that isn't refreshed before it ends (RFC 4028 §10); the rest is for news that are late. */
const refreshGraceMs = 30_000;
const partitionPauseMs = 10 * 60_000;
const dayMs = 86_400_000;
/** Partitions that are made before their day has come. */
const daysAhead = 2;
const backlogPollMs = 20;

/** One replica of accounting: its connections and its loops. */
export class AccountingRuntime {
  readonly postgres: Postgres;
  readonly metrics: AccountingMetrics;
  readonly #consumer: CallEventConsumer;
  readonly #loops: readonly RepeatedWork[];

  /** Brings the schema up to date and starts. Throws ServiceError `unavailable` if Postgres doesn't come up in time, or the bus is away. */
  static async open(options: AccountingRuntimeOptions): Promise<AccountingRuntime> {
    const { postgresUrl: url, logger } = options;
    const outages = new OutageLog(logger);
    await retryAtStart(() => migrate({ url, schema: 'accounting', dir: migrationsDir, logger }), {
      failed: (error) => void outages.failed('postgres', 'Postgres cannot be reached: waiting for it', { error }),
    });
    outages.healed('postgres', 'Postgres can be reached');
    const runtime = new AccountingRuntime(options);
    try {
      await retryAtStart(() => runtime.#consumer.start(), {
        failed: (error) =>
          void outages.failed('bus', 'Events of calls cannot be taken: waiting for the bus', { error }),
      });
    } catch (error) {
      await runtime.stop();
      throw error;
    }
    outages.healed('bus', 'Events of calls are taken');
    for (const loop of runtime.#loops) loop.start();
    return runtime;
  }

  private constructor(options: AccountingRuntimeOptions) {
    const { postgresUrl: url, bus, logger, tracing, metrics: registry } = options;
    const { retentionDays, maxCallSec, maxSetupSec } = options.records;
    const limits: CallLimits = { maxCallMs: maxCallSec * 1_000, maxSetupMs: maxSetupSec * 1_000, refreshGraceMs };
    const now = (): number => Date.now();
    this.postgres = new Postgres({ url, service: 'accounting', schema: 'accounting', logger });
    registerPostgresMetrics(registry, { main: this.postgres });
    this.metrics = new AccountingMetrics(registry);
    const observer = this.metrics;
    const partitions = new RecordPartitions(this.postgres);
    const records = new PostgresCallRecords(this.postgres, partitions);
    const recording = new RecordCalls({ records, limits, observer, logger, now, retentionDays });
    const consumer = new CallEventConsumer({
      bus,
      tracing,
      observer,
      record: (steps) => recording.record(steps),
      now,
    });
    this.#consumer = consumer;
    // An outage of Postgres or of the bus is reported where it is noticed, once.
    const failed = (what: string) => (error: unknown) => {
      if (!(error instanceof ServiceError)) logger.error(what, { error });
    };
    this.#loops = [
      new RepeatedWork({
        work: () => closeOverdueCalls({ records, limits, observer, now, isCaughtUp: () => consumer.isCaughtUp() }),
        failed: failed('Calls without an end could not be closed'),
        pauseMs: options.sweepMs ?? 5_000,
      }),
      new RepeatedWork({
        work: async () => {
          const dayAfter = (days: number): string => new Date(now() + days * dayMs).toISOString().slice(0, 10);
          await partitions.ensure(new Set(Array.from({ length: daysAhead + 1 }, (_, days) => dayAfter(days))));
          const dropped = await partitions.dropBefore(dayAfter(-retentionDays));
          if (dropped.length > 0) logger.info('Records were dropped that are older than retention says', { dropped });
        },
        failed: failed('Partitions of records could not be made or dropped'),
        pauseMs: partitionPauseMs,
      }),
    ];
  }

  ready(): Promise<void> {
    return this.postgres.ready();
  }

  /** Where no other process could go on with them, waits for the events that there are to be recorded. */
  async drain(timeoutMs: number): Promise<void> {
    const endsAtMs = performance.now() + timeoutMs;
    while (performance.now() < endsAtMs && (await this.#consumer.backlog()) > 0) {
      await new Promise((resolve) => setTimeout(resolve, backlogPollMs));
    }
  }

  async stop(): Promise<void> {
    await this.#consumer.stop();
    await Promise.all(this.#loops.map((loop) => loop.stop()));
    await this.postgres.close();
  }
}
