import { events, tenantOfCallEvent } from '@ringdown/contracts';
import type { CallParty, CallPlace, Release } from '../../domain/call-record.js';
import type { CallStep, CallStepEvent } from '../../domain/call-step.js';

/** More of a text is not kept: what strangers write is bounded. */
const longestText = 512;
const longestKey = 64;
const dayMs = 86_400_000;
/** Events come as long as the stream keeps them, and calls may last. */
const longestMs = 30 * dayMs;
const maxInt = 2 ** 31 - 1;

/** The trace of the call that this Call-ID names. */
export type TraceIdOf = (sipCallId: string) => string;

/** Reads an event; undefined where it makes no record: it has no call, or times that can't be. */
export function callStepOf(event: events.CallEvent, traceIdOf: TraceIdOf): CallStep | undefined {
  const { call, atMs } = event;
  const tenantId = tenantOfCallEvent(event);
  const said = stepEvent(event.event);
  if (call === undefined || tenantId === undefined || said === undefined) return undefined;
  const { callKey, startedAtMs } = call;
  if (callKey === '' || callKey.length > longestKey || !/^[\w-]+$/.test(callKey)) return undefined;
  if (!isTime(startedAtMs) || !isTime(atMs) || Math.abs(atMs - startedAtMs) > longestMs) return undefined;
  return {
    tenantId,
    startedOn: new Date(startedAtMs).toISOString().slice(0, 10),
    callKey,
    atMs,
    sipCallId: bounded(call.sipCallId),
    originatorTag: bounded(call.originatorTag),
    traceId: traceIdOf(call.sipCallId),
    startedAtMs,
    originating: party(call.originating),
    terminating: party(call.terminating),
    mediaNode: optional(call.mediaNode),
    edgeId: bounded(event.edgeId),
    event: said,
  };
}

function stepEvent(event: events.CallEvent['event']): CallStepEvent | undefined {
  switch (event?.$case) {
    case 'started':
      return { kind: 'started' };
    case 'answered': {
      const { sessionExpiresSec, codec, ofTerminator } = event.value;
      return {
        kind: 'answered',
        sessionExpiresSec: Math.min(sessionExpiresSec, maxInt),
        codec: optional(codec),
        isOfTerminator: ofTerminator,
      };
    }
    case 'refreshed':
      return { kind: 'refreshed', sessionExpiresSec: Math.min(event.value.sessionExpiresSec, maxInt) };
    case 'ended': {
      const release = releaseOf(event.value);
      return release === undefined ? undefined : { kind: 'ended', release };
    }
    case undefined:
      return undefined;
  }
}

function releaseOf({ end, statusCode, reason }: events.CallEnded): Release | undefined {
  const details = {
    statusCode: statusCode === 0 || statusCode > 999 ? undefined : statusCode,
    reason: optional(reason),
  };
  switch (end) {
    case events.CallEnd.ORIGINATOR_HUNG_UP:
      return { cause: 'hung-up', side: 'originator', ...details };
    case events.CallEnd.TERMINATOR_HUNG_UP:
      return { cause: 'hung-up', side: 'terminator', ...details };
    case events.CallEnd.CANCELLED:
      return { cause: 'cancelled', side: 'originator', ...details };
    case events.CallEnd.REJECTED:
      return { cause: 'rejected', side: 'terminator', ...details };
    case events.CallEnd.NO_ANSWER:
      return { cause: 'no-answer', side: 'platform', ...details };
    case events.CallEnd.EXPIRED:
      return { cause: 'expired', side: 'platform', ...details };
    default:
      // A later version's; that it is over is certain all the same.
      return { cause: 'lost', side: 'platform', ...details };
  }
}

function party(leg: events.CallLeg | undefined): CallParty {
  return {
    tenantId: optional(leg?.tenantId ?? ''),
    identity: bounded(leg?.identity ?? ''),
    place: placeOf(leg?.place),
  };
}

function placeOf(place: events.CallLeg['place']): CallPlace | undefined {
  switch (place?.$case) {
    case 'binding':
      return { kind: 'binding', value: bounded(place.value.addressOfRecord) };
    case 'trunkId':
      return { kind: 'trunk', value: bounded(place.value) };
    case 'outsideUri':
      return { kind: 'outside', value: bounded(place.value) };
    case 'service':
      return { kind: 'service', value: bounded(place.value) };
    case undefined:
      return undefined;
  }
}

function isTime(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms > 0 && ms < 8.64e15;
}

function optional(text: string): string | undefined {
  return text === '' ? undefined : bounded(text);
}

/** Postgres's texts have no character 0. */
function bounded(text: string): string {
  const kept = text.length > longestText ? text.slice(0, longestText) : text;
  return (kept.includes('\0') ? kept.replaceAll('\0', '') : kept).toWellFormed();
}
