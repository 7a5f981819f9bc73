/** Nobody is sent away for longer: a phone that can't be called is a fault. */
const longestMs = 90_000;

/**
 * Tells those who are sent away when to come back, one after the other at the rate at which they can be served: a thousand phones that are told the same
 * time come back as the same wave. Time is in milliseconds of a monotonic clock.
 */
export class ReturnSchedule {
  #lastReturn = 0;

  /** `random` gives numbers from 0 to 1, for those whose turn would come too late. */
  constructor(private readonly random: () => number) {}

  /** Whole seconds, at least 1. */
  retryAfterSec(now: number, perSec: number): number {
    const turn = Math.max(now, this.#lastReturn) + 1_000 / perSec;
    const waitMs = turn - now;
    if (waitMs > longestMs) return Math.ceil((longestMs * (1 + this.random())) / 2_000);
    this.#lastReturn = turn;
    return Math.max(1, Math.ceil(waitMs / 1_000));
  }

  /** Whether everybody's turn has come. */
  isOver(now: number): boolean {
    return this.#lastReturn <= now;
  }
}
