import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentlyUsed } from './recently-used.js';

describe('RecentlyUsed', () => {
  it('never holds more than its capacity, and always the most recently used half', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 300 }), (uses) => {
        const capacity = 10;
        const flows = new RecentlyUsed<string, string>(capacity);
        const order: string[] = [];
        for (const use of uses) {
          const key = `k${use}`;
          if (flows.get(key) === undefined) flows.set(key, key);
          if (order.includes(key)) order.splice(order.indexOf(key), 1);
          order.push(key);
          expect(flows.size).toBeLessThanOrEqual(capacity);
          for (const recent of order.slice(-capacity / 2)) expect(flows.get(recent)).toBe(recent);
          // Reading the recent ones above counts as use, oldest first, which leaves their order as it is.
        }
      }),
    );
  });

  it('forgets what was not used while many others were', () => {
    const flows = new RecentlyUsed<string, number>(4);
    flows.set('old', 1);
    for (let i = 0; i < 10; i++) flows.set(`new${i}`, i);
    expect(flows.get('old')).toBeUndefined();
    expect(flows.get('new9')).toBe(9);
  });

  it('forgets everything when it is cleared', () => {
    const recent = new RecentlyUsed<string, number>(2);
    recent.set('a', 1);
    recent.set('b', 2);
    recent.clear();
    expect([recent.size, recent.get('a'), recent.get('b')]).toEqual([0, undefined, undefined]);
  });
});
