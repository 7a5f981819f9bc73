/** How many requests may be offered to other edges within a second. */
export interface OfferLimits {
  readonly perSec: number;
  /** Of those, from one host. */
  readonly perHostPerSec: number;
}

/** More than a change of the set of edges brings at a busy edge, and a small part of what an edge can do. */
export const defaultOfferLimits: OfferLimits = { perSec: 4_000, perHostPerSec: 1_000 };

const windowMs = 1_000;

/**
 * Bounds what strangers can make edges ask each other: whoever sends requests that match nothing costs every edge a question for each, so there is a
 * limit, and one host can't use it up for the others.
 */
export class OfferBudget {
  readonly #limits: OfferLimits;
  readonly #byHost = new Map<string, number>();
  #all = 0;
  #endsAt = Number.NEGATIVE_INFINITY;

  constructor(limits: OfferLimits = defaultOfferLimits) {
    this.#limits = limits;
  }

  /** Whether one more may be offered for this host. `now`: milliseconds of a monotonic clock. */
  take(now: number, host: string): boolean {
    if (now >= this.#endsAt) {
      this.#endsAt = now + windowMs;
      this.#all = 0;
      this.#byHost.clear();
    }
    const ofHost = this.#byHost.get(host) ?? 0;
    if (this.#all >= this.#limits.perSec || ofHost >= this.#limits.perHostPerSec) return false;
    this.#all += 1;
    this.#byHost.set(host, ofHost + 1);
    return true;
  }
}
