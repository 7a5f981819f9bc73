import { max, median, min } from 'simple-statistics';

/** A figure over all alternations. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** @param values at least one. */
export function spreadOf(values: readonly number[]): Spread {
  const all = [...values];
  return { median: median(all), low: min(all), high: max(all) };
}
