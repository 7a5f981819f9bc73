import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderServers, type SrvRecord } from './srv-order.js';

const record = (priority: number, weight: number, target: string): SrvRecord => ({
  priority,
  weight,
  port: 5060,
  target,
});

describe('RFC 2782 server order', () => {
  const a = record(10, 60, 'a');
  const b = record(10, 40, 'b');
  const zero = record(10, 0, 'zero');
  const backup = record(20, 100, 'backup');
  it.each([
    { name: 'a lower priority value comes first', records: [backup, a], random: 0.99, order: 'a backup' },
    {
      name: 'a low draw takes the smaller weight, which stands first',
      records: [a, b, backup],
      random: 0.3,
      order: 'b a backup',
    },
    { name: 'a high draw takes the larger weight', records: [a, b, backup], random: 0.9, order: 'a b backup' },
    { name: 'the draw 0 takes the record of weight 0', records: [a, zero], random: 0, order: 'zero a' },
    { name: 'any other draw passes weight 0 over', records: [a, zero], random: 0.5, order: 'a zero' },
    { name: 'all weights 0', records: [zero, record(10, 0, 'other')], random: 0.9, order: 'zero other' },
    { name: 'one record', records: [a], random: 0.5, order: 'a' },
    { name: 'none', records: [], random: 0.5, order: '' },
  ])('$name', ({ records, random, order }) => {
    expect(
      orderServers(records, () => random)
        .map((server) => server.target)
        .join(' '),
    ).toBe(order);
  });

  it('draws in proportion to weight', () => {
    let seed = 1;
    const random = () => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed / 0x80000000;
    };
    let first = 0;
    for (let round = 0; round < 10_000; round++) if (orderServers([a, b], random)[0] === a) first++;
    expect(first / 10_000).toBeGreaterThan(0.56);
    expect(first / 10_000).toBeLessThan(0.63);
  });

  it('keeps every record, with priorities never falling', () => {
    const records = fc.array(
      fc.record({
        priority: fc.integer({ min: 0, max: 3 }),
        weight: fc.integer({ min: 0, max: 65535 }),
        port: fc.constant(5060),
        target: fc.string(),
      }),
    );
    fc.assert(
      fc.property(records, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (list, random) => {
        const ordered = orderServers(list, () => random);
        expect(new Set(ordered)).toEqual(new Set(list));
        expect(ordered).toHaveLength(list.length);
        for (let index = 1; index < ordered.length; index++) {
          expect((ordered[index] as SrvRecord).priority).toBeGreaterThanOrEqual(
            (ordered[index - 1] as SrvRecord).priority,
          );
        }
      }),
    );
  });
});
