import { classifyPostgresError, type Logger, ServiceError } from '@ringdown/platform';
import { expire } from '../../domain/expire.js';
import { changeDueAddresses, type Due } from './address-transaction.js';
import type { PipelinedConnection } from './pipelined-connection.js';

export interface ExpirySweepOptions {
  readonly connection: PipelinedConnection;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** Bindings in one transaction at most. */
  readonly maxBatch: number;
  /** Told after each transaction how many bindings it expired. */
  readonly expired: (bindings: number) => void;
}

/** What has expired, at most `limit` bindings. */
const expired = (limit: number): Due => ({
  name: 'expired',
  select: `select tenant_id, address_of_record from location.bindings
  where not removed and expires_at <= clock_timestamp() order by expires_at limit $1::int`,
  values: [limit],
});

/** Rows whose row lock another transaction holds are about to become something else, and are passed over. */
const removeTombstones = {
  name: 'remove-tombstones',
  text: `
delete from location.bindings where (tenant_id, address_of_record, binding_key) in (
  select tenant_id, address_of_record, binding_key from location.bindings
  where removed and expires_at <= clock_timestamp() order by expires_at limit $1::int for update skip locked
) and removed and expires_at <= clock_timestamp()`,
};

/**
 * Removes expired bindings, each exactly once however many replicas sweep: it is done under the lock of the address of record
 * that a REGISTER takes too, and what is due is read again behind the lock.
 */
export class ExpirySweep {
  readonly #options: ExpirySweepOptions;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: ExpirySweepOptions) {
    this.#options = options;
  }

  /** Sweeps now and then every interval. */
  start(): void {
    if (this.#stopped) return;
    void this.sweep()
      .catch((error: unknown) => this.#report(error))
      .finally(() => {
        if (!this.#stopped) this.#timer = setTimeout(() => this.start(), this.#options.intervalMs);
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#sweeping.catch(() => undefined);
  }

  /**
   * Expires all that is due, after a sweep that is under way: a connection has one transaction. Returns how many bindings that
   * were. Throws what Postgres failed with.
   */
  sweep(): Promise<number> {
    const sweeping = this.#sweeping.catch(() => undefined).then(() => this.#sweep());
    this.#sweeping = sweeping;
    return sweeping;
  }

  async #sweep(): Promise<number> {
    const { connection, maxBatch } = this.#options;
    let total = 0;
    while (!this.#stopped) {
      const client = await connection.client();
      let batch = 0;
      try {
        const addresses = await changeDueAddresses(client, expired(maxBatch), (address, _, nowMs) => {
          const decision = expire(address.state, nowMs);
          if (decision.kind === 'unchanged') return undefined;
          batch += decision.expired;
          return decision;
        });
        if (addresses === 0) {
          await client.query({ ...removeTombstones, values: [maxBatch] });
          return total;
        }
      } catch (error) {
        throw connection.failed(client, error);
      }
      total += batch;
      this.#options.expired(batch);
    }
    return total;
  }

  #report(error: unknown): void {
    // An outage is reported where the connection is made, once; a conflict is swept up the next time.
    if (error instanceof ServiceError || classifyPostgresError(error) === 'conflict') return;
    this.#options.logger.error('Expired bindings could not be removed', { error });
  }
}
