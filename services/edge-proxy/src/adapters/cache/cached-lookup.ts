import type { Versioned, VersionedCache } from '../../domain/versioned-cache.js';
import type { Answered, Lookup } from '../../ports/lookups.js';

export interface CachedLookupOptions<V extends Versioned> {
  readonly cache: VersionedCache<V>;
  /** Asks the owning service; undefined for "there is none". Rejects when it can't be asked. */
  readonly load: (key: string, traceparent: string | undefined) => Promise<V | undefined>;
  readonly now: () => number;
  /** Told of every failure to ask; logging it once is its business. */
  readonly failed: (error: unknown) => void;
  /** Told when asking works. */
  readonly succeeded: () => void;
}

/** How often a lookup was served, since the start, and how: from the cache, from what is stale there, by asking the owner, or not at all. */
export interface LookupCounters {
  hit: number;
  stale: number;
  miss: number;
  failed: number;
}

/** An answer that events keep overtaking is taken at this attempt: the next event corrects it. */
const maxAttempts = 3;
/** How long after a failure the owner is taken to be away: what is cached doesn't wait for the next time limit. */
const outageMs = 3_000;

/**
 * A cache in front of an owning service: warm keys are answered in the same turn, and a cold one is asked for once however many wait. While the owner
 * is away a stale value is answered in the same turn too, and one question at a time finds out when it is back.
 */
export class CachedLookup<V extends Versioned> {
  readonly counters: LookupCounters = { hit: 0, stale: 0, miss: 0, failed: 0 };
  private readonly waiting = new Map<string, Answered<V>[]>();
  /** When the owner last failed to answer, if it hasn't since. */
  private failedAt = Number.NEGATIVE_INFINITY;
  private isProbing = false;

  constructor(private readonly options: CachedLookupOptions<V>) {}

  /** Of several that wait for one key, the first one's trace shows the call. */
  find(key: string, answered: Answered<V>, traceparent?: string): void {
    const cached = this.options.cache.get(this.options.now(), key);
    if (cached?.kind === 'fresh') {
      this.counters.hit += 1;
      answered({ kind: 'found', value: cached.value });
      return;
    }
    const others = this.waiting.get(key);
    if (cached !== undefined && this.options.now() - this.failedAt < outageMs) {
      if (others === undefined && !this.isProbing) this.probe(key);
      this.counters.stale += 1;
      answered({ kind: 'found', value: cached.value, isStale: true });
      return;
    }
    this.counters.miss += 1;
    if (others !== undefined) {
      others.push(answered);
      return;
    }
    this.waiting.set(key, [answered]);
    void this.ask(key, 1, traceparent);
  }

  private probe(key: string): void {
    this.isProbing = true;
    this.waiting.set(key, []);
    void this.ask(key, 1, undefined).finally(() => {
      this.isProbing = false;
    });
  }

  private async ask(key: string, attempt: number, traceparent: string | undefined): Promise<void> {
    const { cache, load, now } = this.options;
    cache.loadStarted(key);
    // What the answer says held when it was asked for; an event that was missed since then may have changed it.
    const askedAt = now();
    let value: V | undefined;
    try {
      value = await load(key, traceparent);
    } catch (error) {
      cache.loadFailed(key);
      this.options.failed(error);
      this.counters.failed += 1;
      this.failedAt = now();
      const stale = cache.get(this.failedAt, key);
      this.answer(
        key,
        stale === undefined ? { kind: 'unavailable' } : { kind: 'found', value: stale.value, isStale: true },
      );
      return;
    }
    this.failedAt = Number.NEGATIVE_INFINITY;
    this.options.succeeded();
    if (!cache.loadEnded(askedAt, key, value) && attempt < maxAttempts) {
      await this.ask(key, attempt + 1, traceparent);
      return;
    }
    this.answer(key, value === undefined ? { kind: 'absent' } : { kind: 'found', value });
  }

  private answer(key: string, answer: Lookup<V>): void {
    const waiting = this.waiting.get(key) ?? [];
    this.waiting.delete(key);
    for (const answered of waiting) answered(answer);
  }
}
