import { max, median, min, quantile } from 'simple-statistics';

/** The median of repeated measurements, and how far apart they lay. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
}

/** Undefined of nothing: a value that wasn't measured is left out. */
export function spreadOf(measured: readonly (number | undefined)[]): Spread | undefined {
  const values = measured.filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  return { median: median(values), min: min(values), max: max(values), values };
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly count: number;
}

/** Undefined of nothing. */
export function percentilesOf(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined;
  const [p50 = 0, p99 = 0, p999 = 0] = quantile([...values], [0.5, 0.99, 0.999]);
  return { p50, p99, p999, count: values.length };
}
