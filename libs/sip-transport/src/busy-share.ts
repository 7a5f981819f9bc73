import { performance } from 'node:perf_hooks';

/** Two times in milliseconds: what the event loop was busy, and what it waited, since its start. */
export interface LoopTimes {
  readonly active: number;
  readonly idle: number;
}

const windowMs = 10;
/** Of the latest window in the average: what was five windows ago counts for a sixth. */
const weight = 0.3;

/** What share of its time this thread's event loop was busy in the last tens of milliseconds, 0 to 1. */
export class BusyShare {
  readonly #measure: () => LoopTimes;
  #last: LoopTimes;
  #share = 0;

  constructor(measure: () => LoopTimes = () => performance.eventLoopUtilization()) {
    this.#measure = measure;
    this.#last = measure();
  }

  /** As of now, or of a few milliseconds ago: it may be asked in each turn of the loop. */
  get now(): number {
    const times = this.#measure();
    const active = times.active - this.#last.active;
    const passedMs = active + times.idle - this.#last.idle;
    if (passedMs < windowMs) return this.#share;
    this.#last = times;
    // Who asks seldom gets what was since then: old windows count for less the longer they are ago.
    const past = (1 - weight) ** (passedMs / windowMs);
    this.#share = past * this.#share + (1 - past) * (active / passedMs);
    return this.#share;
  }
}
