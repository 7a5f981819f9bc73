import { Header, parseDeltaSeconds, type SipResponse } from '@ringdown/sip-message';
import type { ForkOutcome } from '@ringdown/sip-proxy';
import type { EdgeTarget } from '../../domain/hop.js';
import type { CallEnd, CallObserver, CallRecord } from '../../ports/call-observer.js';
import type { ProxiedRequest, ProxyListener } from './proxied-request.js';

/** What an edge knows of a call whose INVITE it holds. */
interface Entry {
  readonly record: CallRecord;
  answered: boolean;
}

/**
 * Tells the steps of calls from what the proxy does. An INVITE's transaction gives `started`, `answered` and the end of what was never answered;
 * a BYE, which may pass another edge, gives the end of the rest by what its sealed route says (D13).
 */
export class CallBook implements ProxyListener {
  constructor(private readonly observer: CallObserver) {}

  forwarded(proxied: ProxiedRequest, target: EdgeTarget): void {
    if (!isInitialInvite(proxied) || proxied.booked !== undefined) return;
    const record = recordOf(proxied, target.addressOfRecord ?? proxied.request.to.uri);
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
    if (entry === undefined || entry.answered) return;
    if (statusCode < 300) {
      entry.answered = true;
      this.observer.answered(entry.record);
      return;
    }
    proxied.booked = undefined;
    this.observer.ended(entry.record, endOf(statusCode));
  }

  /** A BYE that nobody answers ends the call all the same (RFC 3261 §15.1.1). */
  finished(proxied: ProxiedRequest, outcome: ForkOutcome): void {
    if (outcome === 'silent' && proxied.request.method === 'BYE') this.#hungUp(proxied);
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
      this.observer.ended(record, { kind: 'hung-up', by: call.from, reason: request.value(Header.Reason) });
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

function recordOf(proxied: ProxiedRequest, terminatingIdentity: string): CallRecord | undefined {
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
    },
    terminating: { tenantId: call.terminatingTenantId, identity: terminatingIdentity },
    startedAtMs: call.startedAtMs,
  };
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
