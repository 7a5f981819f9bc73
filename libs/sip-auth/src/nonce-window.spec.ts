import { heldBytes, heldMessages, heldNothing } from '@ringdown/sip-message/held-bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NonceWindow } from './nonce-window.js';

const LIFETIME_MS = 600_000;

function use(window: NonceWindow, seal: string, nonceCount: number, issuedAtMs = 1000, nowMs = 2000) {
  return window.use(seal, issuedAtMs, nonceCount, nowMs, LIFETIME_MS);
}

describe('NonceWindow', () => {
  it.each<[string, readonly number[], readonly string[]]>([
    ['counts in order', [1, 2, 3], ['fresh', 'fresh', 'fresh']],
    ['the same count again', [1, 1], ['fresh', 'replay']],
    ['counts that overtook each other', [2, 1, 3, 1], ['fresh', 'fresh', 'fresh', 'replay']],
    ['a gap, filled later', [1, 9, 5, 5, 9], ['fresh', 'fresh', 'fresh', 'replay', 'replay']],
    ['a shift by 31', [1, 32, 1, 2, 32], ['fresh', 'fresh', 'replay', 'fresh', 'replay']],
    ['a shift by 32', [1, 33, 1, 2], ['fresh', 'fresh', 'replay', 'fresh']],
    ['a shift by 33', [1, 34, 1, 2, 2], ['fresh', 'fresh', 'replay', 'fresh', 'replay']],
    ['a shift by 63', [1, 64, 1, 2], ['fresh', 'fresh', 'replay', 'fresh']],
    ['a shift by 64: too far back to know', [1, 65, 1, 2], ['fresh', 'fresh', 'replay', 'fresh']],
    ['the greatest count', [1, 0xffffffff, 0xffffffff, 0xfffffffe], ['fresh', 'fresh', 'replay', 'fresh']],
    ['a first use that is not 1', [7, 6, 7], ['fresh', 'fresh', 'replay']],
  ])('%s', (_, counts, expected) => {
    const window = new NonceWindow(4);
    expect(counts.map((count) => use(window, 'a', count))).toEqual(expected);
  });

  it('never accepts a count twice, and accepts every new one within 64 of the highest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 300 }), (counts) => {
        const window = new NonceWindow(1);
        const used = new Set<number>();
        let highest = 0;
        for (const count of counts) {
          const expected = used.has(count) || (highest > 0 && highest - count >= 64) ? 'replay' : 'fresh';
          expect(use(window, 'a', count)).toBe(expected);
          used.add(count);
          highest = Math.max(highest, count);
        }
      }),
    );
  });

  it('stays within its capacity and forgets the oldest without ever taking it for unused', () => {
    const window = new NonceWindow(2);
    expect(use(window, 'a', 1, 1000)).toBe('fresh');
    expect(use(window, 'b', 1, 1001)).toBe('fresh');
    expect(use(window, 'c', 1, 1002)).toBe('fresh');
    expect(window.size).toBe(2);
    expect(use(window, 'a', 1, 1000)).toBe('forgotten');
    expect(use(window, 'a', 2, 1000)).toBe('forgotten');
    expect(use(window, 'b', 1, 1001)).toBe('replay');
    expect(use(window, 'b', 2, 1001)).toBe('fresh');
    expect(use(window, 'younger', 1, 1003)).toBe('fresh');
  });

  it('only evicting a nonce that still lives makes others forgotten', () => {
    const window = new NonceWindow(1);
    expect(use(window, 'a', 1, 1000, 2000)).toBe('fresh');
    const laterMs = 1000 + LIFETIME_MS + 1;
    expect(use(window, 'b', 1, 1500, laterMs)).toBe('fresh');
    expect(use(window, 'c', 1, 1400, laterMs)).toBe('fresh');
    expect(use(window, 'd', 1, 1450, laterMs)).toBe('forgotten');
  });

  it('keeps no part of the messages that nonces come in', () => {
    const window = new NonceWindow(1_000);
    expect(heldBytes((part) => use(window, part, 1))).toBeLessThan(heldNothing);
    expect(window.size).toBe(heldMessages);
  });
});
