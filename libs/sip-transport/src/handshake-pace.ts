import type { Socket } from 'node:net';

/** How many handshakes may be under way, and how many connections may wait for theirs. */
export interface PaceBounds {
  readonly underWay: number;
  readonly waiting: number;
  /** A peer that takes longer isn't waited for: who stays silent must not keep others out. */
  readonly heldMs: number;
}

/**
 * 64 are some 30 ms of work where one turn of the event loop finds all of them ready. Where 350 phones a second are served, the last of 8,192 waits for 23 s,
 * which is less than phones do (RFC 3261's timer B is 32 s). Who is turned away comes back after half a minute to a minute (RFC 5626 §4.5), and finds a place.
 */
export const defaultPace: PaceBounds = { underWay: 64, waiting: 8_192, heldMs: 250 };

interface Waiting {
  readonly socket: Socket;
  readonly begin: (done: () => void) => void;
}

/**
 * Has handshakes begin in the order in which their connections came, one in a turn of the event loop and not too many at once. Thousands that are
 * under way all become slow together: they run into their timeouts, and calls wait behind whatever one turn finds ready. What phones do after
 * their handshakes makes turns longer, and so newcomers slower: nobody comes in faster than what they ask for is done.
 */
export class HandshakePace {
  readonly #bounds: PaceBounds;
  readonly #waiting: Waiting[] = [];
  #next = 0;
  #underWay = 0;
  #isDue = false;

  constructor(bounds: PaceBounds = defaultPace) {
    this.#bounds = bounds;
  }

  /** Calls `begin`, now or when its turn comes, with what is to be called when the handshake is over. False, and never, where too many wait already. */
  enter(socket: Socket, begin: Waiting['begin']): boolean {
    const { underWay, waiting } = this.#bounds;
    const isFirst = this.#next === this.#waiting.length;
    if (isFirst && this.#underWay < underWay) this.#start({ socket, begin });
    else if (this.#waiting.length - this.#next < waiting) this.#waiting.push({ socket, begin });
    else return false;
    return true;
  }

  /** Closes those that wait. */
  close(): void {
    for (const { socket } of this.#waiting.splice(0)) socket.destroy();
    this.#next = 0;
  }

  #start({ begin }: Waiting): void {
    this.#underWay += 1;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      this.#underWay -= 1;
      this.#startSoon();
    };
    const timer = setTimeout(over, this.#bounds.heldMs);
    begin(over);
  }

  #startSoon(): void {
    if (this.#isDue || this.#next === this.#waiting.length || this.#underWay >= this.#bounds.underWay) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#startNext();
      this.#startSoon();
    });
  }

  #startNext(): void {
    for (let waiting = this.#waiting[this.#next]; waiting !== undefined; waiting = this.#waiting[this.#next]) {
      this.#next += 1;
      // Its peer may have gone meanwhile.
      if (waiting.socket.destroyed) continue;
      this.#start(waiting);
      break;
    }
    // Cut off now and then, not one by one: the queue is thousands long when it matters.
    if (this.#next >= 1_024 || this.#next === this.#waiting.length) {
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
  }
}
