/** Some seconds of ticks. */
const kept = 1024;

/** How late ticks of the last seconds began. */
export class Lateness {
  readonly #samples = new Float64Array(kept);
  readonly #sorted = new Float64Array(kept);
  #count = 0;

  add(lateMs: number): void {
    this.#samples[this.#count++ % kept] = lateMs;
  }

  /** The least that 99 of a hundred stay within; 0 before any. */
  p99Ms(): number {
    const length = Math.min(this.#count, kept);
    if (length === 0) return 0;
    this.#sorted.set(this.#samples);
    const sorted = this.#sorted.subarray(0, length).sort();
    return sorted[Math.min(length - 1, Math.floor(length * 0.99))] as number;
  }
}
