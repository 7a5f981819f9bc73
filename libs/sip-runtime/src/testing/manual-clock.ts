import type { Clock } from '../clock.js';
import type { AlarmTimer } from '../wheel-driver.js';

/** A clock that moves only when told to, with an alarm that rings on the way. */
export class ManualClock implements Clock {
  #now: number;
  readonly #alarms: ManualAlarm[] = [];

  constructor(start = 1_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  alarm(): AlarmTimer {
    const alarm = new ManualAlarm(this);
    this.#alarms.push(alarm);
    return alarm;
  }

  /** Moves the clock, ringing every alarm at its time. */
  advance(delayMs: number): void {
    const until = this.#now + delayMs;
    for (;;) {
      const next = this.#alarms.reduce<ManualAlarm | undefined>(
        (first, alarm) => (alarm.at < (first?.at ?? Number.POSITIVE_INFINITY) ? alarm : first),
        undefined,
      );
      if (next === undefined || next.at > until) break;
      this.#now = Math.max(this.#now, next.at);
      next.ring();
    }
    this.#now = until;
  }
}

class ManualAlarm implements AlarmTimer {
  at = Number.POSITIVE_INFINITY;
  readonly #clock: Clock;
  #ring: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(delayMs: number, ring: () => void): void {
    this.at = this.#clock.now() + delayMs;
    this.#ring = ring;
  }

  clear(): void {
    this.at = Number.POSITIVE_INFINITY;
  }

  ring(): void {
    this.clear();
    this.#ring();
  }
}
