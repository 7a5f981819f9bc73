import type { Timers } from '../ports/timers.js';

interface Pending {
  readonly atMs: number;
  readonly run: () => void;
}

/** A clock and timers that only move when told. */
export class SimulatedTime implements Timers {
  #pending: Pending[] = [];
  nowMs = Date.UTC(2026, 10, 2, 12);

  readonly now = (): number => this.nowMs;

  /** Timers that haven't run. */
  get waiting(): number {
    return this.#pending.length;
  }

  after(delayMs: number, run: () => void): () => void {
    const pending = { atMs: this.nowMs + delayMs, run };
    this.#pending.push(pending);
    return () => {
      this.#pending = this.#pending.filter((one) => one !== pending);
    };
  }

  /** Lets time pass, and what is due run in its order; promises have settled when it resolves. */
  async pass(durationMs: number): Promise<void> {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      await settled();
      const [next] = this.#pending.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#pending = this.#pending.filter((one) => one !== next);
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }
}

/** Resolves when everything that hangs on promises alone is done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
