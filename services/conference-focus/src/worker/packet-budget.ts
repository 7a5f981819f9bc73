import type { MediaSocket } from './media-socket.js';
import type { MediaSource } from './source-latch.js';

/** For so long the kernel drops what comes, once there was too much of it. */
const guardMs = 1000;

/**
 * How many packets of one stream are looked at in a tick. Who sends more is kept out by the kernel for a second: all but the member where others flood
 * its port, the member as well where it floods by itself. So a flood costs those whose it is, and nobody else.
 */
export class PacketBudget {
  #tick = -1;
  #count = 0;
  #fromMember = 0;
  #guardedUntilMs = 0;

  constructor(
    private readonly perTick: number,
    private readonly socket: () => MediaSocket | undefined,
  ) {}

  /** Whether a packet may be looked at. `tick`: any number that is another one in each tick. */
  admits(tick: number): boolean {
    if (tick !== this.#tick) {
      this.#tick = tick;
      this.#count = 0;
      this.#fromMember = 0;
    }
    return ++this.#count <= this.perTick;
  }

  /** A packet that was looked at was the member's. */
  isMembers(): void {
    this.#fromMember++;
  }

  /** Once a tick. */
  check(nowMs: number, member: MediaSource | undefined): void {
    if (this.#count > this.perTick) {
      this.#count = 0;
      this.#guardedUntilMs = nowMs + guardMs;
      this.socket()?.guard(this.#fromMember > this.perTick / 2 ? undefined : member);
    } else if (this.#guardedUntilMs !== 0 && nowMs >= this.#guardedUntilMs) {
      this.#guardedUntilMs = 0;
      this.socket()?.unguard();
    }
  }
}
