import { describe, expect, it } from 'vitest';
import { roomSizes } from './cell.js';

describe('roomSizes', () => {
  it.each([
    ['one', 50, [50]],
    ['threes', 4, [4]],
    ['threes', 6, [3, 3]],
    ['threes', 10, [4, 3, 3]],
    ['threes', 11, [4, 4, 3]],
  ] as const)('%s of %d', (shape, participants, sizes) => {
    expect(roomSizes({ shape, participants })).toEqual(sizes);
  });

  it('leaves nobody out', () => {
    for (let participants = 3; participants < 100; participants += 1) {
      const sizes = roomSizes({ shape: 'threes', participants });
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(participants);
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(3);
    }
  });
});
