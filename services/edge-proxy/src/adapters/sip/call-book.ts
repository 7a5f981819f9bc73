import { Header, parseDeltaSeconds, type SipRequest, type SipResponse } from '@ringdown/sip-message';
import type { ForkOutcome } from '@ringdown/sip-proxy';
import { audioCodec } from '../../domain/answer-codec.js';
import type { KnownCall } from '../../domain/call-token.js';
import type { EdgeTarget, Leg } from '../../domain/hop.js';
import { sessionPart } from '../../domain/session-description.js';
import type { CallAnswer, CallEnd, CallObserver, CallPlace, CallRecord } from '../../ports/call-observer.js';
import type { ProxiedRequest, ProxyListener } from './proxied-request.js';

/** What an edge knows of a call whose INVITE it holds. */
interface Entry {
  readonly record: CallRecord;
  answered: boolean;
}

/**
 * Tells the steps of calls from what the proxy does. An INVITE's transaction gives `started`, `answered` and the end of what was never answered;
 * a BYE, which may pass another edge, gives the end of the rest by what its sealed route says (D13). The answer is told by the edge that owns the callee's flow too, by
 * the route that the INVITE has recorded: what the first edge knows may die with it.
 */
export class CallBook implements ProxyListener {
  constructor(
    private readonly observer: CallObserver,
    /** The call whose sealed route an INVITE has recorded; undefined where there is none of ours. */
    private readonly recorded: (invite: SipRequest) => KnownCall | undefined,
    /** Unix time in milliseconds. */
    private readonly wallClock: () => number,
  ) {}

  forwarded(proxied: ProxiedRequest, target: EdgeTarget): void {
    // The call ends when it is hung up (RFC 3261 §15.1.1), not when the other side has said so, or has not within half a minute.
    if (proxied.request.method === 'BYE' && proxied.call !== undefined) proxied.booked ??= this.wallClock();
    if (!isInitialInvite(proxied) || proxied.booked !== undefined) return;
    const record = recordOf(proxied, target.addressOfRecord ?? proxied.request.to.uri, placeAt(target));
    if (record === undefined) return;
    proxied.booked = { record, answered: false } satisfies Entry;
    this.observer.started(record);
  }

  answered(proxied: ProxiedRequest, statusCode: number, response: SipResponse | undefined): void {
    if (statusCode < 200) return;
    if (proxied.request.toTag !== undefined) {
      this.#answeredWithinCall(proxied, statusCode, response);
      return;
    }
    const entry = proxied.booked as Entry | undefined;
    if (proxied.lastHop && entry === undefined && statusCode < 300) this.#answeredForOther(proxied, response);
    if (entry === undefined || entry.answered) return;
    if (statusCode < 300) {
      entry.answered = true;
      this.observer.answered(entry.record, answerOf(response, false));
      return;
    }
    proxied.booked = undefined;
    this.observer.ended(entry.record, endOf(statusCode));
  }

  /** A BYE that nobody answers ends the call all the same (RFC 3261 §15.1.1). */
  finished(proxied: ProxiedRequest, outcome: ForkOutcome): void {
    if (outcome === 'silent' && proxied.request.method === 'BYE') this.#hungUp(proxied);
  }

  #answeredForOther(proxied: ProxiedRequest, response: SipResponse | undefined): void {
    const { request } = proxied;
    const call = request.method === 'INVITE' ? this.recorded(request) : undefined;
    if (call === undefined) return;
    const record: CallRecord = {
      key: call.callId,
      sipCallId: request.callId,
      originatorTag: request.fromTag ?? '',
      originating: { tenantId: call.originatingTenant, identity: request.from.uri },
      terminating: { tenantId: call.terminatingTenant, identity: request.to.uri },
      startedAtMs: call.startTimeSec * 1_000,
      mediaNode: call.media === undefined ? '' : String(call.media.node),
    };
    proxied.booked = { record, answered: true } satisfies Entry;
    this.observer.answered(record, answerOf(response, true));
  }

  #answeredWithinCall(proxied: ProxiedRequest, statusCode: number, response: SipResponse | undefined): void {
    const { request } = proxied;
    if (request.method === 'BYE') {
      // RFC 3261 §22.2: a challenge asks for the same request again; after any other answer the dialog is over (§15.1.1).
      if (statusCode !== 401 && statusCode !== 407) this.#hungUp(proxied);
      return;
    }
    // RFC 4028: a session is refreshed by a 2xx to an INVITE or UPDATE.
    if (statusCode >= 300 || (request.method !== 'INVITE' && request.method !== 'UPDATE')) return;
    const record = recordOf(proxied, terminatorOf(proxied));
    if (record !== undefined) this.observer.refreshed(record, sessionExpiresSec(response));
  }

  #hungUp(proxied: ProxiedRequest): void {
    const { call, request } = proxied;
    const record = recordOf(proxied, terminatorOf(proxied));
    if (record !== undefined && call !== undefined)
      this.observer.ended(
        record,
        { kind: 'hung-up', by: call.from, reason: request.value(Header.Reason) },
        proxied.booked as number | undefined,
      );
  }
}

/** The side that did not begin the call, as requests within it name it. */
function terminatorOf({ call, request }: ProxiedRequest): string {
  return call?.from === 'originator' ? request.to.uri : request.from.uri;
}

/** Session-Expires (RFC 4028) in seconds; 0 where the session has no end of its own. */
function sessionExpiresSec(response: SipResponse | undefined): number {
  const value = response?.value(Header.SessionExpires)?.split(';', 1)[0];
  return value === undefined ? 0 : (parseDeltaSeconds(value.trim()) ?? 0);
}

function isInitialInvite({ request, call }: ProxiedRequest): boolean {
  return request.method === 'INVITE' && request.toTag === undefined && call !== undefined;
}

function answerOf(response: SipResponse | undefined, isOfTerminator: boolean): CallAnswer {
  const description = response === undefined ? undefined : sessionPart(response);
  return {
    sessionExpiresSec: sessionExpiresSec(response),
    codec: description === undefined ? '' : audioCodec(description.sdp),
    isOfTerminator,
  };
}

function placeAt({ leg, addressOfRecord }: EdgeTarget): CallPlace | undefined {
  return placeOf(leg, addressOfRecord);
}

function placeOf(leg: Leg, addressOfRecord: string | undefined): CallPlace | undefined {
  switch (leg.kind) {
    case 'binding':
      return addressOfRecord === undefined ? undefined : { kind: 'binding', value: addressOfRecord };
    case 'trunk':
      return { kind: 'trunk', value: leg.routeId };
    case 'service':
      return { kind: 'service', value: leg.service };
    case 'none':
      return undefined;
  }
}

function recordOf(proxied: ProxiedRequest, terminatingIdentity: string, place?: CallPlace): CallRecord | undefined {
  const { call, request, origin } = proxied;
  if (call === undefined) return undefined;
  const originator = call.from === 'originator' ? request.from : request.to;
  return {
    key: call.key,
    sipCallId: request.callId,
    originatorTag: (call.from === 'originator' ? request.fromTag : request.toTag) ?? '',
    originating: {
      tenantId: origin.tenant?.tenantId ?? call.originatingTenantId,
      identity: origin.addressOfRecord ?? originator.uri,
      place: place === undefined ? undefined : callerPlace(proxied, originator.uri),
    },
    terminating: { tenantId: call.terminatingTenantId, identity: terminatingIdentity, place },
    startedAtMs: call.startedAtMs,
    mediaNode: call.media.kind === 'relayed' ? String(call.media.media.node) : '',
    traceparent: proxied.span.traceparent,
  };
}

/** Who isn't proved to be one of ours calls from outside. */
function callerPlace({ origin }: ProxiedRequest, uri: string): CallPlace {
  return placeOf(origin.leg, origin.addressOfRecord) ?? { kind: 'outside', value: uri };
}

function endOf(statusCode: number): CallEnd {
  switch (statusCode) {
    case 487:
      return { kind: 'cancelled' };
    case 408:
      return { kind: 'no-answer' };
    default:
      return { kind: 'rejected', statusCode };
  }
}
