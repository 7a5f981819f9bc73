import type { CallParty, RecordKey, Release } from './call-record.js';

/** One event of a call. It repeats what was known of the call when it happened, so that it makes a record by itself. Times are Unix times in milliseconds. */
export interface CallStep extends RecordKey {
  readonly atMs: number;
  readonly sipCallId: string;
  readonly originatorTag: string;
  readonly traceId: string;
  readonly startedAtMs: number;
  readonly originating: CallParty;
  readonly terminating: CallParty;
  readonly mediaNode: string | undefined;
  readonly edgeId: string;
  readonly event: CallStepEvent;
}

export type CallStepEvent =
  | { readonly kind: 'started' }
  /** `sessionExpiresSec` is 0 where the session has no end of its own (RFC 4028). */
  | {
      readonly kind: 'answered';
      readonly sessionExpiresSec: number;
      readonly codec: string | undefined;
      /** Told by the edge that owns the callee's flow. */
      readonly isOfTerminator: boolean;
    }
  | { readonly kind: 'refreshed'; readonly sessionExpiresSec: number }
  | { readonly kind: 'ended'; readonly release: Release };
