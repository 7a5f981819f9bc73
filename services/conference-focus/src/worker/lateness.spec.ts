import { describe, expect, test } from 'vitest';
import { Lateness, latenessWindowMs } from './lateness.js';

/** Turns 20 ms apart from 0 on. */
function turns(latenessMs: readonly number[]): Lateness {
  const lateness = new Lateness();
  for (const [turn, lateMs] of latenessMs.entries()) lateness.add(turn * 20, lateMs);
  return lateness;
}

const quiet = (length: number): number[] => Array.from({ length }, () => 1);

describe('how late turns begin', () => {
  test.for([
    ['none', [], 0, 0],
    ['one', [3], 0, 3],
    ['one of a hundred late', [...quiet(99), 50], 2000, 50],
    ['one of 101 late', [...quiet(100), 50], 2020, 1],
    ['two of 101 late', [...quiet(99), 50, 60], 2020, 50],
    ['late ones within the window', [40, 40, ...quiet(98)], latenessWindowMs, 40],
    ['one late one out of the window', [40, 40, ...quiet(100)], latenessWindowMs + 1, 1],
    ['all out of the window', [40, 40], latenessWindowMs + 21, 0],
    ['more than are kept', [...Array.from({ length: 500 }, () => 9), ...quiet(3000)], 3500 * 20, 1],
  ] as const)('%s', ([, latenessMs, nowMs, p99Ms]) => {
    expect(turns(latenessMs).p99Ms(nowMs)).toBe(p99Ms);
  });
});
