import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answered, hungUp, limits, refreshed, rejected, started, startMs, step } from '../testing/steps.js';
import type { CallRecord } from './call-record.js';
import type { CallStep } from './call-step.js';
import { closeOverdue, merge } from './merge.js';

/** All but the version, which counts how it came about. */
function content(record: CallRecord): CallRecord {
  return { ...record, version: 0 };
}

describe('a record', () => {
  it('is whole with start, answer and end', () => {
    const record = merge(undefined, [step(started), step(answered, 2_000), step(hungUp, 62_000)], limits);
    expect(record).toMatchObject({
      state: 'ended',
      answeredAtMs: startMs + 2_000,
      endedAtMs: startMs + 62_000,
      durationMs: 60_000,
      release: { cause: 'hung-up', side: 'originator' },
      codec: 'PCMA',
      closedBy: 'event',
      isMarked: false,
      version: 1,
    });
  });

  it.each([
    { name: 'a start', steps: [step(started)], expected: { state: 'in-progress', durationMs: undefined } },
    {
      name: 'a refusal',
      steps: [step(started), step(rejected(486), 3_000)],
      expected: {
        state: 'ended',
        durationMs: 0,
        answeredAtMs: undefined,
        release: { statusCode: 486 },
        isMarked: false,
      },
    },
    {
      name: 'a lone end: the answer is taken to be the start',
      steps: [step(hungUp, 60_000)],
      expected: { state: 'ended', answeredAtMs: startMs, durationMs: 60_000, closedBy: 'rebuilt', isMarked: true },
    },
    {
      name: 'an end of another edge, which knows the start without its milliseconds',
      steps: [
        step(started),
        step(answered, 10),
        step(hungUp, 60_010, { startedAtMs: startMs - 250, edgeId: 'edge-2' }),
      ],
      expected: { startedAtMs: startMs, edgeId: 'edge-1', durationMs: 60_000, closedBy: 'event' },
    },
    {
      name: 'an answer that both edges have told: when it came to the caller counts',
      steps: [step({ ...answered, isOfTerminator: true }, 1_000), step(answered, 2_500), step(hungUp, 9_000)],
      expected: { answeredAtMs: startMs + 2_500, durationMs: 6_500 },
    },
    {
      name: 'an answer that died with the edge that the caller was at',
      steps: [step(started), step({ ...answered, isOfTerminator: true }, 1_000), step(hungUp, 9_000)],
      expected: { durationMs: 8_000, closedBy: 'event', isMarked: false },
    },
    {
      name: 'two ends: the first wins',
      steps: [step(answered), step(hungUp, 9_000), step(hungUp, 5_000)],
      expected: { endedAtMs: startMs + 5_000, durationMs: 5_000 },
    },
    {
      name: 'a BYE after another edge has seen a repeated INVITE refused',
      steps: [step(answered), step(rejected(482), 500), step(hungUp, 9_000)],
      expected: { release: { cause: 'hung-up' }, durationMs: 9_000 },
    },
  ])('of $name', ({ steps, expected }) => {
    expect(merge(undefined, steps, limits)).toMatchObject(expected);
  });

  it('has no new version when nothing new is said', () => {
    const steps = [step(started), step(answered, 20), step(hungUp, 9_000)];
    const record = merge(undefined, steps, limits);
    expect(merge(record, steps, limits)).toBe(record);
    expect(merge(merge(undefined, steps.slice(0, 2), limits), steps, limits).version).toBe(2);
  });
});

const anyStep: fc.Arbitrary<CallStep> = fc
  .record({
    event: fc.constantFrom(started, answered, refreshed(1_800), refreshed(90), hungUp, rejected(486), rejected(482)),
    // Few, so that some are equal.
    afterMs: fc.integer({ min: 0, max: 3 }).map((seconds) => seconds * 1_000),
    edgeId: fc.constantFrom('edge-1', 'edge-2'),
    startedAtMs: fc.constantFrom(startMs, startMs - 250, startMs + 1_500),
    mediaNode: fc.constantFrom(undefined, '3', '7'),
    codec: fc.constantFrom(undefined, 'PCMU', 'opus'),
    isOfTerminator: fc.boolean(),
  })
  .map(({ event, afterMs, codec, isOfTerminator, ...changed }) =>
    step(event.kind === 'answered' ? { ...event, codec, isOfTerminator } : event, afterMs, changed),
  );

describe('any events of a call', () => {
  it('make the same record in any order, in any groups, and however often', () => {
    const steps = fc.array(anyStep, { minLength: 1, maxLength: 6 });
    const scenario = steps.chain((all) =>
      fc.record({
        all: fc.constant(all),
        // Any order, with repetitions.
        again: fc.array(fc.constantFrom(...all), { maxLength: 6 }),
        order: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
        group: fc.integer({ min: 1, max: 4 }),
      }),
    );
    fc.assert(
      fc.property(scenario, ({ all, again, order, group }) => {
        const shuffled = [...all, ...again]
          .map((each, index) => ({ each, at: order[index] ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ each }) => each);
        let record: CallRecord | undefined;
        for (let from = 0; from < shuffled.length; from += group)
          record = merge(record, shuffled.slice(from, from + group), limits);
        expect(content(record!)).toEqual(content(merge(undefined, all, limits)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('make the same record whether or not it was closed for being overdue in between', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 2, maxLength: 6 }), fc.nat({ max: 5 }), (all, at) => {
        const early = merge(undefined, all.slice(0, 1 + at), limits);
        const closed = closeOverdue(early, startMs + 100 * 86_400_000, limits) ?? early;
        const late = all.slice(1 + at);
        const last = late.length === 0 ? early : merge(closed, late, limits);
        const whole = content(merge(undefined, all, limits));
        // What says nothing new leaves it closed.
        expect(content(last === closed ? early : last)).toEqual(whole);
      }),
      { numRuns: 1_000 },
    );
  });

  it('make one record when some are lost, which is marked unless answer and end were seen', () => {
    const life = [step(started), step(answered, 1_000), step(refreshed(1_800), 900_000), step(hungUp, 1_000_000)];
    fc.assert(
      fc.property(fc.subarray(life, { minLength: 1 }), (seen) => {
        const record = merge(undefined, seen, limits);
        const closed = closeOverdue(record, startMs + 100 * 86_400_000, limits) ?? record;
        expect(closed.state).toBe('ended');
        expect(closed.isMarked).toBe(!(seen.includes(life[1]!) && seen.includes(life[3]!)));
        expect(closed.durationMs).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('a call without an end', () => {
  it.each([
    {
      name: 'never answered',
      steps: [step(started)],
      overdueAfterMs: 900_000,
      expected: { endedAtMs: startMs + 900_000, durationMs: 0, release: { cause: 'lost' }, closedBy: 'limit' },
    },
    {
      name: 'without session refreshes',
      steps: [step(started), step(answered, 1_000)],
      overdueAfterMs: 86_401_000,
      expected: { durationMs: 86_400_000, release: { cause: 'limit', side: 'platform' }, closedBy: 'limit' },
    },
    {
      name: 'whose session was not refreshed',
      steps: [step(started), step({ ...answered, sessionExpiresSec: 1_800 }, 1_000)],
      overdueAfterMs: 1_000 + 1_800_000 + 30_000,
      expected: { durationMs: 1_800_000, release: { cause: 'expired' }, closedBy: 'session-expiry' },
    },
    {
      name: 'that was refreshed once',
      steps: [step(started), step(answered, 1_000), step(refreshed(90), 61_000)],
      overdueAfterMs: 61_000 + 90_000 + 30_000,
      expected: { durationMs: 150_000, release: { cause: 'expired' }, closedBy: 'session-expiry' },
    },
  ])('$name is closed and marked', ({ steps, overdueAfterMs, expected }) => {
    const record = merge(undefined, steps, limits);
    expect(closeOverdue(record, startMs + overdueAfterMs - 1, limits)).toBeUndefined();
    const closed = closeOverdue(record, startMs + overdueAfterMs, limits);
    expect(closed).toMatchObject({ ...expected, state: 'ended', isMarked: true, version: 2 });
    expect(closeOverdue(closed!, startMs + 2 * overdueAfterMs, limits)).toBeUndefined();
  });

  it('takes the mark back when its end is heard of after all', () => {
    const record = merge(undefined, [step(started), step(answered, 1_000)], limits);
    const closed = closeOverdue(record, startMs + 90_000_000, limits)!;
    const seen = merge(closed, [step(hungUp, 61_000)], limits);
    expect(seen).toMatchObject({ durationMs: 60_000, closedBy: 'event', isMarked: false, version: 3 });
  });

  it('goes on when it is heard of again', () => {
    const record = merge(undefined, [step(answered)], limits);
    const closed = closeOverdue(record, startMs + 90_000_000, limits)!;
    const alive = merge(closed, [step(refreshed(1_800), 89_999_000)], limits);
    expect(alive).toMatchObject({ state: 'in-progress', endedAtMs: undefined, durationMs: undefined, isMarked: false });
  });
});
