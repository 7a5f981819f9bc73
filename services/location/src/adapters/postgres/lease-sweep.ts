import { classifyPostgresError, type Logger, ServiceError } from '@ringdown/platform';
import type { FlowOwner, LeaseState } from '../../domain/flow-owner.js';
import type { Judgement, LeaseTimes } from '../../domain/judge-leases.js';
import type { LeaseTable } from './lease-table.js';
import { settleOwned } from './owned-bindings.js';
import type { PipelinedConnection } from './pipelined-connection.js';

export interface LeaseSweepOptions {
  readonly table: LeaseTable;
  /** For the bindings; leases are judged on, meanwhile, on the table's own. */
  readonly connection: PipelinedConnection;
  readonly logger: Logger;
  readonly times: LeaseTimes;
  readonly intervalMs: number;
  readonly forgetMs: number;
  /** Bindings in one transaction at most. */
  readonly maxBatch: number;
  readonly now: () => number;
  /** Told after each transaction what became of how many bindings. */
  readonly settled: (state: LeaseState, bindings: number) => void;
  readonly judged: (judgement: Judgement) => void;
}

const deeds: Readonly<Record<LeaseState, string>> = { live: 'restored', suspended: 'suspended', ended: 'removed' };

/**
 * Judges the leases of flow owners, one replica at a time, and brings their bindings in line: suspended while the owner is silent, restored when
 * it is back, removed when it is gone. Bindings are changed in pieces, each under the locks that a REGISTER takes too, so that phones which
 * come back meanwhile don't wait long and keep what they have just registered.
 */
export class LeaseSweep {
  readonly #options: LeaseSweepOptions;
  #timer: NodeJS.Timeout | undefined;
  #judging: Promise<unknown> = Promise.resolve();
  #settling: Promise<unknown> = Promise.resolve();
  #isSettling = false;
  #forgotAtMs = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: LeaseSweepOptions) {
    this.#options = options;
  }

  /** Judges now and then every interval. */
  start(): void {
    if (this.#stopped) return;
    this.#judging = this.judge()
      .then(() => {
        // It may take longer than an interval: leases are judged on meanwhile.
        if (this.#isSettling || this.#stopped) return;
        this.#isSettling = true;
        void this.settle()
          .catch((error: unknown) => this.#report(error))
          .finally(() => {
            this.#isSettling = false;
          });
      })
      .catch((error: unknown) => this.#report(error))
      .finally(() => {
        if (!this.#stopped) this.#timer = setTimeout(() => this.start(), this.#options.intervalMs);
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#judging;
    await this.#settling.catch(() => undefined);
  }

  /** Judges all leases, unless another replica does. Throws what Postgres failed with. */
  async judge(): Promise<void> {
    const { table, times, logger, judged } = this.#options;
    const judgement = await table.judge(times);
    if (judgement === undefined) return;
    const { silent, known, braked, wasBraked, stalledMs, suspended, ended } = judgement;
    if (stalledMs > 0) {
      logger.info('No location was there to take renewals: leases go on', { stalledMs: Math.round(stalledMs) });
    }
    if (braked && !wasBraked) {
      logger.error(
        'Too many edges are silent at once: nothing is suspended or removed for it. Look for what is between edges and location',
        { silent, known },
      );
    }
    if (!braked && wasBraked) logger.info('Edges that are silent are suspended again', { silent, known });
    for (const { edgeId, incarnation } of suspended) {
      logger.warn('An edge is silent: what is bound to its flows is suspended', { edgeId, incarnation });
    }
    for (const { edgeId, incarnation } of ended) {
      logger.warn('An edge did not come back: what is bound to its flows is removed', { edgeId, incarnation });
    }
    judged(judgement);
  }

  /**
   * Changes bindings until they are as their owners' leases have them, after a change that is under way: a connection has one transaction.
   * Throws what Postgres failed with.
   */
  settle(): Promise<void> {
    const settling = this.#settling.catch(() => undefined).then(() => this.#settleAll());
    this.#settling = settling;
    return settling;
  }

  async #settleAll(): Promise<void> {
    const { table, now, forgetMs } = this.#options;
    for (const owner of await table.unsettled()) await this.#settle(owner);
    if (now() - this.#forgotAtMs < forgetMs) return;
    this.#forgotAtMs = now();
    await table.forget();
  }

  async #settle(owner: FlowOwner): Promise<void> {
    const { connection, maxBatch, logger, settled, now } = this.#options;
    const startedMs = now();
    let total = 0;
    while (!this.#stopped) {
      const client = await connection.client();
      let count: number;
      try {
        count = await settleOwned(client, owner, maxBatch);
      } catch (error) {
        throw connection.failed(client, error);
      }
      if (count === 0) break;
      total += count;
      settled(owner.state, count);
    }
    if (total === 0) return;
    const { edgeId, incarnation, state } = owner;
    const tookMs = Math.round(now() - startedMs);
    logger.info(`Bindings were ${deeds[state]}`, { edgeId, incarnation, bindings: total, tookMs });
  }

  #report(error: unknown): void {
    // An outage is reported where the connection is made, once; a conflict is settled the next time.
    if (error instanceof ServiceError || classifyPostgresError(error) === 'conflict') return;
    this.#options.logger.error('Leases of edges could not be judged', { error });
  }
}
