import { Timer } from '../timer-values.js';
import { type Expirable, type TimerHandle, TimerWheel } from '../timer-wheel.js';

const NAMES = Object.fromEntries(Object.entries(Timer).map(([name, timer]) => [timer, name])) as Record<number, string>;

/** A wheel that can tell which timers run, by their RFC names. */
export class RecordingWheel extends TimerWheel {
  private readonly waiting = new Map<TimerHandle, { name: string; due: number }>();

  override schedule(now: number, delayMs: number, target: Expirable, timer: number): TimerHandle {
    const handle: TimerHandle = super.schedule(
      now,
      delayMs,
      {
        expire: (at, fired) => {
          this.waiting.delete(handle);
          target.expire(at, fired);
        },
      },
      timer,
    );
    this.waiting.set(handle, { name: NAMES[timer] as string, due: now + delayMs });
    return handle;
  }

  override cancel(handle: TimerHandle): boolean {
    this.waiting.delete(handle);
    return super.cancel(handle);
  }

  /** Each running timer's name and the milliseconds it has left at `now`. */
  running(now: number): Record<string, number> {
    return Object.fromEntries([...this.waiting.values()].map(({ name, due }) => [name, due - now]));
  }
}
