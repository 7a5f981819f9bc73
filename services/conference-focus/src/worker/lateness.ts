/** How long a turn counts. */
export const latenessWindowMs = 10_000;
/** Turns of four phases in that time, and some that are caught up. */
const kept = 2560;

/** How late turns of the last ten seconds began. */
export class Lateness {
  readonly #begunMs = new Float64Array(kept);
  readonly #lateMs = new Float64Array(kept);
  readonly #sorted = new Float64Array(kept);
  #count = 0;

  add(begunMs: number, lateMs: number): void {
    const at = this.#count++ % kept;
    this.#begunMs[at] = begunMs;
    this.#lateMs[at] = lateMs;
  }

  /** The least that 99 of a hundred stay within; 0 where there were none. */
  p99Ms(nowMs: number): number {
    const sinceMs = nowMs - latenessWindowMs;
    let counted = 0;
    for (let at = 0; at < Math.min(this.#count, kept); at++)
      if ((this.#begunMs[at] as number) >= sinceMs) this.#sorted[counted++] = this.#lateMs[at] as number;
    if (counted === 0) return 0;
    const sorted = this.#sorted.subarray(0, counted).sort();
    return sorted[Math.min(counted - 1, Math.floor(counted * 0.99))] as number;
  }
}
