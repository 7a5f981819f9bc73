import { callEvents, events } from '@ringdown/contracts';
import { type Bus, OutageLog, silentLogger } from '@ringdown/platform';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallEventBatches } from './call-event-batches.js';
import { UnstoredBatches } from './unstored-batches.js';

interface Stored {
  readonly subject: string;
  readonly ids: readonly string[];
  readonly dedupedBy: string | undefined;
}

let numbered = 0;
function step(tenantId: string): events.CallEvent {
  numbered += 1;
  return events.CallEvent.create({
    eventId: String(numbered),
    call: { callKey: 'c', originating: { tenantId } },
    event: { $case: 'started', value: {} },
  });
}

/** A bus that stores when it is told to. */
function opened() {
  const stored: Stored[] = [];
  const pending: { readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  const bus: Pick<Bus, 'durablePublish'> = {
    durablePublish: (subject, data, options) => {
      const ids = callEvents.decode(data)?.events.map(({ eventId }) => eventId) ?? [];
      stored.push({ subject, ids, dedupedBy: options?.id });
      return new Promise((done, failed) => void pending.push({ done, failed }));
    },
  };
  const complaints: string[] = [];
  const logger = { ...silentLogger(), error: (message: string) => void complaints.push(message) };
  const unstored = new UnstoredBatches({ bus: bus as Bus, outages: new OutageLog(logger) });
  const batches = new CallEventBatches(unstored);
  return { batches, stored, pending, complaints };
}

beforeEach(() => {
  numbered = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it('stores what came within 20 ms in one batch a tenant, in order', () => {
  const { batches, stored } = opened();
  for (const tenant of ['acme', 'globex', 'acme', 'acme']) batches.add(step(tenant));
  vi.advanceTimersByTime(19);
  expect(stored).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(stored).toEqual([
    { subject: 'ringdown.v1.acme.calls.batch', ids: ['1', '3', '4'], dedupedBy: '1' },
    { subject: 'ringdown.v1.globex.calls.batch', ids: ['2'], dedupedBy: '2' },
  ]);
  batches.add(step('acme'));
  vi.advanceTimersByTime(20);
  expect(stored.at(-1)?.ids).toEqual(['5']);
});

it('lets a full batch wait no longer', () => {
  const { batches, stored } = opened();
  for (let count = 0; count < 257; count++) batches.add(step('acme'));
  expect(stored.map(({ ids }) => ids.length)).toEqual([256]);
  vi.advanceTimersByTime(20);
  expect(stored.map(({ ids }) => ids.length)).toEqual([256, 1]);
});

it('flushes at the end: resolves when everything is stored', async () => {
  const { batches, stored, pending } = opened();
  batches.add(step('acme'));
  let flushed = false;
  const flushing = batches.flush().then(() => {
    flushed = true;
  });
  expect(stored).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(flushed).toBe(false);
  pending[0]?.done();
  await flushing;
  expect(vi.getTimerCount()).toBe(0);
});

it('says once that events can not be stored', async () => {
  const { batches, pending, complaints } = opened();
  for (let times = 0; times < 3; times++) {
    batches.add(step('acme'));
    await vi.advanceTimersByTimeAsync(520);
    pending[times]?.failed(new Error('away'));
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toContain('call events can not be stored');
});
