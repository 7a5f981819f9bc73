import { TimerWheel } from '@ringdown/sip-transaction';
import { describe, expect, it } from 'vitest';
import { monotonicClock } from './clock.js';
import { eventually } from './testing/eventually.js';
import { ManualClock } from './testing/manual-clock.js';
import { processAlarm, WheelDriver } from './wheel-driver.js';

describe('WheelDriver', () => {
  it('fires every timer within a tick of its time', () => {
    const clock = new ManualClock();
    const tickMs = 10;
    const wheel = new TimerWheel(clock.now(), tickMs);
    const driver = new WheelDriver(wheel, clock, clock.alarm(), () => wheel.advance(clock.now()));
    const start = clock.now();
    const fired: [delayMs: number, after: number][] = [];
    const delays = [5_000, 1, 500, 32_000, 440, 500, 180_000, 33];
    delays.forEach((delayMs, timer) => {
      wheel.schedule(start, delayMs, { expire: (now, which) => fired.push([delays[which] ?? 0, now - start]) }, timer);
      driver.arm();
    });
    clock.advance(200_000);
    expect(fired.map(([delayMs]) => delayMs)).toEqual([...delays].sort((a, b) => a - b));
    for (const [delayMs, after] of fired) {
      expect(after).toBeGreaterThanOrEqual(delayMs);
      expect(after).toBeLessThanOrEqual(delayMs + tickMs);
    }
  });

  it('sets no alarm where an early enough one is set, and none when nothing waits', () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock.now(), 10);
    const set: number[] = [];
    const alarm = { set: (delayMs: number) => set.push(delayMs), clear: () => {} };
    const driver = new WheelDriver(wheel, clock, alarm, () => {});
    driver.arm();
    expect(set).toEqual([]);
    const target = { expire: () => {} };
    wheel.schedule(clock.now(), 100, target, 0);
    driver.arm();
    wheel.schedule(clock.now(), 200, target, 0);
    driver.arm();
    expect(set).toEqual([100]);
    wheel.schedule(clock.now(), 50, target, 0);
    driver.arm();
    expect(set).toEqual([100, 50]);
  });

  it('works on the process timers', async () => {
    const wheel = new TimerWheel(monotonicClock.now(), 1);
    const driver = new WheelDriver(wheel, monotonicClock, processAlarm(), () => wheel.advance(monotonicClock.now()));
    let fired = 0;
    wheel.schedule(monotonicClock.now(), 3, { expire: () => fired++ }, 0);
    wheel.schedule(monotonicClock.now(), 6, { expire: () => fired++ }, 0);
    driver.arm();
    await eventually(() => expect(fired).toBe(2));
    driver.stop();
  });
});
