import type { Timers } from '../ports/timers.js';

/** The timers of one conference, so that its end leaves none behind. */
export class Waits {
  readonly #timers: Timers;
  readonly #pending = new Set<() => void>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Runs `run` after `delayMs`, unless cancelled by the returned function or by `cancelAll`. */
  after(delayMs: number, run: () => void): () => void {
    const cancelTimer = this.#timers.after(delayMs, () => {
      this.#pending.delete(cancel);
      run();
    });
    const cancel = () => {
      this.#pending.delete(cancel);
      cancelTimer();
    };
    this.#pending.add(cancel);
    return cancel;
  }

  cancelAll(): void {
    for (const cancel of this.#pending) cancel();
  }
}
