import { ownString } from '@ringdown/sip-message';

interface Tries {
  count: number;
  lastAtMs: number;
}

/** How wrong PINs slow down whoever enters them. */
export interface PinGuardOptions {
  /** Wrong PINs that cost nothing. */
  readonly free: number;
  /** After the first that does; doubled by each further one. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** So long after the last wrong PIN they are forgotten. */
  readonly forgetAfterMs: number;
  /** Callers that are remembered; beyond it the one that has been quiet longest is forgotten. */
  readonly mostCallers: number;
}

/** One call's three tries cost nothing, the fourth half a minute, and by the ninth it is a quarter of an hour each. */
export const CALLER_GUARD: PinGuardOptions = {
  free: 3,
  firstWaitMs: 30_000,
  longestWaitMs: 900_000,
  forgetAfterMs: 3_600_000,
  mostCallers: 50_000,
};

/** All callers of a room whom nobody has authenticated, together: they could call under another name each time. */
export const STRANGERS_GUARD: PinGuardOptions = { ...CALLER_GUARD, free: 10 };

/** Remembers wrong PINs over calls. Keys are a room, or a room and a caller. */
export class PinGuard {
  readonly #tries = new Map<string, Tries>();

  constructor(readonly options: PinGuardOptions) {}

  /** How long this one must wait until its next PIN is looked at; 0 where it needn't. */
  waitMs(key: string, nowMs: number): number {
    const tries = this.#remembered(key, nowMs);
    if (tries === undefined) return 0;
    const beyond = tries.count - this.options.free;
    if (beyond < 0) return 0;
    // The exponent is bounded, so that a count of thousands doesn't become Infinity times nothing.
    const waitMs = Math.min(this.options.longestWaitMs, this.options.firstWaitMs * 2 ** Math.min(beyond, 30));
    return Math.max(0, tries.lastAtMs + waitMs - nowMs);
  }

  /** A wrong PIN; returns how many there have been. */
  failed(key: string, nowMs: number): number {
    const tries = this.#remembered(key, nowMs) ?? { count: 0, lastAtMs: nowMs };
    tries.count += 1;
    tries.lastAtMs = nowMs;
    // Put last: a Map keeps the order of insertion, so the first one is the one that has been quiet longest. The key is a part of a message, which
    // would stay in memory with it.
    this.#tries.delete(key);
    this.#tries.set(ownString(key), tries);
    if (this.#tries.size > this.options.mostCallers) this.#tries.delete(this.#tries.keys().next().value!);
    return tries.count;
  }

  succeeded(key: string): void {
    this.#tries.delete(key);
  }

  #remembered(key: string, nowMs: number): Tries | undefined {
    const tries = this.#tries.get(key);
    if (tries === undefined || nowMs - tries.lastAtMs < this.options.forgetAfterMs) return tries;
    this.#tries.delete(key);
    return undefined;
  }
}
