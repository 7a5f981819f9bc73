/**
 * Arguments with which sipp is as patient as a phone: a message out of order is passed over instead of ending the call (several workers of one
 * system overtake each other), and a call that is over is forgotten at once.
 */
export const tolerant = ['-default_behaviors', 'all,-abortunexp', '-deadcall_wait', '0'] as const;
