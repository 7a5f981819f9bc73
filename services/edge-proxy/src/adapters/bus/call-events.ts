import { randomUUID } from 'node:crypto';
import { callStream, events } from '@ringdown/contracts';
import { noSpan, type Span, type Tracing } from '@ringdown/platform';
import type { CallAnswer, CallEnd, CallObserver, CallPlace, CallRecord, CallSide } from '../../ports/call-observer.js';
import type { CallEventBatches } from './call-event-batches.js';

export interface CallEventOptions {
  readonly batches: CallEventBatches;
  readonly tracing: Pick<Tracing, 'startSpan'>;
  readonly edgeId: string;
  readonly incarnation: string;
  /** Unix time in milliseconds. */
  readonly wallClock: () => number;
}

/** Tells the steps of calls to the bus, where they are kept: records are made from them. */
export class BusCallEvents implements CallObserver {
  readonly #options: CallEventOptions;

  constructor(options: CallEventOptions) {
    this.#options = options;
  }

  started(call: CallRecord): void {
    this.#publish(call, { $case: 'started', value: {} });
  }

  answered(call: CallRecord, { sessionExpiresSec, codec, isOfTerminator }: CallAnswer): void {
    this.#publish(call, { $case: 'answered', value: { sessionExpiresSec, codec, ofTerminator: isOfTerminator } });
  }

  refreshed(call: CallRecord, sessionExpiresSec: number): void {
    this.#publish(call, { $case: 'refreshed', value: { sessionExpiresSec } });
  }

  ended(call: CallRecord, end: CallEnd, atMs?: number): void {
    this.#publish(call, { $case: 'ended', value: ending(end) }, atMs);
  }

  #publish(call: CallRecord, event: NonNullable<events.CallEvent['event']>, happenedAtMs?: number): void {
    const { batches, edgeId, incarnation, wallClock } = this.#options;
    const atMs = happenedAtMs ?? wallClock();
    const span = this.#span(call, event.$case);
    const told: events.CallEvent = {
      eventId: randomUUID(),
      atMs,
      edgeId,
      incarnation,
      event,
      call: {
        callKey: call.key,
        sipCallId: call.sipCallId,
        originatorTag: call.originatorTag,
        originating: leg(call.originating),
        terminating: leg(call.terminating),
        startedAtMs: call.startedAtMs,
        answeredAtMs: event.$case === 'answered' ? atMs : 0,
        mediaNode: call.mediaNode,
      },
      traceparent: span.traceparent ?? '',
    };
    batches.add(told, span);
  }

  /** Of its way into the stream: it ends when the stream has it. */
  #span({ traceparent, key }: CallRecord, step: string): Span {
    if (traceparent === undefined) return noSpan;
    return this.#options.tracing.startSpan(`send ${callStream.name}`, traceparent, {
      kind: 'producer',
      attributes: {
        'messaging.system': 'nats',
        'messaging.operation.type': 'send',
        'messaging.destination.name': callStream.name,
        'ringdown.call_key': key,
        'ringdown.call_step': step,
      },
    });
  }
}

function leg(side: CallSide): events.CallLeg {
  return { tenantId: side.tenantId, identity: side.identity, place: placeOf(side.place) };
}

function placeOf(place: CallPlace | undefined): events.CallLeg['place'] {
  switch (place?.kind) {
    case 'binding':
      return { $case: 'binding', value: { addressOfRecord: place.value, instanceId: '' } };
    case 'trunk':
      return { $case: 'trunkId', value: place.value };
    case 'outside':
      return { $case: 'outsideUri', value: place.value };
    case 'service':
      return { $case: 'service', value: place.value };
    case undefined:
      return undefined;
  }
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
