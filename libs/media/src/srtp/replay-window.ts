const WORD_BITS = 32;
const WORDS = 8;

/** How far behind the highest number a packet may come: one word of the ring is being filled. */
export const REPLAY_WINDOW = (WORDS - 1) * WORD_BITS;

/** Which numbers have been seen (RFC 3711 §3.3.2), as a ring of words after RFC 6479. Numbers have up to 48 bits. */
export class ReplayWindow {
  /** -1 before the first. */
  highest = -1;
  readonly #seen = new Int32Array(WORDS);

  /** True if the number is new and not too old to tell. */
  admits(number: number): boolean {
    if (number > this.highest) return true;
    if (this.highest - number >= REPLAY_WINDOW) return false;
    return ((this.#seen[wordOf(number)] as number) & (1 << (number % WORD_BITS))) === 0;
  }

  /** Remembers a number that `admits` has let through, once the packet is known to be authentic. */
  add(number: number): void {
    if (number > this.highest) {
      const words = Math.floor(number / WORD_BITS) - Math.floor(Math.max(this.highest, 0) / WORD_BITS);
      const from = wordOf(Math.max(this.highest, 0));
      for (let i = 1; i <= Math.min(words, WORDS); i += 1) this.#seen[(from + i) % WORDS] = 0;
      this.highest = number;
    }
    const at = wordOf(number);
    this.#seen[at] = (this.#seen[at] as number) | (1 << (number % WORD_BITS));
  }
}

function wordOf(number: number): number {
  return Math.floor(number / WORD_BITS) % WORDS;
}
