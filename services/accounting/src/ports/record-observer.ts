import type { ClosedBy, ReleaseCause } from '../domain/call-record.js';

/** What kind of step of a call an event tells; `malformed` where it can't be read. */
export type ConsumedEvent = 'started' | 'answered' | 'refreshed' | 'ended' | 'malformed';

/** What an event did to its record. */
export type MergeOutcome = 'created' | 'changed' | 'unchanged';

/** Told of what becomes of events, once it is committed. */
export interface RecordObserver {
  /** An event was dealt with, `lagMs` after it happened. */
  eventConsumed(event: ConsumedEvent, lagMs: number): void;
  /** A message of the stream, of one or more events, came again. */
  messageRedelivered(): void;
  eventMerged(outcome: MergeOutcome): void;
  /** A record that was in progress has ended, or came as ended. */
  recordCompleted(cause: ReleaseCause, closedBy: ClosedBy): void;
}
