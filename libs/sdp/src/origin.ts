import type { Origin } from './session-description.js';

/** The origin of a changed description: its version counts up by one (RFC 3264 §8). */
export function nextOrigin(origin: Origin): Origin {
  return { ...origin, sessionVersion: (BigInt(origin.sessionVersion) + 1n).toString() };
}
