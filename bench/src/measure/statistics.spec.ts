import { expect, it } from 'vitest';
import { percentilesOf, spreadOf } from './statistics.js';

it('takes the median and how far apart the values lay', () => {
  expect(spreadOf([3, undefined, 1, 10])).toEqual({ median: 3, min: 1, max: 10, values: [3, 1, 10] });
});

it('has nothing to say of nothing', () => {
  expect(spreadOf([undefined])).toBeUndefined();
  expect(percentilesOf([])).toBeUndefined();
});

it('finds percentiles', () => {
  const values = Array.from({ length: 1_000 }, (_, index) => index + 1);
  expect(percentilesOf(values)).toEqual({ p50: 500.5, p99: 990.01, p999: 999.001, count: 1_000 });
});
