import type { location } from '@ringdown/contracts';
import { ownString } from '@ringdown/sip-message';

interface Away {
  readonly until: number;
  /** Flows that are known to be of no use, though location may not know it yet. */
  readonly lost: Set<string>;
  readonly waiting: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

/** Addresses of record that are remembered at the most. */
const capacity = 100_000;

/**
 * The addresses of record whose phones have lately lost their connection: the edge that had it leaves or is dead, or a network has broken it. Such a phone
 * soon registers again, so who calls it meanwhile waits for that.
 */
export class AwayPhones {
  readonly #away = new Map<string, Away>();
  readonly #now: () => number;
  readonly #returnMs: number;

  /** `returnMs`: how long they are waited for. */
  constructor(now: () => number, returnMs: number) {
    this.#now = now;
    this.#returnMs = returnMs;
  }

  get size(): number {
    return this.#away.size;
  }

  /** A flow of this address of record is gone, or the last one is; the first word of it counts. */
  left(key: string, flow?: location.Flow): void {
    const now = this.#now();
    let away = this.#current(key);
    if (away === undefined) {
      this.#makeRoom(now);
      away = { until: now + this.#returnMs, lost: new Set(), waiting: [], timer: undefined };
      // The address of record is a part of a message, which would stay in memory with it.
      this.#away.set(ownString(key), away);
    }
    if (flow !== undefined) away.lost.add(nameOf(flow));
  }

  /** What is bound has changed so that nobody has to be waited for, or not longer. */
  settled(key: string): void {
    const away = this.#away.get(key);
    this.#away.delete(key);
    if (away !== undefined) release(away);
  }

  /** Whether this is the flow of a binding that is known to be gone. */
  isLost(key: string, { flow }: location.Binding): boolean {
    return flow !== undefined && this.#current(key)?.lost.has(nameOf(flow)) === true;
  }

  /** Has `over` called when the address of record is settled, or has been away for too long. False, and it isn't called, where it is not away. */
  wait(key: string, over: () => void): boolean {
    const away = this.#current(key);
    if (away === undefined) return false;
    away.waiting.push(over);
    away.timer ??= setTimeout(() => this.settled(key), Math.max(0, away.until - this.#now()));
    return true;
  }

  #current(key: string): Away | undefined {
    const away = this.#away.get(key);
    return away !== undefined && this.#now() < away.until ? away : undefined;
  }

  /** All are remembered for the same time, so the first is the oldest. */
  #makeRoom(now: number): void {
    for (const [key, away] of this.#away) {
      if (now < away.until && this.#away.size < capacity) return;
      this.#away.delete(key);
      release(away);
    }
  }
}

function release({ timer, waiting }: Away): void {
  clearTimeout(timer);
  for (const over of waiting) over();
}

function nameOf({ edgeId, incarnation, flowToken }: location.Flow): string {
  return `${edgeId}\n${incarnation}\n${flowToken}`;
}
