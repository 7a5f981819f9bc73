import { describe, expect, it } from 'vitest';
import { TickClock } from './tick-clock.js';

const every = (): boolean => true;
const none = (): boolean => false;

/** A clock that a room needs from the first moment on. */
function started(): TickClock {
  const clock = new TickClock(1000);
  clock.waitMs(1000, every);
  return clock;
}

function turnsAt(clock: TickClock, nowMs: number): number[] {
  const turns: number[] = [];
  for (let turn = clock.take(nowMs); turn >= 0; turn = clock.take(nowMs)) turns.push(turn);
  return turns;
}

describe('the clock of a thread', () => {
  it('has a turn every 5 ms and never drifts', () => {
    const clock = started();
    let turns = 0;
    // Always a little late.
    for (let nowMs = 1000.7; nowMs < 11_000; nowMs += 5) turns += turnsAt(clock, nowMs).length;
    expect(turns).toBe(2000);
    expect(clock.latenessMs).toBeCloseTo(0.7);
    expect(clock.counts).toEqual({ late: 0, skipped: 0 });
  });

  it('catches up what it has slept through', () => {
    const clock = started();
    expect(turnsAt(clock, 1001)).toEqual([0]);
    expect(turnsAt(clock, 1041)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(clock.counts).toEqual({ late: 4, skipped: 0 });
    expect(clock.dueMs).toBe(1040);
  });

  it('leaves out what is too long ago, and every room still has its turn', () => {
    const clock = started();
    turnsAt(clock, 1000);
    const turns = turnsAt(clock, 1999);
    expect(turns).toEqual([197, 198, 199]);
    expect(clock.counts.skipped).toBe(49);
  });

  it('passes over turns that nobody wants', () => {
    const clock = started();
    turnsAt(clock, 1000);
    expect(clock.waitMs(1001, (phase) => phase === 3)).toBe(14);
    expect(turnsAt(clock, 1015)).toEqual([3]);
  });

  it('counts nothing while nobody wants any', () => {
    const clock = started();
    turnsAt(clock, 1000);
    expect(clock.waitMs(1001, none)).toBeUndefined();
    expect(clock.waitMs(9003, every)).toBe(2);
    expect(turnsAt(clock, 9006)).toEqual([1601]);
    expect(clock.counts).toEqual({ late: 0, skipped: 0 });
  });
});
