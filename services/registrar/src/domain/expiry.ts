import { Header, parseDeltaSeconds, type SipRequest } from '@ringdown/sip-message';
import type { ExpiryBounds } from './tenant.js';

/** RFC 3261 §20.10, §20.19: what a value that can't be read counts as. */
const MALFORMED_SEC = 3600;
const ONE_HOUR_SEC = 3600;

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
