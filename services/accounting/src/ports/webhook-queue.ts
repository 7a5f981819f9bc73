import type { AccountingDepths } from '../domain/accounting-depths.js';

/** A webhook that this replica delivers to for the moment, alone. */
export interface ClaimedWebhook {
  readonly tenantId: string;
  readonly name: string;
  readonly leaseId: string;
  readonly url: string;
  /** What to sign with. */
  readonly secrets: readonly string[];
  /** Of attempts in a row. */
  readonly failures: number;
}

/** A message as it is posted, the same at every attempt. */
export interface QueuedMessage {
  readonly position: string;
  readonly id: string;
  readonly body: string;
  readonly records: number;
  readonly refusals: number;
}

/** What an attempt that did not succeed leads to. */
export interface FailedAttempt {
  /** A sentence for the tenant. */
  readonly detail: string;
  /** When the message is tried again, where it is the message that was refused; undefined where any would have been. */
  readonly messageDelayMs: number | undefined;
  /** How long the whole webhook pauses; undefined: other messages go on. */
  readonly pauseMs: number | undefined;
}

/** What became of a lease with an outcome: whether it still holds, and what was given up. */
export interface Settled {
  readonly isHeld: boolean;
  readonly parked: 'webhook' | 'message' | undefined;
}

/**
 * Records on their way to webhooks. A message is in one replica's hands at a time, as long as that one says so again every half minute. Every
 * method throws ServiceError `unavailable` while Postgres is away.
 */
export interface WebhookQueue {
  /** Makes messages of at most so many records that have ended; returns how many those were, 0 also where another replica is at it. */
  dispatch(records: number): Promise<number>;
  /** Webhooks with something to post, at most so many, the longest unserved first. */
  claim(webhooks: number): Promise<readonly ClaimedWebhook[]>;
  /** The next message that is due; undefined where there is none. */
  next(webhook: ClaimedWebhook): Promise<QueuedMessage | undefined>;
  /** The message is done. */
  delivered(webhook: ClaimedWebhook, message: QueuedMessage): Promise<Settled>;
  failed(webhook: ClaimedWebhook, message: QueuedMessage, attempt: FailedAttempt): Promise<Settled>;
  release(webhook: ClaimedWebhook): Promise<void>;
  /** Drops messages that are older; returns how many. */
  dropBefore(ageDays: number): Promise<number>;
  depths(): Promise<AccountingDepths>;
}
