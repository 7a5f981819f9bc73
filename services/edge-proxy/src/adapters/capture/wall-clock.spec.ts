import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WallClock } from './wall-clock.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'], now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

it.each([
  ['a step of the system’s clock', 60_000, 1_061_000_000],
  ['a step back', -60_000, 941_000_000],
  ['nothing less than a step', 20, 1_001_000_000],
])('follows %s', (_what, stepMs, nowUs) => {
  const clock = new WallClock();
  vi.advanceTimersByTime(1_000);
  expect(clock.nowUs()).toBeCloseTo(1_001_000_000, -1);
  vi.setSystemTime(1_001_000 + stepMs);
  clock.correct();
  expect(clock.nowUs()).toBeCloseTo(nowUs, -1);
});
