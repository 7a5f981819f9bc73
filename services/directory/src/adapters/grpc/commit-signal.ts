import type { Waiter } from './watch-changes.js';

/** Wakes watchers when this replica commits; what others commit is looked for every `periodMs`. */
export class CommitSignal implements Waiter {
  readonly #waiting = new Set<() => void>();
  readonly #periodMs: number;

  constructor(periodMs = 1000) {
    this.#periodMs = periodMs;
  }

  notify(): void {
    for (const wake of this.#waiting) wake();
  }

  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, this.#periodMs);
      timer.unref();
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      if (signal.aborted) wake();
    });
  }
}
