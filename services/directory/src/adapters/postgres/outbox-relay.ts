import type { Postgres, PostgresSession } from '@ringdown/platform';
import type { ChangePublisher } from '../../ports/change-publisher.js';
import { pruneOutbox } from './outbox.js';
import { changeFrom, type OutboxRow } from './rows.js';

export interface OutboxRelayOptions {
  readonly postgres: Postgres;
  readonly publisher: ChangePublisher;
  /** Told of each attempt that failed; the changes are offered again at the next. */
  readonly failed: (error: unknown) => void;
  /** How often a replica looks for changes that another one committed and didn't publish; also the heartbeat's period. */
  readonly intervalMs?: number;
  /** How long published changes are kept for watchers that come back. */
  readonly keepSec?: number;
}

const BATCH = 500;

/**
 * Publishes the outbox in the order of commits, at least once each. Every replica runs one; whichever holds the row lock on the
 * progress publishes, so the order holds across replicas and none is needed in particular. A change counts as published only
 * when the progress is committed after it: a crash in between repeats changes and never loses one.
 */
export class OutboxRelay {
  readonly #options: Required<OutboxRelayOptions>;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #wanted = false;
  #started = false;
  #prunedAt = 0;

  constructor(options: OutboxRelayOptions) {
    this.#options = { intervalMs: 1000, keepSec: 3600, ...options };
  }

  start(): void {
    this.#started = true;
    this.wake();
    this.#timer = setInterval(() => this.wake(), this.#options.intervalMs);
    this.#timer.unref();
  }

  /** Publishes soon: called after each commit of this replica. Does nothing before the start and after the end. */
  wake(): void {
    if (!this.#started) return;
    this.#wanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /**
   * Publishes soon and resolves when what was committed before has been published, or has failed, or `withinMs` are over: a writer that is
   * answered then finds its change in force, and a bus that is away doesn't hold it up.
   */
  async published(withinMs: number): Promise<void> {
    this.wake();
    if (this.#running === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.#running, late]);
    clearTimeout(timer);
  }

  /** Publishes what is there once more, then ends. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.wake();
    this.#started = false;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      try {
        while ((await this.#publishBatch()) === BATCH);
        await this.#prune();
      } catch (error) {
        this.#options.failed(error);
        return;
      }
    }
  }

  #publishBatch(): Promise<number> {
    return this.#options.postgres.transaction((session) => this.#publishUnderLock(session));
  }

  async #publishUnderLock(session: PostgresSession): Promise<number> {
    const { publisher, intervalMs } = this.#options;
    const progress = await session.query<{ published: string; due: boolean }>(
      `select published, beat_at < clock_timestamp() - make_interval(secs => $1) as due
       from directory.outbox_progress for update`,
      // A little early rather than a whole period late.
      [(intervalMs * 0.9) / 1000],
    );
    const { published, due } = progress.rows[0]!;
    const { rows } = await session.query<OutboxRow>(
      'select tenant_id, position, subject from directory.outbox where position > $1 order by position limit $2',
      [published, BATCH],
    );
    if (rows.length > 0) await publisher.publish(rows.map(changeFrom));
    const reached = rows.at(-1)?.position ?? published;
    if (rows.length === 0 && !due) return 0;
    if (due) await publisher.heartbeat(Number(reached));
    await session.query(
      'update directory.outbox_progress set published = $1, beat_at = case when $2 then clock_timestamp() else beat_at end',
      [reached, due],
    );
    return rows.length;
  }

  async #prune(): Promise<void> {
    const now = performance.now();
    if (now - this.#prunedAt < 60_000) return;
    this.#prunedAt = now;
    await pruneOutbox(this.#options.postgres, this.#options.keepSec);
  }
}
