import type { DnsAnswer } from '@ringdown/sip-proxy';
import { describe, expect, it } from 'vitest';
import { DnsCache } from './dns-cache.js';

const question = { type: 'A', name: 'example.com' } as const;
const found: DnsAnswer = { type: 'A', addresses: ['192.0.2.1'] };

describe('DnsCache', () => {
  it.each([
    ['as long as the record says', { answer: found, ttlSec: 10 }, 10],
    ['not beyond its own limit', { answer: found, ttlSec: 1_000_000 }, 3_600],
    ['a minute where the record does not say', { answer: found, ttlSec: undefined }, 60],
    ['not at all for a record that says so', { answer: found, ttlSec: 0 }, 0],
    ['half a minute for what there is not', { answer: { type: 'A', addresses: [] } as const, ttlSec: undefined }, 30],
    ['half a minute for no service', { answer: { type: 'SRV', records: [] } as const, ttlSec: undefined }, 30],
    ['two seconds for silence', { answer: { type: 'unavailable' } as const, ttlSec: undefined }, 2],
  ])('keeps %s', (_what, reply, keptSec) => {
    const cache = new DnsCache();
    cache.put(1_000, question, reply);
    expect(cache.get(1_000 + keptSec * 1_000 - 1, question)).toEqual(reply.answer);
    expect(cache.get(1_000 + keptSec * 1_000, question)).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it('knows names without case, and types apart', () => {
    const cache = new DnsCache();
    cache.put(0, question, { answer: found, ttlSec: 10 });
    expect(cache.get(0, { type: 'A', name: 'EXAMPLE.com' })).toEqual(found);
    expect(cache.get(0, { type: 'AAAA', name: 'example.com' })).toBeUndefined();
  });

  it('forgets the oldest when full', () => {
    const cache = new DnsCache({ maxEntries: 2 });
    for (const name of ['a', 'b', 'c']) cache.put(0, { type: 'A', name }, { answer: found, ttlSec: 10 });
    expect(cache.size).toBe(2);
    expect(cache.get(0, { type: 'A', name: 'a' })).toBeUndefined();
    expect(cache.get(0, { type: 'A', name: 'c' })).toEqual(found);
  });
});
