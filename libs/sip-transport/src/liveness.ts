import type { StreamLimits } from './stream-limits.js';

/** What is due on a connection. */
export type Due = 'nothing' | 'ping' | 'no-pong' | 'idle';

/**
 * Whether a connection is still used and its peer still there. Traffic only sets a mark; the time it came is that of the port's
 * next sweep, so a connection has no timer of its own and a message costs no look at the clock.
 */
export class Liveness {
  readonly #limits: StreamLimits;
  readonly #pings: boolean;
  #heard = true;
  #sent = false;
  #usedAtMs = 0;
  #pingAtMs = 0;
  /** 0 while no ping is unanswered. */
  #pongByMs = 0;

  /** `pings`: whether it is this side that pings. */
  constructor(limits: StreamLimits, pings: boolean) {
    this.#limits = limits;
    this.#pings = pings && limits.pingIntervalMs > 0;
  }

  /** Something came. Whatever it is, the peer is there. */
  heard(): void {
    this.#heard = true;
  }

  sent(): void {
    this.#sent = true;
  }

  /** Whether nothing has come or gone since the last sweep. */
  get quiet(): boolean {
    return !this.#heard && !this.#sent;
  }

  /** What is due now. `ping` is said once, and then waits for its answer. `random` spreads pings, from 0 to 1. */
  sweep(nowMs: number, random: () => number = Math.random): Due {
    if (this.#heard || this.#sent) this.#usedAtMs = nowMs;
    this.#sent = false;
    if (this.#heard) {
      this.#heard = false;
      this.#pongByMs = 0;
      // RFC 5626 §4.4.1: a random time between 80 % and 100 % of the upper bound.
      this.#pingAtMs = nowMs + this.#limits.pingIntervalMs * (0.8 + 0.2 * random());
    }
    if (nowMs - this.#usedAtMs >= this.#limits.idleTimeoutMs) return 'idle';
    if (!this.#pings) return 'nothing';
    if (this.#pongByMs !== 0) return nowMs >= this.#pongByMs ? 'no-pong' : 'nothing';
    if (nowMs < this.#pingAtMs) return 'nothing';
    this.#pongByMs = nowMs + this.#limits.pongTimeoutMs;
    return 'ping';
  }
}

/** How often a port's connections are looked at, so that each limit holds to an eighth. */
export function sweepIntervalMs(limits: StreamLimits): number {
  const shortest = Math.min(
    limits.idleTimeoutMs,
    limits.messageTimeoutMs,
    ...(limits.pingIntervalMs > 0 ? [limits.pingIntervalMs, limits.pongTimeoutMs] : []),
  );
  return Math.min(5_000, Math.max(5, shortest / 8));
}
