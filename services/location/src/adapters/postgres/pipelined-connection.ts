import { classifyPostgresError, type OutageLog, ServiceError } from '@ringdown/platform';
import pg from 'pg';

export interface PipelinedConnectionOptions {
  readonly url: string;
  readonly outages: OutageLog;
  /** Stands in pg_stat_activity. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** After a failure, calls fail at once for this long, instead of each waiting for the server in turn. */
const pauseMs = 200;

/**
 * One connection to Postgres on which statements are sent without waiting for the answers of those before. It is opened when
 * first needed and again after it broke. While Postgres can't be reached, calls fail with ServiceError `unavailable` within
 * the connect timeout.
 */
export class PipelinedConnection {
  readonly #options: PipelinedConnectionOptions;
  #opening: Promise<pg.Client> | undefined;
  #open: pg.Client | undefined;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: PipelinedConnectionOptions) {
    this.#options = options;
  }

  /** The client to send statements on; open already or newly opened. */
  async client(): Promise<pg.Client> {
    if (this.#closed) throw new ServiceError('unavailable', 'location is stopping');
    if (this.#open !== undefined) return this.#open;
    if (performance.now() - this.#failedAtMs < pauseMs) throw unavailable();
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /**
   * The error to hand to a caller whose statement on `client` failed. Where it says that the connection or the server is gone,
   * the connection is given up and the next call opens another.
   */
  failed(client: pg.Client, error: unknown): unknown {
    if (error instanceof ServiceError) return error;
    // What pg says about statements on a connection that was given up meanwhile is about the connection.
    const lost = this.#open !== client && !(error instanceof pg.DatabaseError);
    if (!lost && classifyPostgresError(error) !== 'unavailable') return error;
    // A statement that ran into its timeout says nothing of the server, and the connection goes on.
    if (!(error instanceof Error && 'code' in error && error.code === '57014')) {
      this.#giveUp(client);
      this.#reportOutage(error);
    }
    return unavailable(error);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    const client = this.#open;
    this.#open = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<pg.Client> {
    const { url, applicationName, connectTimeoutMs, statementTimeoutMs } = this.#options;
    const client = new pg.Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + 500,
      // A process that stops between taking locks and its last statement must not hold up the other replicas.
      idle_in_transaction_session_timeout: statementTimeoutMs,
      keepAlive: true,
      pipeline: true,
    });
    client.on('error', () => this.#giveUp(client));
    client.on('end', () => this.#giveUp(client));
    try {
      await client.connect();
      // Acknowledged means on disk, whatever the database's default is.
      await client.query('set synchronous_commit = on');
    } catch (error) {
      client.end().catch(() => undefined);
      this.#reportOutage(error);
      throw unavailable(error);
    }
    this.#options.outages.healed('postgres', 'Postgres can be reached again');
    this.#open = client;
    return client;
  }

  #giveUp(client: pg.Client): void {
    if (this.#open !== client) return;
    this.#open = undefined;
    client.end().catch(() => undefined);
  }

  #reportOutage(error: unknown): void {
    this.#failedAtMs = performance.now();
    if (!this.#closed) this.#options.outages.failed('postgres', 'Postgres cannot be reached', { error });
  }
}

function unavailable(cause?: unknown): ServiceError {
  return new ServiceError('unavailable', 'Postgres is not available', {}, cause);
}
