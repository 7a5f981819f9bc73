/** How much of everything there is, in the database, for all replicas together. */
export interface AccountingDepths {
  readonly callsInProgress: number;
  /** Ended records that no webhook's message was made of yet. */
  readonly outboxRecords: number;
  readonly pendingMessages: number;
  readonly parkedMessages: number;
  readonly parkedWebhooks: number;
  /** Age of the oldest message that waits for a webhook, where neither is parked; 0 without one. */
  readonly oldestDueSec: number;
}
