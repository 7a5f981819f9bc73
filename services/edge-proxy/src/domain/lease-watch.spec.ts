import { describe, expect, it } from 'vitest';
import { LeaseWatch } from './lease-watch.js';

const leaseMs = 4_000;
const tickMs = 250;

interface Phase {
  readonly sec: number;
  readonly renews?: boolean;
  readonly heard?: boolean;
  readonly peers?: number;
  /** The process doesn't run. */
  readonly stopped?: boolean;
}

/** The standings one after another, each with the second in which it began. */
function standings(...phases: readonly Phase[]): string {
  const watch = new LeaseWatch(0, leaseMs);
  const seen: string[] = [];
  let now = 0;
  for (const { sec, renews = false, heard = false, peers = 0, stopped = false } of phases) {
    for (const end = now + sec * 1_000; now < end; now += tickMs) {
      if (stopped) continue;
      if (renews && now % 1_000 === 0) watch.renewed(now);
      const standing = watch.standing(now, { locationIsHeard: heard, peers });
      if (seen.at(-1)?.split(' ')[1] !== standing) seen.push(`${now / 1_000} ${standing}`);
    }
  }
  return seen.join(', ');
}

const well: Phase = { sec: 10, renews: true, heard: true, peers: 2 };

describe('LeaseWatch', () => {
  it.each<[string, Phase[], string]>([
    ['all is well', [well], '0 held'],
    ['cut off from location alone', [well, { sec: 10, heard: true, peers: 2 }], '0 held, 13 cut-off'],
    ['cut off from location and the other edges', [well, { sec: 10, heard: true }], '0 held, 13 cut-off'],
    ['cut off from everything', [well, { sec: 10 }], '0 held, 13 waiting, 14 cut-off'],
    ['location is away for all', [well, { sec: 60, peers: 2 }], '0 held, 13 waiting'],
    ['location is away, and comes back', [well, { sec: 60, peers: 2 }, well], '0 held, 13 waiting, 70 held'],
    [
      'its events come back before it answers',
      [well, { sec: 60, peers: 2 }, { sec: 3, heard: true, peers: 2 }, well],
      '0 held, 13 waiting, 73 held',
    ],
    [
      'its events come back, and it doesn’t answer',
      [well, { sec: 60, peers: 2 }, { sec: 10, heard: true, peers: 2 }],
      '0 held, 13 waiting, 74 cut-off',
    ],
    [
      'its events come now and then',
      [well, ...Array.from({ length: 5 }, (_, i) => ({ sec: 3, heard: i % 2 === 0, peers: 1 }))],
      '0 held, 13 waiting',
    ],
    [
      'the only edge there ever was has nowhere to send its phones',
      [{ sec: 10, renews: true, heard: true }, { sec: 60 }],
      '0 held, 13 waiting',
    ],
    ['a lost renewal or two', [well, { sec: 2.75, heard: true, peers: 2 }, well], '0 held'],
    ['it never held a lease, and location is away', [{ sec: 60, peers: 2 }], '0 held, 4 waiting'],
    [
      'it was stopped itself, and hears of location before it has asked it',
      [well, { sec: 60, stopped: true }, { sec: 1, heard: true, peers: 2 }, well],
      '0 held, 70 waiting, 71 held',
    ],
    ['cut off and back', [well, { sec: 10, heard: true, peers: 2 }, well], '0 held, 13 cut-off, 20 held'],
  ])('%s', (_, phases, expected) => {
    expect(standings(...phases)).toBe(expected);
  });

  it('is superseded until it is renewed', () => {
    const watch = new LeaseWatch(0, leaseMs);
    const seen = { locationIsHeard: true, peers: 1 };
    watch.superseded();
    expect(watch.standing(10, seen)).toBe('superseded');
    watch.renewed(20);
    expect(watch.standing(20, seen)).toBe('held');
  });
});
