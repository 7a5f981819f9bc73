import { randomUUID } from 'node:crypto';
import { callEvents, events } from '@ringdown/contracts';
import type { Bus, OutageLog } from '@ringdown/platform';
import type { CallEnd, CallObserver, CallRecord, CallSide } from '../../ports/call-observer.js';

export interface CallEventOptions {
  readonly bus: Bus;
  readonly edgeId: string;
  readonly incarnation: string;
  /** Unix time in milliseconds. */
  readonly wallClock: () => number;
  readonly outages: OutageLog;
}

/** Publishes the steps of calls durably: records are made from them, so they must not be lost while the bus is there. */
export class BusCallEvents implements CallObserver {
  readonly #options: CallEventOptions;

  constructor(options: CallEventOptions) {
    this.#options = options;
  }

  started(call: CallRecord): void {
    this.#publish(call, { $case: 'started', value: {} });
  }

  answered(call: CallRecord): void {
    this.#publish(call, { $case: 'answered', value: {} });
  }

  refreshed(call: CallRecord, sessionExpiresSec: number): void {
    this.#publish(call, { $case: 'refreshed', value: { sessionExpiresSec } });
  }

  ended(call: CallRecord, end: CallEnd): void {
    this.#publish(call, { $case: 'ended', value: ending(end) });
  }

  #publish(call: CallRecord, event: NonNullable<events.CallEvent['event']>): void {
    const { bus, edgeId, incarnation, wallClock, outages } = this.#options;
    const eventId = randomUUID();
    const message: events.CallEvent = {
      eventId,
      atMs: wallClock(),
      edgeId,
      incarnation,
      event,
      call: {
        callKey: Buffer.from(call.key).toString('hex'),
        sipCallId: call.sipCallId,
        originatorTag: call.originatorTag,
        originating: leg(call.originating),
        terminating: leg(call.terminating),
        startedAtMs: call.startedAtMs,
        answeredAtMs: event.$case === 'answered' ? wallClock() : 0,
        mediaNode: '',
      },
    };
    bus.durablePublish(callEvents.subject(message), callEvents.encode(message), { id: eventId }).then(
      () => outages.healed('call-events', 'call events are stored again'),
      (error: unknown) =>
        outages.failed('call-events', 'call events can not be stored; their records will be incomplete', { error }),
    );
  }
}

function leg(side: CallSide): events.CallLeg {
  return { tenantId: side.tenantId, identity: side.identity };
}

function ending(end: CallEnd): events.CallEnded {
  switch (end.kind) {
    case 'hung-up': {
      const kind = end.by === 'originator' ? events.CallEnd.ORIGINATOR_HUNG_UP : events.CallEnd.TERMINATOR_HUNG_UP;
      return { end: kind, statusCode: 0, reason: end.reason ?? '' };
    }
    case 'cancelled':
      return { end: events.CallEnd.CANCELLED, statusCode: 487, reason: '' };
    case 'rejected':
      return { end: events.CallEnd.REJECTED, statusCode: end.statusCode, reason: '' };
    case 'no-answer':
      return { end: events.CallEnd.NO_ANSWER, statusCode: 408, reason: '' };
  }
}
