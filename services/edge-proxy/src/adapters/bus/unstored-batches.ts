import type { Bus, OutageLog, Span } from '@ringdown/platform';

/** A batch of events on its way to the stream. */
export interface EncodedBatch {
  readonly subject: string;
  readonly data: Uint8Array;
  /** What the stream knows a repetition by. */
  readonly id: string;
  readonly events: number;
  /** End when it is stored, or lost. */
  readonly spans?: readonly Span[];
}

export interface UnstoredBatchesOptions {
  readonly bus: Pick<Bus, 'durablePublish'>;
  readonly outages: OutageLog;
  /** Of all batches that are kept; default 64 MiB, some 200,000 events. */
  readonly maxBytes?: number;
  /** Batches that are sent without an answer at most; default 64. */
  readonly maxUnderWay?: number;
  /** Pause after a failure; default 500. */
  readonly retryMs?: number;
}

interface Kept extends EncodedBatch {
  isUnderWay: boolean;
}

/** How often the last of them are tried before the edge ends without. */
const lastAttempts = 6;
/** What a batch takes beside its data. */
const overheadBytes = 200;

/**
 * Keeps what the stream has not acknowledged, and sends it again until it has, in the order of age. It is bounded: where the stream is away for so long that there is no more
 * room, the oldest are dropped, counted and told once.
 */
export class UnstoredBatches {
  readonly #options: UnstoredBatchesOptions;
  readonly #maxBytes: number;
  readonly #maxUnderWay: number;
  readonly #retryMs: number;
  /** The oldest first. */
  readonly #kept = new Set<Kept>();
  readonly #underWay = new Set<Promise<void>>();
  #retry: NodeJS.Timeout | undefined;
  #ended = false;
  /** Events that wait for the stream's word. */
  events = 0;
  bytes = 0;
  /** Events dropped since the start. */
  dropped = 0;

  constructor(options: UnstoredBatchesOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? 64 * 1024 * 1024;
    this.#maxUnderWay = options.maxUnderWay ?? 64;
    this.#retryMs = options.retryMs ?? 500;
  }

  add(batch: EncodedBatch): void {
    this.#kept.add({ ...batch, isUnderWay: false });
    this.events += batch.events;
    this.bytes += sizeOf(batch);
    while (this.bytes > this.#maxBytes) this.#dropOldest();
    this.#send();
  }

  /** Resolves when all of it is stored, or has failed a few times more: then it is lost, and told. */
  async flush(): Promise<void> {
    for (let attempt = 0; this.#kept.size > 0 && attempt < lastAttempts; attempt += 1) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, this.#retryMs));
      this.#resume();
      while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    }
    this.#ended = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#kept.size > 0) this.#tellLost('the edge ends', this.events);
    for (const batch of this.#kept) this.#lose(batch);
  }

  #resume(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#send();
  }

  #send(): void {
    if (this.#retry !== undefined || this.#ended) return;
    for (const batch of this.#kept) {
      if (this.#underWay.size >= this.#maxUnderWay) return;
      if (!batch.isUnderWay) this.#publish(batch);
    }
  }

  #publish(batch: Kept): void {
    const { bus, outages } = this.#options;
    batch.isUnderWay = true;
    const published: Promise<void> = bus.durablePublish(batch.subject, batch.data, { id: batch.id }).then(
      () => {
        this.#underWay.delete(published);
        if (this.#kept.has(batch)) this.#forget(batch);
        outages.healed('call-events', 'call events are stored again');
        this.#send();
      },
      (error: unknown) => {
        this.#underWay.delete(published);
        batch.isUnderWay = false;
        for (const span of batch.spans ?? []) span.event('not stored');
        outages.failed('call-events', 'call events can not be stored: they are kept, and sent again', { error });
        if (this.#ended) return;
        this.#retry ??= setTimeout(() => this.#resume(), this.#retryMs);
      },
    );
    this.#underWay.add(published);
  }

  #dropOldest(): void {
    const [oldest] = this.#kept;
    if (oldest === undefined) return;
    this.#lose(oldest);
    this.dropped += oldest.events;
    this.#tellLost('there is no room for more', oldest.events);
  }

  #tellLost(why: string, events: number): void {
    this.#options.outages.failed('call-events-lost', `call events are lost, and records will be incomplete: ${why}`, {
      events,
    });
  }

  #lose(batch: Kept): void {
    for (const span of batch.spans ?? []) span.fail('lost');
    this.#forget(batch);
  }

  #forget(batch: Kept): void {
    for (const span of batch.spans ?? []) span.end();
    this.#kept.delete(batch);
    this.events -= batch.events;
    this.bytes -= sizeOf(batch);
  }
}

function sizeOf({ data }: EncodedBatch): number {
  return data.byteLength + overheadBytes;
}
