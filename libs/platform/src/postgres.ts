import pg from 'pg';
import type { Logger } from './logger.js';
import { OutageLog } from './outage-log.js';
import { PlainHistogram } from './plain-histogram.js';
import { classifyPostgresError } from './postgres-errors.js';
import { ServiceError } from './service-error.js';

export interface PostgresOptions {
  readonly url: string;
  /** Stands in pg_stat_activity. */
  readonly service: string;
  /** The service's own schema: the search_path of every connection. */
  readonly schema: string;
  readonly logger: Logger;
  /** Connections at most; default 8. */
  readonly maxConnections?: number;
  /** Time to get a connection, new or from the pool; default 2,000. */
  readonly connectTimeoutMs?: number;
  /** Time for one statement, enforced by the server, and a little later by the client; default 5,000. */
  readonly statementTimeoutMs?: number;
  /** Requests that may wait for a connection; more fail at once. Default 1,000. */
  readonly maxWaiting?: number;
  /** Told of every request that failed because too many wanted a connection, for a metric. */
  readonly overloaded?: () => void;
}

/** What a transaction's statements run on. */
export interface PostgresSession {
  query<Row extends object = Record<string, unknown>>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<Rows<Row>>;
}

/** SQL text, or with a name, which prepares it once a connection. */
export type Statement = string | { readonly name: string; readonly text: string };

export interface Rows<Row> {
  readonly rows: readonly Row[];
  /** Rows that the statement returned or changed. */
  readonly count: number;
}

/** What pg-pool says to a request that waited too long for one of the connections, all of which were in use. */
const waitedTooLong = 'timeout exceeded when trying to connect';

/**
 * A service's pool. When Postgres can't be reached a call fails with ServiceError `unavailable` within the timeouts, the
 * outage is logged once and its end once. When more is asked than the connections can carry it fails with `resource-exhausted`,
 * which is no outage. Other errors are Postgres's own: see classifyPostgresError.
 */
export class Postgres implements PostgresSession {
  /** For what the methods don't cover (COPY, LISTEN). */
  readonly pool: pg.Pool;
  /** How long statements took. */
  readonly statementSec = new PlainHistogram();
  /** Requests that failed since the start, and why. */
  readonly failures = { away: 0, busy: 0, refused: 0 };
  readonly #maxWaiting: number;
  readonly #outages: OutageLog;
  readonly #overloaded: () => void;
  /** Whether the last that was heard of Postgres is that it can't be reached. */
  #away = false;

  constructor(options: PostgresOptions) {
    const statementTimeoutMs = options.statementTimeoutMs ?? 5_000;
    const connectTimeoutMs = options.connectTimeoutMs ?? 2_000;
    this.#maxWaiting = options.maxWaiting ?? 1_000;
    this.#outages = new OutageLog(options.logger);
    this.#overloaded = options.overloaded ?? (() => undefined);
    this.pool = new pg.Pool({
      connectionString: options.url,
      application_name: `ringdown-${options.service}`,
      // In the startup packet's options, white space and backslashes are escaped by a backslash (PostgreSQL manual, 55.7).
      options: `-c search_path=${quoteIdentifier(options.schema).replace(/[\\\s]/g, '\\$&')}`,
      max: options.maxConnections ?? 8,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: 60_000,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + 1_000,
      lock_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs * 2,
      keepAlive: true,
    });
    // A connection that breaks while idle is dropped by the pool, one in use between two statements by whoever uses it; the
    // next call finds out whether Postgres is gone. Without listeners either would end the process.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => void client.on('error', () => undefined));
  }

  async query<Row extends object = Record<string, unknown>>(
    statement: Statement,
    values?: readonly unknown[],
  ): Promise<Rows<Row>> {
    const client = await this.#connect();
    let broken = false;
    try {
      return await this.#run<Row>(client, statement, values);
    } catch (error) {
      broken = classifyPostgresError(error) === 'unavailable';
      throw this.#translated(error);
    } finally {
      client.release(broken);
    }
  }

  /**
   * Runs `work` between BEGIN and COMMIT; rolls back when it throws. Resolved means committed. When the connection
   * breaks during COMMIT the outcome is unknown and the call fails as `unavailable`.
   */
  async transaction<Result>(work: (session: PostgresSession) => Promise<Result>): Promise<Result> {
    const client = await this.#connect();
    let broken = false;
    try {
      await client.query('BEGIN');
      const result = await work({ query: (statement, values) => this.#run(client, statement, values) });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      broken = classifyPostgresError(error) === 'unavailable';
      if (!broken) {
        await client.query('ROLLBACK').catch(() => {
          broken = true;
        });
      }
      throw this.#translated(error);
    } finally {
      client.release(broken);
    }
  }

  /** Fails with `unavailable` unless Postgres answers. */
  async ready(): Promise<void> {
    await this.query('SELECT 1');
  }

  /** Lets statements under way end, and closes the connections. */
  async close(): Promise<void> {
    if (!this.pool.ended) await this.pool.end();
  }

  async #run<Row extends object>(
    client: pg.ClientBase,
    statement: Statement,
    values: readonly unknown[] | undefined,
  ): Promise<Rows<Row>> {
    const startedMs = performance.now();
    try {
      return await runStatement<Row>(client, statement, values);
    } finally {
      this.statementSec.observe((performance.now() - startedMs) / 1_000);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    if (this.pool.waitingCount >= this.#maxWaiting) {
      throw this.#busy(`${this.#maxWaiting} requests already wait for a connection`);
    }
    try {
      const client = await this.pool.connect();
      this.#away = false;
      this.#outages.healed('postgres', 'Postgres can be reached again');
      return client;
    } catch (error) {
      // While Postgres is away the connections that everyone waits for are attempts to reach it.
      if (!this.#away && error instanceof Error && error.message === waitedTooLong) {
        throw this.#busy('no connection became free in time', error);
      }
      throw this.#translated(error);
    }
  }

  #busy(reason: string, cause?: unknown): ServiceError {
    this.#overloaded();
    this.failures.busy += 1;
    return new ServiceError('resource-exhausted', `Postgres is busy: ${reason}`, {}, cause);
  }

  #translated(error: unknown): unknown {
    if (error instanceof ServiceError) return error;
    if (classifyPostgresError(error) !== 'unavailable') {
      this.failures.refused += 1;
      return error;
    }
    this.failures.away += 1;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    // A statement that ran into its timeout says nothing of the server.
    if (code !== '57014') {
      this.#away = true;
      this.#outages.failed('postgres', 'Postgres cannot be reached', { error });
    }
    return new ServiceError('unavailable', 'Postgres is not available', {}, error);
  }
}

async function runStatement<Row extends object>(
  client: pg.ClientBase,
  statement: Statement,
  values: readonly unknown[] | undefined,
): Promise<Rows<Row>> {
  const config = typeof statement === 'string' ? { text: statement } : statement;
  const result = await client.query<Row>({ ...config, ...(values === undefined ? {} : { values: [...values] }) });
  return { rows: result.rows, count: result.rowCount ?? 0 };
}

/** A name as an SQL identifier. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
