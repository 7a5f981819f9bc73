import { hash } from 'node:crypto';

/** Keyed by the platform's trace key: who doesn't know the key can't choose which calls are traced. */
export interface CallTraceOptions {
  readonly key: string;
  /** Share of calls that are traced, 0 to 1. */
  readonly sampling: number;
}

/** A call's place among traces. Every pod computes the same one from what it sees on the wire. */
export interface CallTrace {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  readonly sampled: boolean;
}

/**
 * The trace of a call: a keyed hash of its Call-ID. A phone keeps the Call-ID of its REGISTERs for months
 * (RFC 3261 §10.2), so there the CSeq number is part of it and each registration is a trace. The sampling decision
 * comes from the same hash; nothing has to travel over SIP.
 */
export function callTrace(callId: string, method: string, cseq: number, options: CallTraceOptions): CallTrace {
  const digest = hash('sha256', `${options.key}\n${callId}${method === 'REGISTER' ? `\n${cseq}` : ''}`, 'hex');
  const share = Number.parseInt(digest.slice(32, 44), 16) / 2 ** 48;
  return { traceId: digest.slice(0, 32), sampled: share < options.sampling };
}
