import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expirable, NO_TIMER, type TimerHandle, TimerWheel } from './timer-wheel.js';

class Recorder implements Expirable {
  readonly fired: { now: number; timer: number }[] = [];
  expire(now: number, timer: number): void {
    this.fired.push({ now, timer });
  }
}

/** The same contract over a sorted list. */
class SortedTimers {
  private readonly waiting: { tick: number; order: number; timer: number }[] = [];
  private order = 0;
  private currentTick = 0;

  constructor(
    private readonly origin: number,
    private readonly tickMs: number,
  ) {}

  schedule(now: number, delayMs: number, timer: number): number {
    const tick = Math.max(Math.ceil((now + delayMs - this.origin) / this.tickMs), this.currentTick + 1);
    this.waiting.push({ tick, order: this.order, timer });
    return this.order++;
  }

  cancel(order: number): boolean {
    const index = this.waiting.findIndex((each) => each.order === order);
    if (index < 0) return false;
    this.waiting.splice(index, 1);
    return true;
  }

  advance(now: number): number[] {
    const target = Math.floor((now - this.origin) / this.tickMs);
    const due = this.waiting.filter((each) => each.tick <= target).sort((a, b) => a.tick - b.tick || a.order - b.order);
    for (const each of due) this.waiting.splice(this.waiting.indexOf(each), 1);
    this.currentTick = Math.max(this.currentTick, target);
    return due.map((each) => each.timer);
  }

  get size(): number {
    return this.waiting.length;
  }

  earliest(): number | undefined {
    if (this.waiting.length === 0) return undefined;
    return this.origin + Math.min(...this.waiting.map((each) => each.tick)) * this.tickMs;
  }
}

const delay = fc.oneof(
  fc.integer({ min: 0, max: 70 }),
  fc.integer({ min: 0, max: 40_000 }),
  fc.integer({ min: 0, max: 2 ** 30 + 1000 }),
  fc.integer({ min: 0, max: 2 ** 45 }),
  fc.double({ min: 0, max: 5000, noNaN: true }),
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('schedule' as const), delay }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), by: delay }) },
);

describe('TimerWheel', () => {
  it('does what a sorted list does, whatever the jumps of the clock', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.oneof(fc.integer({ min: -5000, max: 2 ** 41 }), fc.double({ min: 0, max: 1e6, noNaN: true })),
        fc.array(step, { maxLength: 120 }),
        (tickMs, start, steps) => {
          const wheel = new TimerWheel(start, tickMs);
          const oracle = new SortedTimers(Math.floor(start), tickMs);
          const recorder = new Recorder();
          const handles: { handle: TimerHandle; order: number }[] = [];
          let now = start;
          let timer = 0;
          for (const each of steps) {
            // What the wheel did, beside what the list says it should have done.
            let seen: unknown[] = [];
            let wanted: unknown[] = [];
            if (each.do === 'schedule') {
              handles.push({
                handle: wheel.schedule(now, each.delay, recorder, timer),
                order: oracle.schedule(now, each.delay, timer),
              });
              timer++;
            } else if (each.do === 'cancel' && handles.length > 0) {
              const { handle, order } = handles[each.which % handles.length] as (typeof handles)[number];
              seen = [wheel.cancel(handle)];
              wanted = [oracle.cancel(order)];
            } else if (each.do === 'advance') {
              now += each.by;
              const due = oracle.advance(now);
              const count = wheel.advance(now);
              seen = [count, ...recorder.fired.splice(0).map((fired) => fired.timer)];
              wanted = [due.length, ...due];
            }
            expect(seen).toEqual(wanted);
            expect(wheel.size).toBe(oracle.size);
            // No timer: no deadline. Else none later than the first timer.
            const earliest = oracle.earliest() ?? Infinity;
            expect(wheel.nextDeadline() ?? Infinity).toBeLessThanOrEqual(earliest);
            expect(wheel.nextDeadline() === undefined).toBe(oracle.size === 0);
          }
        },
      ),
      { numRuns: 2000, seed: 3261 },
    );
  });

  it('fires everything for a driver that only ever wakes at nextDeadline, at the tick and not before', () => {
    const wheel = new TimerWheel(17.25, 3);
    const recorder = new Recorder();
    const delays = [1, 2, 3, 95, 96, 97, 500, 4000, 32_000, 180_000, 3_600_000, 2 ** 33];
    for (const [timer, delayMs] of delays.entries()) wheel.schedule(17.25, delayMs, recorder, timer);
    let wakeUps = 0;
    for (let deadline = wheel.nextDeadline(); deadline !== undefined; deadline = wheel.nextDeadline()) {
      wheel.advance(deadline);
      expect(++wakeUps).toBeLessThan(200);
    }
    expect(recorder.fired.map(({ timer }) => timer)).toEqual([...delays.keys()]);
    for (const { now, timer } of recorder.fired) {
      const due = 17.25 + (delays[timer] as number);
      expect(now).toBeGreaterThanOrEqual(due);
      expect(now).toBeLessThan(due + 3);
    }
  });

  it('lets expire schedule and cancel, also timers of the same tick', () => {
    const wheel = new TimerWheel(0);
    const recorder = new Recorder();
    const handles: TimerHandle[] = [];
    const meddler: Expirable = {
      expire(now) {
        expect(wheel.cancel(handles[1] as TimerHandle)).toBe(true);
        wheel.schedule(now, 0, recorder, 7);
      },
    };
    handles.push(
      wheel.schedule(0, 10, meddler, 0),
      wheel.schedule(0, 10, recorder, 1),
      wheel.schedule(0, 10, recorder, 2),
    );
    expect(wheel.advance(10)).toBe(2);
    expect(recorder.fired).toEqual([{ now: 10, timer: 2 }]);
    expect(wheel.advance(11)).toBe(1);
    expect(recorder.fired).toEqual([
      { now: 10, timer: 2 },
      { now: 11, timer: 7 },
    ]);
    expect(wheel.size).toBe(0);
  });

  it('does not mistake a stale handle for the timer that took its place', () => {
    const wheel = new TimerWheel(0);
    const recorder = new Recorder();
    const first = wheel.schedule(0, 5, recorder, 1);
    expect(wheel.cancel(first)).toBe(true);
    const second = wheel.schedule(0, 5, recorder, 2);
    expect(second).not.toBe(first);
    expect(wheel.cancel(first)).toBe(false);
    expect(wheel.cancel(NO_TIMER)).toBe(false);
    expect(wheel.advance(5)).toBe(1);
    expect(wheel.cancel(second)).toBe(false);
    expect(recorder.fired).toEqual([{ now: 5, timer: 2 }]);
  });

  it('grows past its first capacity and gives everything back', () => {
    const wheel = new TimerWheel(0);
    const recorder = new Recorder();
    for (let timer = 0; timer < 10_000; timer++) wheel.schedule(0, 1 + (timer % 997) * 61, recorder, timer);
    expect(wheel.size).toBe(10_000);
    expect(wheel.advance(100_000)).toBe(10_000);
    expect(wheel.size).toBe(0);
    expect(wheel.nextDeadline()).toBeUndefined();
  });

  it('fires nothing when the clock goes back', () => {
    const wheel = new TimerWheel(1000);
    const recorder = new Recorder();
    wheel.advance(5000);
    wheel.schedule(2000, 100, recorder, 1);
    expect(wheel.advance(3000)).toBe(0);
    expect(wheel.advance(5001)).toBe(1);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a tick of %s ms', (tickMs) => {
    expect(() => new TimerWheel(0, tickMs)).toThrow(RangeError);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a delay of %s ms', (delayMs) => {
    expect(() => new TimerWheel(0).schedule(0, delayMs, new Recorder(), 0)).toThrow(RangeError);
  });
});
