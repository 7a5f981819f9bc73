import { hash } from 'node:crypto';
import { Header, parseDeltaSeconds, type SipRequest } from '@ringdown/sip-message';
import type { ExpiryBounds } from './tenant.js';

/** RFC 3261 §20.10, §20.19: what a value that can't be read counts as. */
const MALFORMED_SEC = 3600;
const ONE_HOUR_SEC = 3600;
/** Who asks for less wants to be asked again soon, and registers seldom enough in no case. */
const SHORTEST_SPREAD_SEC = 60;

/** What a request's Expires header asks for, in seconds; undefined if there is none. */
export function requestedExpiry(request: SipRequest): number | undefined {
  const value = request.value(Header.Expires);
  return value === undefined ? undefined : (parseDeltaSeconds(value) ?? MALFORMED_SEC);
}

/**
 * The briefest expiry that is accepted. RFC 3261 §10.3 step 7: only what is briefer than an hour may be refused, whatever the minimum.
 */
export function briefestExpiry(bounds: ExpiryBounds): number {
  return Math.min(bounds.minSec, ONE_HOUR_SEC);
}

/**
 * The expiry of one contact in seconds, 0 for a removal, or `too-brief` (RFC 3261 §10.3 step 7): the contact's own parameter, else
 * the request's header, else the default; never above the maximum.
 */
export function contactExpiry(
  own: number | undefined,
  requested: number | undefined,
  bounds: ExpiryBounds,
): number | 'too-brief' {
  const wanted = own ?? requested;
  if (wanted === undefined) return Math.min(bounds.defaultSec, bounds.maxSec);
  if (wanted === 0) return 0;
  return wanted < briefestExpiry(bounds) ? 'too-brief' : Math.min(wanted, bounds.maxSec);
}

/**
 * Up to that share less than `expiresSec`, but never below the minimum: phones that came all at once, after an outage, don't come back all at once.
 * How much is taken off follows from the request alone, so that one which comes again, to any registrar, is the same request to location.
 */
export function spreadExpiry(expiresSec: number, share: number, request: SipRequest, bounds: ExpiryBounds): number {
  if (expiresSec < SHORTEST_SPREAD_SEC || share === 0) return expiresSec;
  const digits = hash('sha256', `${request.callId} ${request.cseq.number}`, 'hex').slice(0, 8);
  const taken = Math.floor((expiresSec * share * Number.parseInt(digits, 16)) / 0x1_0000_0000);
  return Math.max(expiresSec - taken, Math.min(expiresSec, briefestExpiry(bounds)));
}
