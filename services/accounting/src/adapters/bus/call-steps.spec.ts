import { events } from '@ringdown/contracts';
import { describe, expect, it } from 'vitest';
import { endedEvent, eventOf, startedEvent } from '../../testing/event-of.js';
import { startMs } from '../../testing/steps.js';
import { callStepOf } from './call-steps.js';

const read = (event: events.CallEvent) => callStepOf(event, (sipCallId) => `trace of ${sipCallId}`);
const ended = (end: events.CallEnd, statusCode = 0, reason = '') =>
  read(eventOf('a1', { $case: 'ended', value: { end, statusCode, reason } }))?.event;

it('reads who, where and when', () => {
  expect(read(eventOf('a1', startedEvent, 20))).toEqual({
    tenantId: 'acme',
    startedOn: '2026-11-22',
    callKey: 'a1',
    atMs: startMs + 20,
    sipCallId: 'a1@10.0.0.1',
    originatorTag: 'a1',
    traceId: 'trace of a1@10.0.0.1',
    startedAtMs: startMs,
    originating: { tenantId: 'acme', identity: 'sip:alice@acme.test', place: undefined },
    terminating: {
      tenantId: 'globex',
      identity: 'sip:bob@globex.test',
      place: { kind: 'binding', value: 'sip:bob@globex.test' },
    },
    mediaNode: undefined,
    edgeId: 'edge-1',
    event: { kind: 'started' },
  });
});

it.each([
  { end: events.CallEnd.ORIGINATOR_HUNG_UP, cause: 'hung-up', side: 'originator' },
  { end: events.CallEnd.TERMINATOR_HUNG_UP, cause: 'hung-up', side: 'terminator' },
  { end: events.CallEnd.CANCELLED, cause: 'cancelled', side: 'originator' },
  { end: events.CallEnd.REJECTED, cause: 'rejected', side: 'terminator' },
  { end: events.CallEnd.NO_ANSWER, cause: 'no-answer', side: 'platform' },
  { end: events.CallEnd.EXPIRED, cause: 'expired', side: 'platform' },
  { end: events.CallEnd.UNSPECIFIED, cause: 'lost', side: 'platform' },
])('an end of kind $end: $cause by the $side', ({ end, cause, side }) => {
  expect(ended(end)).toMatchObject({ kind: 'ended', release: { cause, side } });
});

it('reads status and reason of an end, and no status that there is not', () => {
  expect(ended(events.CallEnd.REJECTED, 486, 'Q.850;cause=17')).toMatchObject({
    release: { statusCode: 486, reason: 'Q.850;cause=17' },
  });
  expect(ended(events.CallEnd.REJECTED, 70_000)).toMatchObject({ release: { statusCode: undefined } });
});

describe('makes no record of', () => {
  const good = eventOf('a1', endedEvent, 1_000);
  it.each<[string, events.CallEvent]>([
    ['an event without a call', { ...good, call: undefined }],
    ['an event of a kind that is not known', { ...good, event: undefined }],
    ['a call without a key', { ...good, call: { ...good.call!, callKey: '' } }],
    ['a key that is too long', { ...good, call: { ...good.call!, callKey: 'a'.repeat(65) } }],
    ['no time at all', { ...good, atMs: 0 }],
    ['a start that is no time', { ...good, call: { ...good.call!, startedAtMs: 9e15 } }],
    ['an event a year after the start', { ...good, atMs: good.atMs + 365 * 86_400_000 }],
  ])('%s', (_name, event) => {
    expect(read(event)).toBeUndefined();
  });
});

it('keeps texts within bounds, and what Postgres can keep', () => {
  const event = eventOf('a1', startedEvent);
  const call = { ...event.call!, sipCallId: `\0${'x'.repeat(600)}`, originatorTag: '\ud800' };
  expect(read({ ...event, call })).toMatchObject({ sipCallId: 'x'.repeat(511), originatorTag: '\ufffd' });
});
