/** What an edge sees of the platform beside the answers to its renewals. */
export interface Surroundings {
  /** Location's events come: it is there, for others if not for this edge. */
  readonly locationIsHeard: boolean;
  /** Other edges to which there is a stream. */
  readonly peers: number;
}

/**
 * How an edge stands with location. `held`: its lease is in force, as far as it can know. `waiting`: it isn't any more, but nothing says that
 * another edge is better off. `cut-off`: this edge can't renew, others can, and its phones are better off there. `superseded`: another process
 * has taken this edge's name.
 */
export type LeaseStanding = 'held' | 'waiting' | 'cut-off' | 'superseded';

/** Between two looks there is a quarter of a second. */
const maxGapMs = 1_000;

/**
 * Finds out whether the phones of an edge have to move. What location counts as silence this counts as well: not the time in which location is
 * away for everybody, since phones that moved then would find no other edge that can register them. The edge is cut off when for the length of
 * its lease location was heard all the while and didn't answer, or when neither location nor any of the edges that it knew was there. Time comes in
 * as an argument, in milliseconds of a monotonic clock.
 */
export class LeaseWatch {
  readonly #leaseMs: number;
  #renewedAt: number;
  #lookedAt: number;
  #heardSince: number | undefined;
  #aloneSince: number | undefined;
  #knewPeers = false;
  #superseded = false;

  constructor(now: number, leaseMs: number) {
    this.#leaseMs = leaseMs;
    this.#renewedAt = now;
    this.#lookedAt = now;
  }

  renewed(now: number): void {
    this.#renewedAt = now;
    this.#superseded = false;
  }

  superseded(): void {
    this.#superseded = true;
  }

  standing(now: number, { locationIsHeard, peers }: Surroundings): LeaseStanding {
    this.#knewPeers ||= peers > 0;
    // This process was stopped: it hasn't asked, so nobody has failed to answer.
    if (now - this.#lookedAt > maxGapMs) {
      this.#heardSince = undefined;
      this.#aloneSince = undefined;
    }
    this.#lookedAt = now;
    this.#heardSince = locationIsHeard ? (this.#heardSince ?? now) : undefined;
    const isAlone = !locationIsHeard && peers === 0 && this.#knewPeers;
    this.#aloneSince = isAlone ? (this.#aloneSince ?? now) : undefined;
    if (this.#superseded) return 'superseded';
    if (now - this.#renewedAt < this.#leaseMs) return 'held';
    const isCutOff = [this.#heardSince, this.#aloneSince].some(
      (since) => since !== undefined && now - since >= this.#leaseMs,
    );
    return isCutOff ? 'cut-off' : 'waiting';
  }
}
