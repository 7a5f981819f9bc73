import { heldBytes, heldMessages, heldNothing } from '@ringdown/sip-message/held-bytes';
import { describe, expect, it } from 'vitest';
import { VersionedCache } from './versioned-cache.js';

interface Value {
  readonly version: number;
  readonly text: string;
}

const make = (capacity = 3) => new VersionedCache<Value>({ capacity, silenceMs: 3_000 });
const value = (version: number, text = `v${version}`): Value => ({ version, text });

describe('VersionedCache', () => {
  it('answers fresh while the publisher is heard, stale after its silence, fresh again after revalidation', () => {
    const cache = make();
    cache.heard(0);
    cache.loadStarted('a');
    expect(cache.loadEnded(0, 'a', value(1))).toBe(true);
    const rows: [now: number, kind: string][] = [
      [0, 'fresh'],
      [3_000, 'fresh'],
      [3_001, 'stale'],
    ];
    for (const [now, kind] of rows) expect(cache.get(now, 'a')?.kind).toBe(kind);
    cache.loadStarted('a');
    cache.loadEnded(4_000, 'a', value(1));
    expect(cache.get(5_000, 'a')).toEqual({ kind: 'fresh', value: value(1) });
    expect(cache.get(7_001, 'a')?.kind).toBe('stale');
    cache.heard(7_001);
    expect(cache.get(7_002, 'a')?.kind).toBe('fresh');
  });

  it.each([
    { name: 'an older answer after a newer event is refused', event: 5, answer: 4, kept: false },
    { name: 'the answer that the event speaks of is kept', event: 5, answer: 5, kept: true },
    { name: 'a newer answer than the event is kept', event: 5, answer: 6, kept: true },
  ])('while a lookup is under way: $name', ({ event, answer, kept }) => {
    const cache = make();
    cache.heard(0);
    cache.loadStarted('a');
    cache.changed(1, 'a', event, value(event));
    expect(cache.loadEnded(2, 'a', value(answer))).toBe(kept);
    expect(cache.get(2, 'a')?.value.version).toBe(kept ? answer : undefined);
  });

  it.each([
    { name: 'a newer event replaces', version: 3, value: value(3), text: 'v3' },
    { name: 'an older event does not', version: 1, value: value(1), text: 'v2' },
    { name: 'the same version does not', version: 2, value: value(2, 'other'), text: 'v2' },
    { name: 'a newer removal removes', version: 3, value: undefined, text: undefined },
    { name: 'an older removal does not', version: 1, value: undefined, text: 'v2' },
  ])('a cached value: $name', (row) => {
    const cache = make();
    cache.heard(0);
    cache.loadEnded(0, 'a', value(2));
    cache.changed(1, 'a', row.version, row.value);
    expect(cache.get(1, 'a')?.value.text).toBe(row.text);
  });

  it('keeps no "none", and asks again when an event overtook it', () => {
    const cache = make();
    cache.loadStarted('a');
    expect(cache.loadEnded(0, 'a', undefined)).toBe(true);
    expect(cache.get(0, 'a')).toBeUndefined();
    cache.loadStarted('a');
    cache.changed(1, 'a', 1, value(1));
    expect(cache.loadEnded(2, 'a', undefined)).toBe(false);
  });

  it('does not cache what nobody asked for', () => {
    const cache = make();
    cache.changed(0, 'a', 1, value(1));
    expect(cache.size).toBe(0);
  });

  it('is bounded, the least recently used goes first', () => {
    const cache = make(2);
    cache.heard(0);
    for (const key of ['a', 'b']) cache.loadEnded(0, key, value(1));
    cache.get(0, 'a');
    cache.loadEnded(0, 'c', value(1));
    expect([cache.get(0, 'a'), cache.get(0, 'b'), cache.get(0, 'c')].map((answer) => answer !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('keeps who is asked for again and again, however many others come and go', () => {
    const cache = make(16);
    cache.heard(0);
    cache.loadEnded(0, 'wanted', value(1));
    for (let other = 0; other < 1_000; other++) {
      cache.loadEnded(0, `other-${other}`, value(1));
      expect(cache.get(0, 'wanted')).toBeDefined();
    }
    expect(cache.size).toBe(16);
    expect(cache.get(0, 'other-983')).toBeUndefined();
    expect(cache.get(0, 'other-999')).toBeDefined();
  });

  it('keeps no part of the messages that its keys come from', () => {
    const cache = make(1_000);
    cache.heard(0);
    const put = heldBytes((part) => cache.loadEnded(0, part, value(1)));
    const asked = heldBytes((part) => expect(cache.get(0, part)).toBeDefined());
    expect(cache.size).toBe(heldMessages);
    expect(Math.max(put, asked)).toBeLessThan(heldNothing);
  });

  it('distrusts everything after a gap, until it is revalidated', () => {
    const cache = make();
    cache.heard(10);
    cache.loadEnded(5, 'a', value(1));
    cache.distrustAll(10);
    expect(cache.get(10, 'a')?.kind).toBe('stale');
    cache.loadEnded(11, 'a', value(1));
    expect(cache.get(11, 'a')?.kind).toBe('fresh');
  });

  it('distrusts one key, which stays for when its owner is away, and an answer that was asked for before', () => {
    const cache = make();
    cache.heard(0);
    for (const key of ['a', 'b']) cache.loadEnded(0, key, value(1));
    cache.loadStarted('a');
    cache.distrust('a');
    expect([cache.get(0, 'a')?.kind, cache.get(0, 'b')?.kind]).toEqual(['stale', 'fresh']);
    expect(cache.loadEnded(0, 'a', value(1))).toBe(false);
    cache.loadStarted('a');
    expect(cache.loadEnded(0, 'a', value(2))).toBe(true);
    expect(cache.get(0, 'a')).toEqual({ kind: 'fresh', value: value(2) });
  });

  it('forgets by rule, also for lookups under way', () => {
    const cache = make();
    cache.heard(0);
    cache.loadEnded(0, 'demo|a', value(1));
    cache.loadEnded(0, 'other|a', value(1));
    cache.loadStarted('demo|b');
    cache.forget((key) => key.startsWith('demo|'), 9);
    expect(cache.size).toBe(1);
    expect(cache.loadEnded(1, 'demo|b', value(8))).toBe(false);
  });

  it('takes an older version from an owner whose tables were restored, once everything is distrusted, and only if it was asked since', () => {
    const cache = make();
    cache.heard(0);
    cache.loadStarted('a');
    cache.loadEnded(0, 'a', value(7));
    cache.loadStarted('a');
    cache.distrustAll(10);
    cache.loadEnded(9, 'a', value(6));
    expect(cache.get(10, 'a')).toEqual({ kind: 'stale', value: value(7) });
    cache.loadStarted('a');
    cache.loadEnded(10, 'a', value(1));
    expect(cache.get(11, 'a')).toEqual({ kind: 'fresh', value: value(1) });
    cache.loadStarted('a');
    cache.loadEnded(12, 'a', value(0));
    expect(cache.get(12, 'a')).toEqual({ kind: 'fresh', value: value(1) });
  });
});
