import { ownString } from '@ringdown/sip-message';

/** What became of one use of a nonce. `forgotten`: too old to tell a first use from a replay. */
export type NonceUse = 'fresh' | 'replay' | 'forgotten';

/** Nonce counts this far below the highest seen may still arrive (requests overtake each other over UDP). */
const REACH = 64;

/**
 * Remembers which nonce counts were used with which nonce (RFC 7616 §3.4: "nc … allows the server to detect request
 * replays"), for a bounded number of nonces, in typed arrays: about 100 bytes a nonce.
 *
 * The oldest nonce gives way to a new one. As what was evicted must never pass for unused, the window keeps the latest
 * issue time among the evicted: an unknown nonce that is not younger is `forgotten`, which costs its owner a new challenge.
 */
export class NonceWindow {
  readonly #capacity: number;
  readonly #slots = new Map<string, number>();
  readonly #seals: (string | undefined)[];
  readonly #issuedAtMs: Float64Array;
  readonly #highest: Uint32Array;
  /** Bit i of the pair: count `highest - i` was used. */
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  #next = 0;
  #forgottenUntilMs = Number.NEGATIVE_INFINITY;

  /** `capacity`: how many nonces are remembered, at least 1. */
  constructor(capacity: number) {
    this.#capacity = Math.max(1, Math.trunc(capacity));
    this.#seals = Array.from({ length: this.#capacity });
    this.#issuedAtMs = new Float64Array(this.#capacity);
    this.#highest = new Uint32Array(this.#capacity);
    this.#low = new Uint32Array(this.#capacity);
    this.#high = new Uint32Array(this.#capacity);
  }

  /** How many nonces are remembered now. */
  get size(): number {
    return this.#slots.size;
  }

  /**
   * Records one use. Call it only for a request whose response was verified, or strangers could use up counts.
   * `seal` identifies the nonce; `nonceCount`: 1 … 2^32-1; `nowMs` and `issuedAtMs`: Unix time; a nonce older than
   * `lifetimeMs` is stale anyway, so evicting it is no loss.
   */
  use(seal: string, issuedAtMs: number, nonceCount: number, nowMs: number, lifetimeMs: number): NonceUse {
    const slot = this.#slots.get(seal);
    if (slot === undefined) {
      if (issuedAtMs <= this.#forgottenUntilMs) return 'forgotten';
      this.#insert(seal, issuedAtMs, nonceCount, nowMs - lifetimeMs);
      return 'fresh';
    }
    const highest = this.#highest[slot] as number;
    if (nonceCount > highest) {
      this.#shift(slot, nonceCount - highest);
      this.#highest[slot] = nonceCount;
      return 'fresh';
    }
    const behind = highest - nonceCount;
    if (behind >= REACH) return 'replay';
    const half = behind < 32 ? this.#low : this.#high;
    const bit = (1 << (behind & 31)) >>> 0;
    const bits = half[slot] as number;
    if ((bits & bit) !== 0) return 'replay';
    half[slot] = (bits | bit) >>> 0;
    return 'fresh';
  }

  #insert(seal: string, issuedAtMs: number, nonceCount: number, expiredBeforeMs: number): void {
    const slot = this.#next;
    this.#next = slot + 1 === this.#capacity ? 0 : slot + 1;
    const evicted = this.#seals[slot];
    if (evicted !== undefined) {
      this.#slots.delete(evicted);
      const evictedIssuedAtMs = this.#issuedAtMs[slot] as number;
      if (evictedIssuedAtMs > expiredBeforeMs && evictedIssuedAtMs > this.#forgottenUntilMs) {
        this.#forgottenUntilMs = evictedIssuedAtMs;
      }
    }
    // It comes out of a message, which would stay in memory with it.
    const own = ownString(seal);
    this.#seals[slot] = own;
    this.#slots.set(own, slot);
    this.#issuedAtMs[slot] = issuedAtMs;
    this.#highest[slot] = nonceCount;
    this.#low[slot] = 1;
    this.#high[slot] = 0;
  }

  #shift(slot: number, by: number): void {
    const low = this.#low[slot] as number;
    const high = this.#high[slot] as number;
    if (by >= 64) {
      this.#high[slot] = 0;
      this.#low[slot] = 1;
    } else if (by >= 32) {
      this.#high[slot] = by === 32 ? low : low << (by - 32);
      this.#low[slot] = 1;
    } else {
      this.#high[slot] = (high << by) | (low >>> (32 - by));
      this.#low[slot] = (low << by) | 1;
    }
  }
}
