/** Whoever a leg leads to, as far as the platform knows. */
export interface CallPlace {
  readonly kind: 'binding' | 'trunk' | 'outside' | 'service';
  /** The address of record, the trunk's id, the URI, or the service's name. */
  readonly value: string;
}

/** One side of a call. */
export interface CallParty {
  /** undefined: nobody's. */
  readonly tenantId: string | undefined;
  /** The identity as proved or called: an address of record, or the URI that was asked for. */
  readonly identity: string;
  readonly place: CallPlace | undefined;
}

export type ReleaseCause = 'hung-up' | 'cancelled' | 'rejected' | 'no-answer' | 'expired' | 'limit' | 'lost';

export type ReleaseSide = 'originator' | 'terminator' | 'platform';

/**
 * Why a record is closed: an end was seen; its session wasn't refreshed; it lasted too long; or an end was seen of a call whose answer wasn't, so that the
 * answer is taken to be its start.
 */
export type ClosedBy = 'event' | 'session-expiry' | 'limit' | 'rebuilt';

/** How a call ended. */
export interface Release {
  readonly cause: ReleaseCause;
  readonly side: ReleaseSide;
  /** Final status code of an INVITE that was not answered; undefined otherwise. */
  readonly statusCode: number | undefined;
  /** A Reason header field value (RFC 3326). */
  readonly reason: string | undefined;
}

/** What a record is stored under. */
export interface RecordKey {
  /** The originating tenant, the terminating one of a call from outside, or `_platform`. */
  readonly tenantId: string;
  /** UTC day of the start, as `2026-11-22`. */
  readonly startedOn: string;
  readonly callKey: string;
}

/** All that is known of one call. Times are Unix times in milliseconds. */
export interface CallRecord extends RecordKey {
  readonly sipCallId: string;
  readonly originatorTag: string;
  readonly traceId: string;
  readonly startedAtMs: number;
  readonly answeredAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  /** From answer to end; 0 where it was never answered, undefined while it is in progress. */
  readonly durationMs: number | undefined;
  readonly state: 'in-progress' | 'ended';
  readonly originating: CallParty;
  readonly terminating: CallParty;
  readonly release: Release | undefined;
  /** Name of the answer's first audio format. */
  readonly codec: string | undefined;
  readonly mediaNode: string | undefined;
  /** The edge that the call began at. */
  readonly edgeId: string;
  readonly closedBy: ClosedBy | undefined;
  /** Whether its answer or its end is inferred, not seen. */
  readonly isMarked: boolean;
  /** Counts the changes of the record, from 1. */
  readonly version: number;
  readonly mergeState: MergeState;
}

/** What only the merge with further events needs. */
export interface MergeState {
  /** How good the event was that the call's facts are from: 0 is best. */
  readonly factsRank: number;
  readonly factsAtMs: number;
  /** The last sign of life of an answered call; undefined without one. */
  readonly refreshedAtMs: number | undefined;
  /** The session interval that was agreed then (RFC 4028); 0 for none. */
  readonly sessionExpiresSec: number;
  /** When the call is taken to be over, where it is in progress. */
  readonly deadlineAtMs: number | undefined;
  /** How good the event was that told of the answer: 0 for the edge that the caller is at, 1 for the callee's; 0 without an answer. */
  readonly answerRank: number;
  /** Whether no event has told when the call was answered, though it was. */
  readonly isAnswerInferred: boolean;
}
