import type { directory } from '@ringdown/contracts';
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
import { BusChangePublisher } from './adapters/bus/bus-change-publisher.js';
import { CommitSignal } from './adapters/grpc/commit-signal.js';
import { DirectoryGrpcService } from './adapters/grpc/directory-grpc-service.js';
import { observedService } from './adapters/grpc/observed-service.js';
import { OutboxRelay } from './adapters/postgres/outbox-relay.js';
import { PostgresDirectoryStore } from './adapters/postgres/postgres-directory-store.js';
import { DirectoryMetrics } from './directory-metrics.js';
import type { DirectoryStore } from './ports/directory-store.js';

/** Where the directory's migrations are, beside `src` and `dist`. */
export const migrationsDir = new URL('../migrations', import.meta.url);

/** How long an answered write waits for its event to be out. */
const PUBLISH_MS = 500;

export interface DirectoryRuntimeOptions {
  readonly postgresUrl: string;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: Registry;
  /** How long to wait for Postgres at the start; default 30,000. */
  readonly startTimeoutMs?: number;
}

/** One replica of the directory: its connections, its relay, and the service they make. */
export class DirectoryRuntime {
  readonly store: DirectoryStore;
  readonly service: directory.DirectoryService;
  readonly metrics: DirectoryMetrics;
  readonly #postgres: Postgres;
  readonly #importPostgres: Postgres;
  readonly #relay: OutboxRelay;
  readonly #stopping = new AbortController();

  /** Brings the schema up to date and starts. Throws ServiceError `unavailable` if Postgres doesn't come up in time. */
  static async open(options: DirectoryRuntimeOptions): Promise<DirectoryRuntime> {
    const { postgresUrl: url, logger, startTimeoutMs } = options;
    const outages = new OutageLog(logger);
    await retryAtStart(() => migrate({ url, schema: 'directory', dir: migrationsDir, logger }), {
      ...(startTimeoutMs === undefined ? {} : { timeoutMs: startTimeoutMs }),
      failed: (error) => void outages.failed('postgres', startMessage(error), { error }),
    });
    outages.healed('postgres', 'Postgres can be reached');
    return new DirectoryRuntime(options);
  }

  private constructor({ postgresUrl: url, bus, logger, tracing, metrics: registry }: DirectoryRuntimeOptions) {
    const metrics = new DirectoryMetrics(registry);
    this.metrics = metrics;
    const overloaded = (): void => metrics.overloaded();
    this.#postgres = new Postgres({ url, service: 'directory', schema: 'directory', logger, overloaded });
    this.#importPostgres = new Postgres({
      url,
      service: 'directory-import',
      schema: 'directory',
      logger,
      maxConnections: 2,
      statementTimeoutMs: 60_000,
      overloaded,
    });
    registerPostgresMetrics(registry, { main: this.#postgres, import: this.#importPostgres });
    const committed = new CommitSignal();
    this.#relay = new OutboxRelay({
      postgres: this.#postgres,
      publisher: new BusChangePublisher(bus),
      failed: (error) => {
        // An outage of Postgres or of the bus is reported where it is noticed, once.
        if (!(error instanceof ServiceError))
          logger.error('Changes of the directory could not be published', { error });
      },
    });
    this.store = new PostgresDirectoryStore({
      postgres: this.#postgres,
      importPostgres: this.#importPostgres,
      overloaded,
      committed: () => {
        committed.notify();
        return this.#relay.published(PUBLISH_MS);
      },
    });
    this.service = observedService(
      new DirectoryGrpcService(this.store, committed, tracing, this.#stopping.signal),
      (operation, status, durationMs) => metrics.grpcRequest(operation, status, durationMs),
    );
    this.#relay.start();
  }

  /** Fails with `unavailable` unless Postgres answers. */
  ready(): Promise<void> {
    return this.#postgres.ready();
  }

  /** Ends the watches and publishes what is committed. */
  async drain(): Promise<void> {
    this.#stopping.abort();
    await this.#relay.stop();
  }

  async stop(): Promise<void> {
    await this.drain();
    await Promise.all([this.#postgres.close(), this.#importPostgres.close()]);
  }
}

/** Names the address and the setting where the error does. */
function startMessage(error: unknown): string {
  return error instanceof ServiceError ? error.message : 'Postgres cannot be reached yet';
}
