import { expect, it } from 'vitest';
import { StolenTime } from './stolen-time.js';

/** What /proc/stat says: user, nice, system, idle, waiting for disks, two kinds of interrupts, stolen; then time of guests, which user has in it. */
const stat = (...ticks: readonly number[]): string => `cpu  ${ticks.join(' ')} 9 9\ncpu0 1 2 3 4 5 6 7 8 9 9\n`;

it.each([
  {
    name: 'half of what was wanted',
    from: [10, 0, 0, 50, 0, 0, 0, 5],
    to: [30, 5, 10, 70, 5, 3, 2, 45],
    ofWanted: 0.5,
    ofAll: 40 / 105,
  },
  {
    name: 'nothing of much work',
    from: [10, 0, 0, 50, 0, 0, 0, 5],
    to: [90, 0, 0, 70, 0, 0, 0, 5],
    ofWanted: 0,
    ofAll: 0,
  },
  {
    name: 'nothing in no time',
    from: [10, 0, 0, 50, 0, 0, 0, 5],
    to: [10, 0, 0, 50, 0, 0, 0, 5],
    ofWanted: 0,
    ofAll: 0,
  },
])('time that the host took: $name', ({ from, to, ofWanted, ofAll }) => {
  let now = stat(...from);
  const stolen = new StolenTime(() => now);
  now = stat(...to);
  expect(stolen.ofWanted).toBeCloseTo(ofWanted);
  expect(stolen.ofAll).toBeCloseTo(ofAll);
});
