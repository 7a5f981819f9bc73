/** Notices missed events by their positions, which a publisher counts without a gap. */
export class PositionTracker {
  #last: number | undefined;

  /** The position of an event. Returns true when events before it were missed. */
  event(position: number): boolean {
    const missed = this.#last !== undefined && position > this.#last + 1;
    if (this.#last === undefined || position > this.#last) this.#last = position;
    return missed;
  }

  /** The publisher's word that everything up to this position was sent. Returns true when some of it was missed. */
  heartbeat(position: number): boolean {
    const missed = this.#last !== undefined && position > this.#last;
    this.#last = Math.max(position, this.#last ?? position);
    return missed;
  }

  /** The publisher counts anew. */
  reset(position: number): void {
    this.#last = position;
  }
}
