/** Where a side of a call is, for its records. */
export interface CallPlace {
  readonly kind: 'binding' | 'trunk' | 'outside' | 'service';
  /** The address of record, the route's id, the URI, or the service's name. */
  readonly value: string;
}

/** A side of a call, for its records. */
export interface CallSide {
  /** Empty if the side is nobody's. */
  readonly tenantId: string;
  /** The identity as proved or called: an address of record, or the URI that was asked for. */
  readonly identity: string;
  /** undefined where this request doesn't tell. */
  readonly place?: CallPlace | undefined;
}

/** What every record of a call repeats, so that each makes sense by itself. */
export interface CallRecord {
  readonly key: string;
  readonly sipCallId: string;
  readonly originatorTag: string;
  readonly originating: CallSide;
  readonly terminating: CallSide;
  /** Unix time in milliseconds; in whole seconds where only the sealed route tells it. */
  readonly startedAtMs: number;
  /** The id of the node that relays its media; empty where none does, or it isn't known here. */
  readonly mediaNode: string;
  /** W3C trace context of the request that this is told at; undefined where that isn't sampled. */
  readonly traceparent?: string | undefined;
}

/** What the answer of a call has settled. */
export interface CallAnswer {
  /** RFC 4028; 0 where the session has no end of its own. */
  readonly sessionExpiresSec: number;
  /** Encoding name of its first audio format; empty where it brought none. */
  readonly codec: string;
  /** Whether this edge only owns the callee's flow: the caller is at another, which tells it too. */
  readonly isOfTerminator: boolean;
}

export type CallEnd =
  | { readonly kind: 'hung-up'; readonly by: 'originator' | 'terminator'; readonly reason: string | undefined }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'rejected'; readonly statusCode: number }
  | { readonly kind: 'no-answer' };

/** Told of the steps of calls, once each from this edge. Must not throw and must not wait. */
export interface CallObserver {
  started(call: CallRecord): void;
  answered(call: CallRecord, answer: CallAnswer): void;
  /** The session was refreshed for so long (RFC 4028); 0 where it has no end of its own. */
  refreshed(call: CallRecord, sessionExpiresSec: number): void;
  /** `atMs`: when it ended, Unix time in milliseconds; now where that is undefined. */
  ended(call: CallRecord, end: CallEnd, atMs?: number): void;
}
