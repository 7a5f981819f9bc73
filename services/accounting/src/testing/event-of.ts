import { events } from '@ringdown/contracts';
import { startMs } from './steps.js';

/** An event of a call from alice to bob of the tenant `acme`, as an edge publishes it, `afterMs` its start. */
export function eventOf(
  callKey: string,
  event: NonNullable<events.CallEvent['event']>,
  afterMs = 0,
  beganMs = startMs,
): events.CallEvent {
  return events.CallEvent.create({
    eventId: `${callKey}-${event.$case}`,
    atMs: beganMs + afterMs,
    edgeId: 'edge-1',
    incarnation: 'i1',
    event,
    call: {
      callKey,
      sipCallId: `${callKey}@10.0.0.1`,
      originatorTag: 'a1',
      originating: { tenantId: 'acme', identity: 'sip:alice@acme.test' },
      terminating: {
        tenantId: 'globex',
        identity: 'sip:bob@globex.test',
        place: { $case: 'binding', value: { addressOfRecord: 'sip:bob@globex.test' } },
      },
      startedAtMs: beganMs,
    },
  });
}

export const startedEvent: NonNullable<events.CallEvent['event']> = { $case: 'started', value: {} };
export const answeredEvent: NonNullable<events.CallEvent['event']> = {
  $case: 'answered',
  value: { sessionExpiresSec: 0, codec: 'PCMA', ofTerminator: false },
};
export const endedEvent: NonNullable<events.CallEvent['event']> = {
  $case: 'ended',
  value: { end: events.CallEnd.TERMINATOR_HUNG_UP, statusCode: 0, reason: '' },
};
