import { ServiceError, silentLogger } from '@ringdown/platform';
import { expect, it } from 'vitest';
import type { CallRecord } from '../domain/call-record.js';
import type { CallRecords } from '../ports/call-records.js';
import type { RecordObserver } from '../ports/record-observer.js';
import { answered, hungUp, limits, started, startMs, step } from '../testing/steps.js';
import { RecordCalls } from './record-calls.js';

/** Records in memory that fail as `failing` says of the keys of a change. */
function opened(failing: (keys: readonly string[]) => Error | undefined = () => undefined) {
  const stored = new Map<string, CallRecord>();
  const told: string[] = [];
  const records: CallRecords = {
    change: async (keys, decide) => {
      const error = failing(keys.map(({ callKey }) => callKey));
      if (error !== undefined) throw error;
      return keys.flatMap((key) => {
        const before = stored.get(key.callKey);
        const after = decide(key, before);
        if (after === undefined || after === before) return [];
        stored.set(key.callKey, after);
        return [{ before, after }];
      });
    },
    overdue: async () => [],
  };
  const observer: RecordObserver = {
    eventConsumed: (event, lagMs) => void told.push(`${event} ${lagMs}`),
    messageRedelivered: () => undefined,
    eventMerged: (outcome) => void told.push(outcome),
    recordCompleted: (cause, closedBy) => void told.push(`completed: ${cause} by ${closedBy}`),
  };
  const now = (): number => startMs + 10_000;
  const recording = new RecordCalls({ records, limits, observer, logger: silentLogger(), now, retentionDays: 2 });
  return { recording, stored, told };
}

const refused = Object.assign(new Error('value too long'), { code: '22001' });

it('makes the steps of a call together into one change, and tells what became of them', async () => {
  const { recording, stored, told } = opened();
  await recording.record([step(started), step(answered, 1_000), step(hungUp, 9_000)]);
  await recording.record([step(answered, 1_000)]);
  expect([...stored.values()]).toMatchObject([{ durationMs: 8_000, version: 1 }]);
  expect(told).toEqual([
    'created',
    'completed: hung-up by event',
    'started 10000',
    'answered 9000',
    'ended 1000',
    'unchanged',
    'answered 9000',
  ]);
});

it('leaves out one record that Postgres refuses, and no other', async () => {
  const { recording, stored, told } = opened((keys) => (keys.includes('c3') ? refused : undefined));
  await recording.record(['c1', 'c2', 'c3', 'c4', 'c5'].map((callKey) => step(started, 0, { callKey })));
  expect([...stored.keys()]).toEqual(['c1', 'c2', 'c4', 'c5']);
  expect(told.filter((each) => each.startsWith('malformed'))).toEqual(['malformed 0']);
});

it.each([new ServiceError('unavailable', 'away'), Object.assign(new Error('no such column'), { code: '42703' })])(
  'loses nothing to an outage or a wrong schema: %s',
  async (error) => {
    const { recording } = opened(() => error);
    await expect(recording.record([step(started)])).rejects.toBe(error);
  },
);

it.each(['2026-11-19', '2026-11-26'])('has no records of %s', async (startedOn) => {
  const { recording, stored } = opened();
  await recording.record([step(started, 0, { startedOn })]);
  expect(stored.size).toBe(0);
});
