import { type Logger, ServiceError } from '@ringdown/platform';
import type { ChangeFeed, ChangePublisher, CommitCalls, WatchItem } from '../../ports/change-feed.js';
import type { ChangeLog } from './change-log.js';
import { Wake } from './wake.js';

export interface OutboxFeedOptions {
  /** For publishing: its connection's life is the lead's. */
  readonly log: ChangeLog;
  /** For watchers, on another connection. */
  readonly watchLog: ChangeLog;
  readonly publisher: ChangePublisher;
  readonly calls: CommitCalls;
  readonly logger: Logger;
  /** How often who doesn't publish looks for what was committed. */
  readonly pollMs: number;
  /** How often who publishes looks for what other replicas committed; they call it, but a call may be lost. */
  readonly leaderPollMs: number;
  /** How long to wait, after a change was seen, for more to publish together. */
  readonly lingerMs: number;
  readonly heartbeatMs: number;
  /** How long changes are kept for watchers that come back. */
  readonly keepMs: number;
  readonly now: () => number;
}

const pageSize = 500;
/** Old changes are removed this often in the time for which changes are kept. */
const prunesInKeepTime = 60;

/**
 * Publishes the outbox to the bus, in order of its positions. All replicas run one; the one that holds an advisory lock
 * publishes, and the others take over when its connection is gone. What it had published and not yet marked is published again.
 */
export class OutboxFeed implements ChangeFeed {
  readonly #options: OutboxFeedOptions;
  /** Rings when something was committed here. */
  readonly #committed = new Wake();
  /** Rings when the outbox's head has moved. */
  readonly #moved = new Wake();
  readonly #stopping = new AbortController();
  /** Positions with the time at which they were the head, the oldest first. */
  #ages: { readonly position: number; readonly atMs: number }[] = [];
  #head = -1;
  #published = -1;
  #leads = false;
  /** Whether the lead has been told of: once it has carried something, so that a bus that is away doesn't make a line of every attempt. */
  #leadIsTold = false;
  #triedToLeadAtMs = Number.NEGATIVE_INFINITY;
  #beatAtMs = Number.NEGATIVE_INFINITY;
  #prunedAtMs = Number.NEGATIVE_INFINITY;
  #loop: Promise<void> = Promise.resolve();
  #stopListening: () => void = () => undefined;

  constructor(options: OutboxFeedOptions) {
    this.#options = options;
  }

  /** Whether this replica publishes. */
  get leads(): boolean {
    return this.#leads;
  }

  start(): void {
    this.#stopListening = this.#options.calls.listen(() => {
      if (this.#leads) this.#committed.ring();
    });
    this.#loop = this.#run();
  }

  /** Something was committed by this replica. */
  committed(): void {
    this.#committed.ring();
    if (!this.#leads) this.#options.calls.call();
  }

  async stop(): Promise<void> {
    this.#stopListening();
    this.#stopping.abort();
    this.#committed.ring();
    await this.#loop;
    if (this.#leads) await this.#options.log.markPublished(this.#published).catch(() => undefined);
  }

  async *watch(tenantId: string, after: number, signal: AbortSignal): AsyncGenerator<WatchItem> {
    const { watchLog, heartbeatMs, now } = this.#options;
    const ended = AbortSignal.any([signal, this.#stopping.signal]);
    let cursor = after < 0 ? await watchLog.head() : after;
    let beatAtMs = Number.NEGATIVE_INFINITY;
    while (!ended.aborted) {
      const seen = this.#moved.count;
      const page = await watchLog.read(cursor, tenantId, pageSize);
      if (page === 'lost') {
        cursor = await watchLog.head();
        yield { kind: 'reset', position: cursor };
        continue;
      }
      for (const change of page.changes) yield { kind: 'change', change, nowMs: page.nowMs };
      if (page.changes.length === pageSize) {
        cursor = page.changes.at(-1)?.position ?? cursor;
        continue;
      }
      cursor = page.headPosition;
      if (now() - beatAtMs >= heartbeatMs) {
        beatAtMs = now();
        yield { kind: 'heartbeat', position: cursor };
      }
      await this.#moved.after(seen, Math.max(0, beatAtMs + heartbeatMs - now()), ended);
    }
    if (!signal.aborted) throw new ServiceError('unavailable', 'location is stopping');
  }

  async #run(): Promise<void> {
    const { logger, pollMs, lingerMs } = this.#options;
    const leaderPollMs = Math.min(this.#options.leaderPollMs, this.#options.heartbeatMs);
    while (!this.#stopping.signal.aborted) {
      const seen = this.#committed.count;
      try {
        await this.#round();
      } catch (error) {
        await this.#resign();
        // The outage of Postgres or of the bus is reported where it is noticed, once.
        if (!(error instanceof ServiceError)) logger.error('Changes of bindings could not be published', { error });
      }
      // Who doesn't publish learns of all commits, its own too, by asking now and then.
      const [after, atMostMs] = this.#leads ? [seen, leaderPollMs] : [Number.POSITIVE_INFINITY, pollMs];
      await this.#committed.after(after, atMostMs, this.#stopping.signal);
      if (this.#leads && this.#committed.count > seen) await new Promise((resolve) => setTimeout(resolve, lingerMs));
    }
  }

  async #round(): Promise<void> {
    const { log, publisher, heartbeatMs, now, logger } = this.#options;
    if (!(await this.#lead())) {
      this.#headIs(await log.head());
      return;
    }
    for (let full = true; full && !this.#stopping.signal.aborted; ) {
      const page = await log.read(this.#published, '', pageSize);
      if (page === 'lost') {
        this.#published = await log.head();
        publisher.reset(this.#published);
        continue;
      }
      if (page.changes.length > 0) await publisher.publish(page.changes, page.nowMs);
      this.#published = page.changes.at(-1)?.position ?? this.#published;
      this.#headIs(page.headPosition);
      full = page.changes.length === pageSize;
    }
    if (now() - this.#beatAtMs < heartbeatMs) return;
    await log.markPublished(this.#published);
    publisher.heartbeat(this.#published);
    this.#beatAtMs = now();
    if (!this.#leadIsTold) logger.info('This replica publishes the changes of bindings', { position: this.#published });
    this.#leadIsTold = true;
    await this.#prune();
  }

  /** Somebody whose connections work better may lead. */
  async #resign(): Promise<void> {
    if (!this.#leads) return;
    this.#leads = false;
    this.#leadIsTold = false;
    this.#triedToLeadAtMs = this.#options.now();
    await this.#options.log.resign().catch(() => undefined);
  }

  async #lead(): Promise<boolean> {
    const { log, heartbeatMs, now } = this.#options;
    if (!this.#leads && now() - this.#triedToLeadAtMs < heartbeatMs) return false;
    this.#triedToLeadAtMs = now();
    const led = this.#leads;
    this.#leads = await log.lead();
    if (this.#leads && !led) this.#published = await log.publishedPosition();
    if (!this.#leads) this.#leadIsTold = false;
    return this.#leads;
  }

  #headIs(position: number): void {
    if (position === this.#head) return;
    this.#head = position;
    this.#moved.ring();
  }

  async #prune(): Promise<void> {
    const { log, keepMs, now } = this.#options;
    if (now() - this.#prunedAtMs < keepMs / prunesInKeepTime) return;
    this.#prunedAtMs = now();
    this.#ages.push({ position: this.#published, atMs: now() });
    const old = this.#ages.findLast((age) => now() - age.atMs >= keepMs);
    if (old === undefined) return;
    this.#ages = this.#ages.slice(this.#ages.indexOf(old));
    for (let removed = 1; removed > 0 && !this.#stopping.signal.aborted; ) removed = await log.prune(old.position);
  }
}
