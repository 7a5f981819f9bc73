/** A side of a call, for its records. */
export interface CallSide {
  /** Empty if the side is nobody's. */
  readonly tenantId: string;
  /** The identity as proved or called: an address of record, or the URI that was asked for. */
  readonly identity: string;
}

/** What every record of a call repeats, so that each makes sense by itself. */
export interface CallRecord {
  readonly key: string;
  readonly sipCallId: string;
  readonly originatorTag: string;
  readonly originating: CallSide;
  readonly terminating: CallSide;
  /** Unix time in milliseconds. */
  readonly startedAtMs: number;
}

export type CallEnd =
  | { readonly kind: 'hung-up'; readonly by: 'originator' | 'terminator'; readonly reason: string | undefined }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'rejected'; readonly statusCode: number }
  | { readonly kind: 'no-answer' };

/** Told of the steps of calls, once each from this edge. Must not throw and must not wait. */
export interface CallObserver {
  started(call: CallRecord): void;
  answered(call: CallRecord): void;
  /** The session was refreshed for so long (RFC 4028); 0 where it has no end of its own. */
  refreshed(call: CallRecord, sessionExpiresSec: number): void;
  ended(call: CallRecord, end: CallEnd): void;
}
