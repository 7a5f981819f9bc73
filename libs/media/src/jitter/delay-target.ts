const BIN_MS = 5;
/** Of each packet's weight after the next one: half is forgotten in 170 packets, 3.5 s of 20 ms. */
const FORGET = 0.996;
const QUANTILE = 0.99;
const PEAK_DECAY = 0.02;
const BUCKET_MS = 2000;
const BUCKET_PACKETS = 20;
const FIRST_GUESS_MS = 20;

/**
 * How long packets must be held so that nearly all come in time. Each packet's transit time (arrival less timestamp) is compared with the shortest of the
 * last seconds, which follows a drifting clock; the delay is the 99th of a hundred of these differences, remembered with a fading weight. A packet
 * that exceeds it raises it at once, and that fades by 20 ms a second.
 */
export class DelayTarget {
  readonly #ceilingMs: number;
  readonly #weights: Float64Array;
  #weight = 1;
  #total = 0;
  #quantileMs = FIRST_GUESS_MS;
  #sinceQuantile = 0;
  #peakMs = 0;
  #peakAtMs = 0;
  #shortestNow = Number.POSITIVE_INFINITY;
  #shortestBefore = Number.POSITIVE_INFINITY;
  #bucketFromMs = 0;
  #bucketPackets = 0;

  constructor(ceilingMs: number) {
    this.#ceilingMs = ceilingMs;
    this.#weights = new Float64Array(Math.ceil(ceilingMs / BIN_MS) + 1);
    this.#remember(FIRST_GUESS_MS - BIN_MS);
  }

  /** Of the fastest packet lately; arrival less timestamp, in milliseconds. Infinite before any has come. */
  get shortestTransitMs(): number {
    return Math.min(this.#shortestNow, this.#shortestBefore);
  }

  /** A packet's transit time. */
  arrived(transitMs: number, nowMs: number): void {
    if (nowMs - this.#bucketFromMs >= BUCKET_MS && this.#bucketPackets >= BUCKET_PACKETS) {
      this.#shortestBefore = this.#shortestNow;
      this.#shortestNow = transitMs;
      this.#bucketFromMs = nowMs;
      this.#bucketPackets = 0;
    }
    if (this.#bucketPackets++ === 0 && this.#shortestBefore === Number.POSITIVE_INFINITY) this.#bucketFromMs = nowMs;
    if (transitMs < this.#shortestNow) this.#shortestNow = transitMs;
    const jitterMs = transitMs - this.shortestTransitMs;
    if (jitterMs > this.wantedMs(nowMs)) {
      this.#peakMs = Math.min(jitterMs, this.#ceilingMs);
      this.#peakAtMs = nowMs;
    }
    this.#remember(jitterMs);
  }

  /** How much longer than the fastest packet a packet should be given. */
  wantedMs(nowMs: number): number {
    return Math.min(this.#ceilingMs, Math.max(this.#quantileMs, this.#peakMs - (nowMs - this.#peakAtMs) * PEAK_DECAY));
  }

  /** Forgets when packets came, but not how irregularly: a source has begun anew. */
  restart(): void {
    this.#shortestNow = Number.POSITIVE_INFINITY;
    this.#shortestBefore = Number.POSITIVE_INFINITY;
    this.#bucketPackets = 0;
  }

  #remember(jitterMs: number): void {
    const weights = this.#weights;
    // A newer packet weighs more instead of all older ones less: one addition a packet.
    this.#weight /= FORGET;
    this.#total += this.#weight;
    const bin = Math.min(weights.length - 1, Math.floor(jitterMs / BIN_MS));
    weights[bin] = weights[bin]! + this.#weight;
    if (++this.#sinceQuantile < 10) return;
    this.#sinceQuantile = 0;
    let above = this.#total * (1 - QUANTILE);
    let highest = weights.length;
    // Down to the second bin: below 10 ms a timer's own jitter would cost packets.
    while (highest > 1 && above >= 0) above -= weights[--highest]!;
    this.#quantileMs = (highest + 1) * BIN_MS;
    if (this.#weight < 1e9) return;
    for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! / this.#weight;
    this.#total /= this.#weight;
    this.#weight = 1;
  }
}
