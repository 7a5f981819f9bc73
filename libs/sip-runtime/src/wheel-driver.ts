import type { TimerWheel } from '@ringdown/sip-transaction';
import type { Clock } from './clock.js';

/** The one timer that a driver keeps. */
export interface AlarmTimer {
  /** Rings once, `delayMs` from now; an alarm set before is forgotten. */
  set(delayMs: number, ring: () => void): void;
  clear(): void;
}

/** An alarm by setTimeout, which doesn't keep the process alive. */
export function processAlarm(): AlarmTimer {
  let timeout: NodeJS.Timeout | undefined;
  return {
    set(delayMs, ring) {
      clearTimeout(timeout);
      timeout = setTimeout(ring, delayMs);
      timeout.unref();
    },
    clear() {
      clearTimeout(timeout);
      timeout = undefined;
    },
  };
}

/** Keeps one alarm set for the wheel's next deadline. How finely deadlines are told apart is the wheel's tick. */
export class WheelDriver {
  readonly #wheel: TimerWheel;
  readonly #clock: Clock;
  readonly #alarm: AlarmTimer;
  readonly #due: () => void;
  #setFor = Number.POSITIVE_INFINITY;
  readonly #ring = (): void => {
    this.#setFor = Number.POSITIVE_INFINITY;
    this.#due();
    this.arm();
  };

  /** `due` advances the wheel. */
  constructor(wheel: TimerWheel, clock: Clock, alarm: AlarmTimer, due: () => void) {
    this.#wheel = wheel;
    this.#clock = clock;
    this.#alarm = alarm;
    this.#due = due;
  }

  /** To be called after whatever may have scheduled a timer; cheap when the alarm is early enough already. */
  arm(): void {
    const deadline = this.#wheel.nextDeadline();
    if (deadline === undefined || deadline >= this.#setFor) return;
    this.#setFor = deadline;
    this.#alarm.set(Math.max(1, Math.ceil(deadline - this.#clock.now())), this.#ring);
  }

  stop(): void {
    this.#alarm.clear();
    this.#setFor = Number.NEGATIVE_INFINITY;
  }
}
