import type { AlarmTimer, Clock } from '@ringdown/sip-runtime';

/** Time that moves only when told to, for the stacks of a test. */
export class SimulatedClock implements Clock {
  #now = 1_000;
  readonly #alarms = new Map<object, { at: number; ring: () => void }>();

  now(): number {
    return this.#now;
  }

  alarm(): AlarmTimer {
    const key = {};
    return {
      set: (delayMs, ring) => void this.#alarms.set(key, { at: this.#now + delayMs, ring }),
      clear: () => void this.#alarms.delete(key),
    };
  }

  /** Moves to the next alarm that is due until `at`, and rings it; false where there is none. */
  ringNext(at: number): boolean {
    let next: { key: object; at: number; ring: () => void } | undefined;
    for (const [key, alarm] of this.#alarms) {
      if (alarm.at <= at && alarm.at < (next?.at ?? Number.POSITIVE_INFINITY)) next = { key, ...alarm };
    }
    if (next === undefined) return false;
    this.#alarms.delete(next.key);
    this.#now = Math.max(this.#now, next.at);
    next.ring();
    return true;
  }

  moveTo(at: number): void {
    this.#now = at;
  }
}
