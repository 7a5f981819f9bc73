import { describe, expect, it } from 'vitest';
import { VersionedCache } from '../../domain/versioned-cache.js';
import type { Lookup } from '../../ports/lookups.js';
import { CachedLookup } from './cached-lookup.js';

interface Value {
  readonly version: number;
}

function setUp() {
  const clock = { now: 0 };
  const asked: { key: string; resolve: (value: Value | undefined) => void; reject: (error: Error) => void }[] = [];
  const cache = new VersionedCache<Value>({ capacity: 10, silenceMs: 3_000 });
  const failures: unknown[] = [];
  const lookup = new CachedLookup<Value>({
    cache,
    load: (key) => new Promise((resolve, reject) => asked.push({ key, resolve, reject })),
    now: () => clock.now,
    failed: (error) => failures.push(error),
    succeeded: () => failures.splice(0),
  });
  const find = (key: string) => {
    const answers: Lookup<Value>[] = [];
    lookup.find(key, (answer) => answers.push(answer));
    return answers;
  };
  return { clock, asked, cache, counters: lookup.counters, failures, find };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('CachedLookup', () => {
  it('asks once for all who wait, then answers within the turn', async () => {
    const { asked, cache, counters, find } = setUp();
    cache.heard(0);
    const first = find('a');
    const second = find('a');
    expect([asked.length, first.length]).toEqual([1, 0]);
    asked[0]?.resolve({ version: 1 });
    await turn();
    expect([...first, ...second]).toEqual([
      { kind: 'found', value: { version: 1 } },
      { kind: 'found', value: { version: 1 } },
    ]);
    expect(find('a')).toEqual([{ kind: 'found', value: { version: 1 } }]);
    expect(asked).toHaveLength(1);
    expect(counters).toEqual({ hit: 1, stale: 0, miss: 2, failed: 0 });
  });

  it('asks again for what was absent', async () => {
    const { asked, cache, find } = setUp();
    cache.heard(0);
    const first = find('a');
    asked[0]?.resolve(undefined);
    await turn();
    expect(first).toEqual([{ kind: 'absent' }]);
    find('a');
    expect(asked).toHaveLength(2);
  });

  it('asks again when an event overtook the answer', async () => {
    const { asked, cache, find } = setUp();
    cache.heard(0);
    const answers = find('a');
    cache.changed(0, 'a', 2, { version: 2 });
    asked[0]?.resolve({ version: 1 });
    await turn();
    expect(answers).toEqual([]);
    asked[1]?.resolve({ version: 2 });
    await turn();
    expect(answers).toEqual([{ kind: 'found', value: { version: 2 } }]);
  });

  it('does not trust an answer that was asked for before events were missed', async () => {
    const { asked, cache, clock, find } = setUp();
    cache.heard(0);
    find('a');
    clock.now = 10;
    cache.distrustAll(10);
    clock.now = 20;
    asked[0]?.resolve({ version: 1 });
    await turn();
    expect(find('a')).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it('serves stale only while the owner can not be asked', async () => {
    const { asked, cache, clock, counters, failures, find } = setUp();
    cache.heard(0);
    find('a');
    asked[0]?.resolve({ version: 1 });
    await turn();
    clock.now = 10_000;
    const answers = find('a');
    expect(answers).toEqual([]);
    asked[1]?.reject(new Error('away'));
    await turn();
    expect(answers).toEqual([{ kind: 'found', value: { version: 1 }, isStale: true }]);
    expect(failures).toHaveLength(1);
    const unknown = find('b');
    asked[2]?.reject(new Error('away'));
    await turn();
    expect(unknown).toEqual([{ kind: 'unavailable' }]);
    expect(find('a')).toEqual(answers);
    expect(counters).toEqual({ hit: 0, stale: 1, miss: 3, failed: 2 });
  });
});
