/** The bounds of a SipLink stream. */
export interface SipLinkLimits {
  /** Envelopes that may wait for a peer before new out-of-dialog requests are refused. */
  readonly maxQueued: number;
  /** Room above that for what belongs to calls already begun: responses, ACK, CANCEL, PRACK, BYE, requests in a dialog. */
  readonly reserved: number;
  /** Bytes of SIP that may wait before new out-of-dialog requests are refused; twice that for the others. */
  readonly maxQueuedBytes: number;
  /** Envelopes and bytes in one batch. */
  readonly maxBatch: number;
  readonly maxBatchBytes: number;
  /** How long a peer may read nothing before the stream is broken. */
  readonly stallTimeoutMs: number;
  /** The deadline of a message that was sent without one. */
  readonly deadlineMs: number;
}

export const defaultSipLinkLimits: SipLinkLimits = {
  maxQueued: 1_024,
  reserved: 512,
  maxQueuedBytes: 4 * 1_048_576,
  maxBatch: 64,
  maxBatchBytes: 262_144,
  stallTimeoutMs: 5_000,
  // RFC 3261 §17.1.1.2: a client transaction waits 64*T1; later than that nobody wants the answer.
  deadlineMs: 32_000,
};
