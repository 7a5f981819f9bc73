/** A monotonic clock in milliseconds, with fractions. Its zero means nothing. */
export interface Clock {
  now(): number;
}

/** The process's own clock, which no change of the date moves. */
export const monotonicClock: Clock = { now: () => performance.now() };
