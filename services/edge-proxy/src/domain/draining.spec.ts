import { describe, expect, it } from 'vitest';
import { Draining, type DrainStage } from './draining.js';

const times = { noticeMs: 5_000, graceMs: 60_000 };

interface Look {
  readonly at: number;
  readonly requests?: number;
  readonly connections?: number;
  readonly stage: DrainStage;
}

describe('the stages', () => {
  it.each<{ name: string; isAlone?: boolean; looks: readonly Look[] }>([
    {
      name: 'for the time of notice everything goes on, also with nothing to do',
      looks: [
        { at: 0, stage: 'notice' },
        { at: 4_999, stage: 'notice' },
        { at: 5_000, connections: 1, stage: 'moving' },
      ],
    },
    {
      name: 'it ends when nothing was left for two seconds',
      looks: [
        { at: 5_000, requests: 3, connections: 2, stage: 'moving' },
        { at: 9_000, stage: 'moving' },
        { at: 10_999, stage: 'moving' },
        { at: 11_000, stage: 'over' },
        { at: 12_000, requests: 1, stage: 'over' },
      ],
    },
    {
      name: 'what comes meanwhile begins the two seconds anew',
      looks: [
        { at: 5_000, stage: 'moving' },
        { at: 6_500, requests: 1, stage: 'moving' },
        { at: 7_000, stage: 'moving' },
        { at: 8_999, stage: 'moving' },
        { at: 9_000, stage: 'over' },
      ],
    },
    {
      name: 'the grace time counts from the end of the notice',
      looks: [
        { at: 5_000, requests: 1, stage: 'moving' },
        { at: 64_999, requests: 1, stage: 'moving' },
        { at: 65_000, requests: 1, stage: 'over' },
      ],
    },
    {
      name: 'alone, nobody is waited for but who waits for an answer',
      isAlone: true,
      looks: [
        { at: 0, requests: 1, connections: 9, stage: 'ending' },
        { at: 100, connections: 9, stage: 'over' },
      ],
    },
    {
      name: 'alone, no longer than the grace time',
      isAlone: true,
      looks: [
        { at: 59_999, requests: 1, stage: 'ending' },
        { at: 60_000, requests: 1, stage: 'over' },
      ],
    },
  ])('$name', ({ isAlone = false, looks }) => {
    const draining = new Draining(0, times, isAlone);
    const seen = looks.map(({ at, requests = 0, connections = 0 }) => draining.look(at, { requests, connections }));
    expect(seen).toEqual(looks.map(({ stage }) => stage));
  });
});

describe('connections', () => {
  it.each([
    { connections: 20_000, at: [5_000, 20_000, 35_000], open: [20_000, 10_000, 0] },
    { connections: 100, at: [5_000, 5_500, 6_000, 7_000], open: [100, 75, 50, 0] },
    { connections: 0, at: [5_000], open: [0] },
  ])('$connections are closed within half of the grace time, or 50 a second', ({ connections, at, open }) => {
    const draining = new Draining(0, times, false);
    expect(draining.mayBeOpen(0)).toBe(Number.POSITIVE_INFINITY);
    draining.look(5_000, { requests: 1, connections });
    expect(at.map((now) => draining.mayBeOpen(now))).toEqual(open);
  });
});
