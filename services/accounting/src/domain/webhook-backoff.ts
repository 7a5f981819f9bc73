const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 3_600_000;

/** Trying ends this long after the first failure. */
export const GIVE_UP_AFTER_MS = 24 * 3_600_000;

/**
 * How long to wait after the `failures`th failure in a row: 5 s, doubled each time up to an hour, of which a random half is left
 * out so that many don't come back together. `random` is from 0 to 1; `retryAfterMs` is what the endpoint asked for, heeded up to an hour.
 */
export function retryDelayMs(failures: number, random: number, retryAfterMs = 0): number {
  const longestMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 20));
  const delayMs = longestMs * (1 - random / 2);
  return Math.round(Math.max(delayMs, Math.min(retryAfterMs, LONGEST_DELAY_MS)));
}
