import { describe, expect, it } from 'vitest';
import { GIVE_UP_AFTER_MS, retryDelayMs } from './webhook-backoff.js';

describe('the pause after a failure', () => {
  it.each([
    [1, 0, 5_000],
    [1, 1, 2_500],
    [2, 0, 10_000],
    [5, 0, 80_000],
    [10, 0, 2_560_000],
    [11, 0, 3_600_000],
    [10_000, 0, 3_600_000],
    [10_000, 1, 1_800_000],
  ])('is, after %i failures and with the random %d, %i ms', (failures, random, delayMs) => {
    expect(retryDelayMs(failures, random)).toBe(delayMs);
  });

  it('is what the endpoint asks for, up to an hour', () => {
    expect(retryDelayMs(1, 0, 60_000)).toBe(60_000);
    expect(retryDelayMs(1, 0, 1_000)).toBe(5_000);
    expect(retryDelayMs(1, 0, 86_400_000)).toBe(3_600_000);
  });

  it('makes some thirty attempts of a day', () => {
    let elapsedMs = 0;
    let attempts = 1;
    while (elapsedMs < GIVE_UP_AFTER_MS) elapsedMs += retryDelayMs(attempts++, 0.5);
    expect(attempts).toBeGreaterThan(30);
    expect(attempts).toBeLessThan(60);
  });
});
