/** Rooms take turns within a tick, so that what they send doesn't leave in one burst. */
export const phases = 4;
export const phaseMs = 5;
/** So far behind the clock ticks are caught up, one after the other; beyond, they are left out. */
const mostBehindMs = 100;

/** How ticks went. */
export interface TickCounts {
  /** Begun a whole tick late, or later. */
  late: number;
  /** Left out, since the thread was too far behind. */
  skipped: number;
}

/**
 * Says when the next turn is due. Turns are a grid of 5 ms from the clock's start, so that nothing drifts; room ticks are every fourth of them. It has
 * no timer: whoever has one asks how long to wait, and takes turns until none is due.
 */
export class TickClock {
  readonly counts: TickCounts = { late: 0, skipped: 0 };
  /** When the turn that was taken last was due, and how late it was. */
  dueMs = 0;
  latenessMs = 0;
  readonly #startMs: number;
  #next = 0;
  #isIdle = true;

  constructor(nowMs: number) {
    this.#startMs = nowMs;
  }

  /** The turn that is due, counted from the start, or -1. Turns in which nobody has anything to do are best passed over by the caller. */
  take(nowMs: number): number {
    const lateMs = nowMs - this.#dueMs(this.#next);
    if (lateMs < 0) return -1;
    if (lateMs > mostBehindMs) {
      const behind = Math.floor(lateMs / phaseMs / phases) * phases;
      this.counts.skipped += behind / phases;
      this.#next += behind;
    }
    this.dueMs = this.#dueMs(this.#next);
    this.latenessMs = nowMs - this.dueMs;
    if (this.latenessMs >= phaseMs * phases) this.counts.late++;
    return this.#next++;
  }

  /**
   * How long to wait for the next turn of a phase that `isWanted`; turns before it are passed over. Undefined while none is wanted: then time goes by
   * uncounted until one is.
   */
  waitMs(nowMs: number, isWanted: (phase: number) => boolean): number | undefined {
    if (this.#isIdle) this.#next = Math.max(this.#next, Math.ceil((nowMs - this.#startMs) / phaseMs));
    this.#isIdle = false;
    for (let passed = 0; passed < phases; passed++) {
      if (isWanted(this.#next % phases)) return Math.max(0, this.#dueMs(this.#next) - nowMs);
      this.#next++;
    }
    this.#isIdle = true;
    return undefined;
  }

  #dueMs(turn: number): number {
    return this.#startMs + turn * phaseMs;
  }
}
