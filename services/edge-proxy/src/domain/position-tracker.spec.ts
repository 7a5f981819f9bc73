import { describe, expect, it } from 'vitest';
import { PositionTracker } from './position-tracker.js';

type Step = ['event' | 'heartbeat', number, boolean];

describe('PositionTracker', () => {
  it.each<{ name: string; steps: Step[] }>([
    {
      name: 'the first word is where it begins',
      steps: [
        ['event', 7, false],
        ['event', 8, false],
      ],
    },
    {
      name: 'a heartbeat begins as well',
      steps: [
        ['heartbeat', 7, false],
        ['event', 8, false],
      ],
    },
    {
      name: 'a gap between events',
      steps: [
        ['event', 7, false],
        ['event', 9, true],
        ['event', 10, false],
      ],
    },
    {
      name: 'a heartbeat ahead of the events',
      steps: [
        ['event', 7, false],
        ['heartbeat', 8, true],
        ['heartbeat', 8, false],
      ],
    },
    {
      name: 'a repeated event is no gap',
      steps: [
        ['event', 7, false],
        ['event', 7, false],
        ['event', 6, false],
        ['event', 8, false],
      ],
    },
    {
      name: 'an old heartbeat is none',
      steps: [
        ['event', 7, false],
        ['heartbeat', 5, false],
        ['event', 8, false],
      ],
    },
  ])('$name', ({ steps }) => {
    const tracker = new PositionTracker();
    expect(steps.map(([kind, position]) => tracker[kind](position))).toEqual(steps.map(([, , missed]) => missed));
  });

  it('counts anew after a reset', () => {
    const tracker = new PositionTracker();
    tracker.event(7);
    tracker.reset(100);
    expect(tracker.event(101)).toBe(false);
  });
});
