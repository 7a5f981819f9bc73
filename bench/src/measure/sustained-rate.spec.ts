import { expect, it } from 'vitest';
import { type Attempt, sustainedRate } from './sustained-rate.js';

function bears(limit: number, loadShare = 0.5): (perSec: number) => Promise<Attempt> {
  return async (perSec) => ({ clean: perSec <= limit, loadShare });
}

const search = { lowestPerSec: 500, highestPerSec: 4_500, steps: 8 };

it('comes close to the highest rate that goes well', async () => {
  const { perSec, limitedByLoad } = await sustainedRate({ ...search, tryRate: bears(2_345) });
  expect(perSec).toBeGreaterThan(2_280);
  expect(perSec).toBeLessThanOrEqual(2_345);
  expect(limitedByLoad).toBe(false);
});

it('goes below the lowest rate when that is too much, and says 0 when nothing goes well', async () => {
  expect((await sustainedRate({ ...search, tryRate: bears(300) })).perSec).toBeGreaterThan(250);
  expect((await sustainedRate({ ...search, tryRate: bears(0) })).perSec).toBe(0);
});

it('tries a rate again before it gives up on it', async () => {
  let hiccups = 1;
  const tryRate = async (perSec: number): Promise<Attempt> => {
    if (perSec === 500 && hiccups-- > 0) return { clean: false, loadShare: 0.5 };
    return { clean: perSec <= 2_345, loadShare: 0.5 };
  };
  expect((await sustainedRate({ ...search, tryRate })).perSec).toBeGreaterThan(2_280);
});

it('says when the load was at its end', async () => {
  expect((await sustainedRate({ ...search, tryRate: bears(2_000, 0.99) })).limitedByLoad).toBe(true);
});
