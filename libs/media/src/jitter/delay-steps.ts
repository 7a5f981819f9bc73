/** A delay that is so much too long is shortened, by a few milliseconds each so often. */
const SHORTEN_FROM_MS = 12;
const SHORTEN_EVERY_MS = 200;
const LENGTHEN_FROM_MS = 2;
const LENGTHEN_EVERY_MS = 40;

/** When the delay of what is heard is to be changed by a step: longer at once, shorter after it was too long for a while. */
export class DelaySteps {
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #leastExcessMs = Number.POSITIVE_INFINITY;
  #leastSinceMs = Number.NEGATIVE_INFINITY;

  /** To be asked at each read. `excessMs`: how much longer the delay is than it should be. */
  wanted(excessMs: number, nowMs: number): 'shorter' | 'longer' | undefined {
    if (excessMs < -LENGTHEN_FROM_MS && nowMs - this.#changedAtMs >= LENGTHEN_EVERY_MS) return 'longer';
    // The least of some time counts: where packets and reads differ in length, each read finds another.
    this.#leastExcessMs = Math.min(this.#leastExcessMs, excessMs);
    if (nowMs - this.#leastSinceMs < SHORTEN_EVERY_MS) return undefined;
    const leastMs = this.#leastExcessMs;
    this.#leastExcessMs = Number.POSITIVE_INFINITY;
    this.#leastSinceMs = nowMs;
    return leastMs > SHORTEN_FROM_MS ? 'shorter' : undefined;
  }

  /** The step has been done. */
  taken(nowMs: number): void {
    this.#changedAtMs = nowMs;
    this.#leastExcessMs = Number.POSITIVE_INFINITY;
    this.#leastSinceMs = nowMs;
  }
}
