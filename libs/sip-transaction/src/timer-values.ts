/** Milliseconds. RFC 3261 Table 4 gives the defaults; every other timer follows from these. */
export interface TimerValues {
  /** T1, the estimate of a round trip. */
  readonly t1Ms: number;
  /** T2, the longest interval between retransmissions of a non-INVITE request or an INVITE response. */
  readonly t2Ms: number;
  /** T4, how long a message may stay in the network. */
  readonly t4Ms: number;
  /** 64*T1: timers B, F, H, J, L and M. */
  readonly transactionTimeoutMs: number;
  /** Timer D on an unreliable transport. */
  readonly timerDMs: number;
  /** How long a server INVITE transaction waits for its TU before it answers 100 itself. */
  readonly tryingDelayMs: number;
  /** How long a server non-INVITE transaction waits for its TU before it answers 100 itself. */
  readonly nonInviteTryingDelayMs: number;
}

/** The values a deployment may choose. */
export type TimerSettings = Partial<Pick<TimerValues, 't1Ms' | 't2Ms' | 't4Ms'>>;

/** All timer values that follow from T1, T2 and T4 (RFC 3261 §17.1.1.1: 500, 4000 and 5000 ms unless given). */
export function timerValues(settings: TimerSettings = {}): TimerValues {
  const t1Ms = settings.t1Ms ?? 500;
  const t2Ms = settings.t2Ms ?? 4000;
  const t4Ms = settings.t4Ms ?? 5000;
  if (!(t1Ms > 0 && t2Ms >= t1Ms && t4Ms > 0)) {
    throw new RangeError(`T1 (${t1Ms} ms) and T4 (${t4Ms} ms) must be above 0, T2 (${t2Ms} ms) at least T1`);
  }
  return {
    t1Ms,
    t2Ms,
    t4Ms,
    transactionTimeoutMs: 64 * t1Ms,
    // RFC 3261 §17.1.1.2: at least 32 s whatever T1 is here, since the server's T1 is not known.
    timerDMs: Math.max(32_000, 64 * t1Ms),
    // RFC 3261 §17.2.1: a 100 must be there within 200 ms unless the TU is known to answer by then; a wheel's tick and a busy turn come on top.
    tryingDelayMs: 150,
    nonInviteTryingDelayMs: Math.min(timeUntilTimerEIsT2(t1Ms, t2Ms), 64 * t1Ms),
  };
}

/** RFC 4320 §4.1: the age of a non-INVITE client transaction when its timer E is reset to T2. */
function timeUntilTimerEIsT2(t1Ms: number, t2Ms: number): number {
  let elapsedMs = 0;
  for (let intervalMs = t1Ms; intervalMs < t2Ms; intervalMs *= 2) elapsedMs += intervalMs;
  return elapsedMs;
}

/** The machines' timers, as the small integers that a wheel hands back. */
export const Timer = {
  A: 0,
  B: 1,
  D: 2,
  E: 3,
  F: 4,
  G: 5,
  H: 6,
  I: 7,
  J: 8,
  K: 9,
  L: 10,
  M: 11,
  Trying: 12,
  Unanswered: 13,
} as const;
