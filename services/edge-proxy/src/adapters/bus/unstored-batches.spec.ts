import { OutageLog, silentLogger } from '@ringdown/platform';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type EncodedBatch, UnstoredBatches } from './unstored-batches.js';

const kib = 1_024;

function batch(id: string, bytes = 824): EncodedBatch {
  return { subject: 'ringdown.v1.acme.calls.batch', data: new Uint8Array(bytes), id, events: 10 };
}

/** A stream that is there, or away. */
function opened(limits: { readonly maxBytes?: number; readonly maxUnderWay?: number } = {}) {
  const stream = { isThere: true, stored: [] as string[], tried: 0, underWay: 0, mostUnderWay: 0 };
  const complaints: string[] = [];
  const logger = { ...silentLogger(), error: (message: string) => void complaints.push(message) };
  const unstored = new UnstoredBatches({
    bus: {
      durablePublish: async (_subject, _data, options) => {
        stream.tried += 1;
        stream.underWay += 1;
        stream.mostUnderWay = Math.max(stream.mostUnderWay, stream.underWay);
        await Promise.resolve();
        stream.underWay -= 1;
        if (!stream.isThere) throw new Error('away');
        stream.stored.push(options?.id ?? '');
      },
    },
    outages: new OutageLog(logger, () => Date.now()),
    ...limits,
  });
  return { unstored, stream, complaints };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('keeps nothing that is stored', async () => {
  const { unstored, stream } = opened();
  unstored.add(batch('1'));
  expect([unstored.events, unstored.bytes]).toEqual([10, kib]);
  await vi.advanceTimersByTimeAsync(0);
  expect(stream.stored).toEqual(['1']);
  expect([unstored.events, unstored.bytes, unstored.dropped]).toEqual([0, 0, 0]);
});

it('sends again what was not stored, with the same ids, in the order of age, few at a time', async () => {
  const { unstored, stream, complaints } = opened({ maxUnderWay: 3 });
  stream.isThere = false;
  const ids = Array.from({ length: 20 }, (_, n) => String(n));
  for (const id of ids) {
    unstored.add(batch(id));
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(stream.tried).toBeLessThan(20);
  expect([unstored.events, complaints.length]).toEqual([200, 1]);
  stream.isThere = true;
  await vi.advanceTimersByTimeAsync(600);
  expect(stream.stored).toEqual(ids);
  expect(stream.mostUnderWay).toBe(3);
  expect(unstored.events).toBe(0);
});

it('drops the oldest where there is no more room, counts them, and says so once', async () => {
  const { unstored, stream, complaints } = opened({ maxBytes: 3 * kib });
  stream.isThere = false;
  for (const id of ['1', '2', '3', '4', '5']) {
    unstored.add(batch(id));
    await vi.advanceTimersByTimeAsync(0);
  }
  expect([unstored.events, unstored.bytes, unstored.dropped]).toEqual([30, 3 * kib, 20]);
  expect(complaints.filter((each) => each.includes('lost'))).toHaveLength(1);
  stream.isThere = true;
  await vi.advanceTimersByTimeAsync(600);
  expect(stream.stored).toEqual(['3', '4', '5']);
});

it('tries a few times more when the edge ends, and then says what is lost', async () => {
  const { unstored, stream, complaints } = opened();
  stream.isThere = false;
  unstored.add(batch('1'));
  unstored.add(batch('2'));
  const flushed = unstored.flush();
  await vi.advanceTimersByTimeAsync(10_000);
  await flushed;
  expect(unstored.events).toBe(0);
  expect(complaints.at(-1)).toContain('the edge ends');
  expect(vi.getTimerCount()).toBe(0);
});

it('is done at its end when the stream comes back in time', async () => {
  const { unstored, stream } = opened();
  stream.isThere = false;
  unstored.add(batch('1'));
  const flushed = unstored.flush();
  await vi.advanceTimersByTimeAsync(600);
  stream.isThere = true;
  await vi.advanceTimersByTimeAsync(600);
  await flushed;
  expect(stream.stored).toEqual(['1']);
});
