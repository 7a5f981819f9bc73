/**
 * How long to wait after a 491 to a re-INVITE before it is sent again, in milliseconds (RFC 3261 §14.1). `random` is from
 * 0 to below 1.
 */
export function glareDelayMs(ownsCallId: boolean, random: number): number {
  // RFC 3261 §14.1: 2.1 to 4 s for the owner of the Call-ID, else 0 to 2 s, in units of 10 ms.
  return ownsCallId ? 2_100 + 10 * Math.floor(random * 191) : 10 * Math.floor(random * 201);
}

/** Seconds for the Retry-After of a 500 to an overlapping INVITE (RFC 3261 §14.2): chosen from 0 to 10. */
export function overlapRetryAfterSec(random: number): number {
  return Math.floor(random * 11);
}
