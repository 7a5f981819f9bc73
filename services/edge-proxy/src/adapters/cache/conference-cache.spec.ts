import { conference } from '@ringdown/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FocusPod } from '../../domain/hop.js';
import type { ConferencePlace } from '../../ports/conferences.js';
import { ConferenceCache } from './conference-cache.js';

const pod = (podId: string): FocusPod => ({ podId, incarnation: 'i1', mediaHosts: ['192.0.2.1'] });
const standup = { tenantId: 'acme', room: 'standup', mayOpen: true };

describe('ConferenceCache', () => {
  const asked: string[] = [];
  const failures: unknown[] = [];
  let answer: conference.LocateResponse['answer'] | Error;
  let unreached: ReadonlySet<string>;
  let cache: ConferenceCache;

  const homeAt = (podId: string, claimed = true): NonNullable<conference.LocateResponse['answer']> => ({
    $case: 'home',
    value: { pod: { podId, incarnation: 'i1' }, address: `${podId}:1`, mediaHosts: ['192.0.2.1'], claimed },
  });
  const place = (question = standup) => {
    const { promise, resolve } = Promise.withResolvers<ConferencePlace>();
    let isSync = true;
    let wasSync = false;
    cache.place(question, (found) => {
      wasSync = isSync;
      resolve(found);
    });
    isSync = false;
    return { promise, wasSync };
  };
  const placed = (question = standup) => place(question).promise;

  beforeEach(() => {
    vi.useFakeTimers();
    asked.length = 0;
    failures.length = 0;
    unreached = new Set();
    answer = homeAt('focus-1');
    cache = new ConferenceCache({
      service: {
        locate: async ({ tenantId, room, mayOpen, notPod }) => {
          asked.push(
            `${tenantId} ${room}${mayOpen ? '' : ' as it is'}${notPod === undefined ? '' : ` not ${notPod.podId}`}`,
          );
          if (answer instanceof Error) throw answer;
          return conference.LocateResponse.create(answer === undefined ? {} : { answer });
        },
      },
      reaches: ({ podId }) => !unreached.has(podId),
      now: () => Date.now(),
      timeoutMs: 1_500,
      capacity: 2,
      failed: (error) => failures.push(error),
      succeeded: () => {},
    });
  });
  afterEach(() => void vi.useRealTimers());

  it('asks once for all who wait, and knows the answer for three seconds', async () => {
    const places = await Promise.all([placed(), placed(), placed()]);
    expect(places.map((found) => found.kind)).toEqual(['pod', 'pod', 'pod']);
    expect(asked).toEqual(['acme standup']);
    expect(place().wasSync).toBe(true);
    expect(place({ ...standup, mayOpen: false }).wasSync).toBe(true);
    expect(cache.counters).toEqual({ hit: 2, stale: 0, miss: 3, failed: 0 });
    vi.setSystemTime(Date.now() + 3_001);
    expect(place().wasSync).toBe(false);
    expect(asked).toHaveLength(2);
  });

  it.each<[string, typeof answer]>([
    ['that there is no such room', { $case: 'noSuchRoom', value: {} }],
    ['that the tenant is at its limit', { $case: 'overLimit', value: { limit: 3 } }],
    ['a pod that has promised nothing', homeAt('focus-1', false)],
    ['that every pod leaves', { $case: 'noPod', value: {} }],
    ['what it doesn’t understand', undefined],
  ])('doesn’t remember %s', async (_what, told) => {
    answer = told;
    await placed();
    await placed();
    expect(asked).toHaveLength(2);
    expect(cache.size).toBe(0);
  });

  it('serves an old answer while nobody can be asked, as long as its pod is there', async () => {
    await placed();
    answer = new Error('away');
    vi.setSystemTime(Date.now() + 60_000);
    expect(await placed()).toEqual({ kind: 'pod', pod: pod('focus-1') });
    expect(await placed({ ...standup, room: 'other' })).toEqual({ kind: 'unavailable' });
    vi.setSystemTime(Date.now() + 600_000);
    expect(await placed()).toEqual({ kind: 'unavailable' });
    expect(failures).toHaveLength(3);
  });

  it('asks others for a conference whose pod is lost, until they know that it is gone', async () => {
    await placed();
    unreached = new Set(['focus-1']);
    const { promise } = place();
    await vi.advanceTimersByTimeAsync(1_000);
    answer = homeAt('focus-2');
    await vi.advanceTimersByTimeAsync(250);
    expect(await promise).toEqual({ kind: 'pod', pod: pod('focus-2') });
    expect(asked).toHaveLength(7);
    expect(new Set(asked.slice(1))).toEqual(new Set(['acme standup not focus-1']));
    expect(place().wasSync).toBe(true);
  });

  it('takes it back when its stream is back', async () => {
    await placed();
    unreached = new Set(['focus-1']);
    const { promise } = place();
    await vi.advanceTimersByTimeAsync(500);
    unreached = new Set();
    await vi.advanceTimersByTimeAsync(250);
    expect(await promise).toEqual({ kind: 'pod', pod: pod('focus-1') });
  });

  it('gives up when the others insist that it is there', async () => {
    await placed();
    unreached = new Set(['focus-1']);
    const { promise } = place();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await promise).toEqual({ kind: 'unavailable' });
  });

  it('remembers no more than it may', async () => {
    for (const room of ['one', 'two', 'three']) await placed({ ...standup, room });
    expect(cache.size).toBe(2);
    expect(place({ ...standup, room: 'one' }).wasSync).toBe(false);
  });

  it('asks no more questions at once than a flood would need', async () => {
    const places = Array.from({ length: 600 }, (_, room) => placed({ ...standup, room: `room-${room}` }));
    const kinds = (await Promise.all(places)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'unavailable')).toHaveLength(100);
  });
});
