import { heldBytes, heldNothing } from '@ringdown/sip-message/held-bytes';
import { describe, expect, it } from 'vitest';
import { CALLER_GUARD, PinGuard } from './pin-guard.js';

describe('a guard of PINs', () => {
  it.each([
    [2, 0],
    [3, 30_000],
    [4, 60_000],
    [7, 480_000],
    [8, 900_000],
    [5_000, 900_000],
  ])('after %i wrong ones the next is looked at in %i ms', (wrong, waitMs) => {
    const guard = new PinGuard(CALLER_GUARD);
    for (let i = 0; i < wrong; i += 1) guard.failed('a', 1_000);
    expect(guard.waitMs('a', 1_000)).toBe(waitMs);
    expect(guard.waitMs('a', 1_000 + waitMs)).toBe(0);
    expect(guard.waitMs('b', 1_000)).toBe(0);
  });

  it('remembers no more callers than it may, and forgets the quietest first', () => {
    const guard = new PinGuard({ ...CALLER_GUARD, free: 1, mostCallers: 3 });
    for (const caller of ['a', 'b', 'c', 'a', 'd']) guard.failed(caller, 0);
    expect(['a', 'b', 'c', 'd'].filter((caller) => guard.waitMs(caller, 0) > 0)).toEqual(['a', 'c', 'd']);
  });

  it('keeps no part of the calls that wrong ones came from', () => {
    const guard = new PinGuard(CALLER_GUARD);
    expect(heldBytes((part) => guard.failed(`room ${part}`, 0))).toBeLessThan(heldNothing);
  });
});
