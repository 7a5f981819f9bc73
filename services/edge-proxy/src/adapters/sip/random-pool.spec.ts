import { expect, it } from 'vitest';
import { RandomPool } from './random-pool.js';

it('gives every byte out once, over many refills', () => {
  const pool = new RandomPool();
  const taken = Array.from({ length: 2_000 }, () => pool.take(12));
  expect(taken.every((each) => each.length === 12)).toBe(true);
  expect(new Set(taken.map((each) => Buffer.from(each).toString('hex'))).size).toBe(2_000);
});

it('gives more than it holds at once', () => {
  expect(new RandomPool().take(10_000)).toHaveLength(10_000);
});
