import type { Clock, SipStack } from '@ringdown/sip-runtime';

/** A clock that moves only when told to. */
export class ManualClock implements Clock {
  #at = 1_000;

  now(): number {
    return this.#at;
  }

  /** Moves on step by step, firing on the way what is due. */
  advance(stack: Pick<SipStack, 'advance'>, byMs: number, stepMs = 100): void {
    const until = this.#at + byMs;
    while (this.#at < until) {
      this.#at = Math.min(until, this.#at + stepMs);
      stack.advance();
    }
  }
}
