import { ByTenant, PlainHistogram, traceIdOf } from '@ringdown/platform';
import type { SipResponse } from '@ringdown/sip-message';
import type { ForkOutcome } from '@ringdown/sip-proxy';
import type { ProxiedRequest, ProxyListener } from '../sip/proxied-request.js';

/** How a call ended, as its record says it. */
export type ReleaseCause = 'hung-up' | 'cancelled' | 'no-answer' | 'rejected';

/** What became of a tenant's calls and registrations since the start. */
export interface TenantCounts {
  /** INVITEs that were sent on to somebody. */
  callsBegun: number;
  callsAnswered: number;
  readonly callsEnded: Record<ReleaseCause, number>;
  /** REGISTERs as a registrar answered them. */
  readonly registrations: Record<'accepted' | 'refused' | 'failed', number>;
}

export interface TenantMeterOptions {
  /** Tenants that are counted apart. */
  readonly maxTenants: number;
  /** The stack's clock, in milliseconds. */
  readonly now: () => number;
  /** Unix time in milliseconds. */
  readonly wallClock: () => number;
  /** Told how long each call took until it rang or was answered, by its Call-ID. */
  readonly rang?: (callId: string, afterSec: number) => void;
}

const ringingBucketsSec = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 30, 60];
const callBucketsSec = [5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 43_200];
/** Whose calls belong to no tenant; as in their records. */
const noTenant = '_platform';

/**
 * Counts what becomes of calls and registrations, by tenant. Like records, a call counts once on the whole platform, at the edge that
 * routes its INVITE, and its end at the edge that sees it.
 */
export class TenantMeter implements ProxyListener {
  readonly tenants: ByTenant<TenantCounts>;
  /** From the INVITE to the first 18x or 2xx that goes back. */
  readonly postDialDelaySec = new PlainHistogram(ringingBucketsSec);
  /** From the INVITE to the 2xx. */
  readonly answerDelaySec = new PlainHistogram(ringingBucketsSec);
  /** From the INVITE to the BYE. */
  readonly callSec = new PlainHistogram(callBucketsSec);
  readonly #options: TenantMeterOptions;

  constructor(options: TenantMeterOptions) {
    this.#options = options;
    this.tenants = new ByTenant(options.maxTenants, newCounts);
  }

  forwarded(proxied: ProxiedRequest): void {
    if (proxied.callStage !== 'new' || !isInitialInvite(proxied)) return;
    proxied.callStage = 'begun';
    this.tenants.of(tenantOf(proxied)).callsBegun += 1;
  }

  answered(proxied: ProxiedRequest, statusCode: number, _response: SipResponse | undefined): void {
    const { callStage, request } = proxied;
    if (callStage === 'begun' || callStage === 'rung') this.#inviteAnswered(proxied, statusCode);
    else if (statusCode < 200) return;
    else if (request.method === 'REGISTER') this.#registerAnswered(proxied, statusCode);
    // RFC 3261 §22.2: a challenge asks for the same request again; after any other answer the dialog is over (§15.1.1).
    else if (request.method === 'BYE' && statusCode !== 401 && statusCode !== 407) this.#hungUp(proxied);
  }

  /** A BYE that nobody answers ends the call all the same (RFC 3261 §15.1.1). */
  finished(proxied: ProxiedRequest, outcome: ForkOutcome): void {
    if (outcome === 'silent' && proxied.request.method === 'BYE') this.#hungUp(proxied);
  }

  #inviteAnswered(proxied: ProxiedRequest, statusCode: number): void {
    if (statusCode < 180) return;
    const traceId = traceIdOf(proxied.span.traceparent);
    const sinceSec = (this.#options.now() - proxied.ingress.receivedAt) / 1_000;
    if (statusCode < 300 && proxied.callStage === 'begun') {
      this.postDialDelaySec.observe(sinceSec, traceId);
      proxied.callStage = 'rung';
      this.#options.rang?.(proxied.request.callId, sinceSec);
    }
    if (statusCode < 200) return;
    proxied.callStage = 'over';
    const counts = this.tenants.of(tenantOf(proxied));
    if (statusCode < 300) {
      counts.callsAnswered += 1;
      this.answerDelaySec.observe(sinceSec, traceId);
    } else counts.callsEnded[causeOf(statusCode)] += 1;
  }

  #registerAnswered(proxied: ProxiedRequest, statusCode: number): void {
    const { registrations } = this.tenants.of(proxied.origin.tenant?.tenantId ?? noTenant);
    if (statusCode < 300) registrations.accepted += 1;
    else if (statusCode >= 500 && statusCode < 600) registrations.failed += 1;
    else registrations.refused += 1;
  }

  #hungUp(proxied: ProxiedRequest): void {
    const { call, span } = proxied;
    if (call === undefined) return;
    this.tenants.of(tenantOf(proxied)).callsEnded['hung-up'] += 1;
    const lastedMs = this.#options.wallClock() - call.startedAtMs;
    // The clocks of two edges may differ.
    this.callSec.observe(Math.max(0, lastedMs) / 1_000, traceIdOf(span.traceparent));
  }
}

function isInitialInvite({ request, call }: ProxiedRequest): boolean {
  return request.method === 'INVITE' && request.toTag === undefined && call !== undefined;
}

/** As `tenantOfCallEvent`: the caller's, else the called one's. */
function tenantOf({ call, origin }: ProxiedRequest): string {
  const originating = call?.from === 'originator' ? origin.tenant?.tenantId : undefined;
  return originating || call?.originatingTenantId || call?.terminatingTenantId || noTenant;
}

function causeOf(statusCode: number): ReleaseCause {
  if (statusCode === 487) return 'cancelled';
  return statusCode === 408 ? 'no-answer' : 'rejected';
}

function newCounts(): TenantCounts {
  return {
    callsBegun: 0,
    callsAnswered: 0,
    callsEnded: { 'hung-up': 0, cancelled: 0, 'no-answer': 0, rejected: 0 },
    registrations: { accepted: 0, refused: 0, failed: 0 },
  };
}
