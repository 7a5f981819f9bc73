import { randomBytes } from 'node:crypto';

const poolBytes = 4_096;

/** Random bytes in small pieces: the system is asked once for many. No byte is given out twice. */
export class RandomPool {
  #pool = Buffer.alloc(0);
  #used = 0;

  take(bytes: number): Uint8Array {
    if (this.#used + bytes > this.#pool.length) {
      // A new buffer each time: what was given out keeps its own.
      this.#pool = randomBytes(Math.max(poolBytes, bytes));
      this.#used = 0;
    }
    this.#used += bytes;
    return this.#pool.subarray(this.#used - bytes, this.#used);
  }
}
