import type { Spread } from '../measure/statistics.js';

/** `12.3 (11.9–13.1)`: the median, and how far apart the measurements lay; empty where nothing was measured. */
export function spreadCell(spread: Spread | undefined, digits: number): string {
  if (spread === undefined) return '';
  if (spread.values.length === 1) return spread.median.toFixed(digits);
  return `${spread.median.toFixed(digits)} (${spread.min.toFixed(digits)}–${spread.max.toFixed(digits)})`;
}

/** A number; empty where there is none. */
export function numberCell(value: number | undefined, digits = 0): string {
  return value === undefined ? '' : value.toFixed(digits);
}
