import { ServiceError } from '@ringdown/platform';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchQueue, type BatchQueueOptions } from './batch-queue.js';

interface Run {
  readonly batch: readonly string[];
  answer(results?: readonly (string | Error)[]): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** Commands are `key:text`, or `tenant/key:text`. */
function build(o: Partial<BatchQueueOptions<string, string>> = {}): {
  groups: BatchQueue<string, string>;
  runs: Run[];
} {
  const runs: Run[] = [];
  const groups = new BatchQueue<string, string>({
    keyOf: (command) => command.split(':')[0] ?? '',
    tenantOf: (command) => command.split('/')[0] ?? '',
    run: (batch) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly (string | Error)[]>();
      runs.push({
        batch,
        async answer(results = batch.map((command) => `done ${command}`)) {
          resolve(results);
          await vi.advanceTimersByTimeAsync(0);
        },
        async fail(error) {
          reject(error);
          await vi.advanceTimersByTimeAsync(0);
        },
      });
      return promise;
    },
    gatherMs: 2,
    maxBatch: 3,
    lanes: 1,
    maxQueued: 100,
    maxQueuedByTenant: 100,
    maxWaitMs: 1000,
    now: () => Date.now(),
    ...o,
  });
  return { groups, runs };
}

const batches = (runs: readonly Run[]): readonly (readonly string[])[] => runs.map((run) => run.batch);

describe('BatchQueue', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('runs together what comes within the gathering time', async () => {
    const { groups, runs } = build();
    const first = groups.submit('a:1');
    await vi.advanceTimersByTimeAsync(1);
    const second = groups.submit('b:1');
    expect(runs).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(batches(runs)).toEqual([['a:1', 'b:1']]);
    await runs[0]?.answer();
    expect(await Promise.all([first, second])).toEqual(['done a:1', 'done b:1']);
  });

  it('waits for nothing but what has arrived already where the gathering time is 0', async () => {
    const { groups, runs } = build({ gatherMs: 0 });
    void groups.submit('a:1');
    void groups.submit('b:1');
    expect(runs).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(batches(runs)).toEqual([['a:1', 'b:1']]);
  });

  it('does not wait when a batch is full', () => {
    const { groups, runs } = build();
    for (const command of ['a:1', 'b:1', 'c:1']) void groups.submit(command);
    expect(batches(runs)).toEqual([['a:1', 'b:1', 'c:1']]);
  });

  it('runs what came during a batch as soon as that has ended', async () => {
    const { groups, runs } = build();
    for (const command of ['a:1', 'b:1', 'c:1', 'd:1', 'e:1']) void groups.submit(command);
    await vi.advanceTimersByTimeAsync(50);
    expect(runs).toHaveLength(1);
    await runs[0]?.answer();
    expect(runs[1]?.batch).toEqual(['d:1', 'e:1']);
  });

  it('has a key once in a batch, and in the order of its commands', async () => {
    const { groups, runs } = build();
    for (const command of ['a:1', 'a:2', 'b:1', 'a:3']) void groups.submit(command);
    await vi.advanceTimersByTimeAsync(2);
    for (let i = 0; i < 3; i++) await runs[i]?.answer();
    expect(batches(runs)).toEqual([['a:1', 'b:1'], ['a:2'], ['a:3']]);
  });

  it('never has a key in two lanes', async () => {
    const { groups, runs } = build({ lanes: 2, maxBatch: 1 });
    for (const command of ['a:1', 'a:2', 'b:1']) void groups.submit(command);
    await vi.advanceTimersByTimeAsync(2);
    expect(batches(runs)).toEqual([['a:1'], ['b:1']]);
    await runs[1]?.answer();
    expect(runs).toHaveLength(2);
    await runs[0]?.answer();
    expect(runs[2]?.batch).toEqual(['a:2']);
  });

  it('gives a result that is an error to its own caller only', async () => {
    const { groups, runs } = build();
    const good = groups.submit('a:1');
    const bad = groups.submit('b:1');
    bad.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(2);
    await runs[0]?.answer(['fine', new ServiceError('invalid', 'no')]);
    await expect(good).resolves.toBe('fine');
    await expect(bad).rejects.toMatchObject({ code: 'invalid' });
  });

  it('fails what waits together with a batch that finds the store unavailable', async () => {
    const { groups, runs } = build({ maxBatch: 1 });
    const all = ['a:1', 'a:2', 'b:1'].map((command) => groups.submit(command));
    const outcomes = Promise.allSettled(all);
    await runs[0]?.fail(new ServiceError('unavailable', 'gone'));
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    expect(groups.queued).toBe(0);
    const next = groups.submit('a:3');
    await vi.advanceTimersByTimeAsync(2);
    await runs[1]?.answer();
    await expect(next).resolves.toBe('done a:3');
  });

  it('goes on with what waits when a batch fails otherwise', async () => {
    const { groups, runs } = build({ maxBatch: 1 });
    const first = groups.submit('a:1');
    first.catch(() => undefined);
    const second = groups.submit('b:1');
    await runs[0]?.fail(new Error('bug'));
    await runs[1]?.answer();
    await expect(first).rejects.toThrow('bug');
    await expect(second).resolves.toBe('done b:1');
  });

  it.each([
    ['a full queue', { maxQueued: 2 }, ['t1/a:1', 't2/b:1'], 't3/c:1'],
    ["a tenant's share", { maxQueuedByTenant: 2 }, ['t1/a:1', 't1/b:1', 't2/a:1'], 't1/c:1'],
  ])('refuses beyond %s', async (_, limits, accepted, refused) => {
    const { groups } = build({ maxBatch: 10, ...limits });
    for (const command of accepted) void groups.submit(command);
    await expect(groups.submit(refused)).rejects.toMatchObject({ code: 'resource-exhausted' });
  });

  it.each([
    ['the queue', 1000, undefined],
    ['its caller', 300, 300],
  ])('does not run a command that waited longer than %s allows', async (_, limitMs, timeoutMs) => {
    const { groups, runs } = build({ maxBatch: 1 });
    void groups.submit('a:1');
    const late = groups.submit('b:1', timeoutMs);
    late.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(limitMs);
    await runs[0]?.answer();
    await expect(late).rejects.toMatchObject({ code: 'deadline' });
    expect(runs).toHaveLength(1);
    await groups.settled();
  });

  it('is settled when the last command was answered', async () => {
    const { groups, runs } = build();
    let settled = false;
    void groups.submit('a:1');
    const waiting = groups.settled().then(() => {
      settled = true;
    });
    await vi.advanceTimersByTimeAsync(2);
    expect(settled).toBe(false);
    await runs[0]?.answer();
    await waiting;
    expect(settled).toBe(true);
  });
});
