/** Ports of media: RTP on an even port, RTCP on the odd one after it (RFC 3550 §11). */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The pairs of ports of one thread. Threads share a range without asking each other: each has every n-th pair. */
export class PortPairs {
  readonly #pairs: readonly number[];
  #next = 0;

  /** `share`: which of `shares` threads it is, from 0. */
  constructor(range: PortRange, share: number, shares: number) {
    const firstEven = range.first + (range.first % 2);
    const pairs: number[] = [];
    for (let port = firstEven + 2 * share; port + 1 <= range.last; port += 2 * shares) pairs.push(port);
    this.#pairs = pairs;
  }

  /** How many there are. */
  get size(): number {
    return this.#pairs.length;
  }

  /** The even port of the next pair; every other one comes first before it comes again, so that late packets of who left find nobody. */
  next(): number {
    const port = this.#pairs[this.#next % this.#pairs.length] as number;
    this.#next = (this.#next + 1) % this.#pairs.length;
    return port;
  }
}
