interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Full buckets say nothing; beyond this many they are forgotten. */
const manyBuckets = 10_000;

/** A token bucket for each key, which fills at a rate and holds one second's worth. Time is in milliseconds of a monotonic clock. */
export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();

  /** Keys that are counted. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token; false where there is none. */
  take(now: number, key: string, perSec: number): boolean {
    const bucket = this.#bucket(now, key, perSec);
    bucket.tokens = Math.min(perSec, bucket.tokens + ((now - bucket.filledAt) / 1_000) * perSec);
    bucket.filledAt = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** How many there would be now, with none taken. */
  left(now: number, key: string, perSec: number): number {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return perSec;
    return Math.min(perSec, bucket.tokens + ((now - bucket.filledAt) / 1_000) * perSec);
  }

  #bucket(now: number, key: string, perSec: number): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    if (this.#buckets.size >= manyBuckets) {
      for (const [other, bucket] of this.#buckets) if (now - bucket.filledAt >= 1_000) this.#buckets.delete(other);
    }
    const bucket: Bucket = { tokens: perSec, filledAt: now };
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
