/** What one attempt to deliver a message to a webhook came to. */
export type DeliveryOutcome = 'delivered' | 'refused' | 'unreachable';

/** Told how webhooks go. */
export interface WebhookObserver {
  /** `durationMs`: from the lookup of the endpoint's name to its answer. */
  deliveryAttempted(outcome: DeliveryOutcome, records: number, durationMs: number): void;
  /** What nothing gets through to for a day: a whole webhook, or one message that its endpoint refuses. */
  deliveryParked(what: 'webhook' | 'message'): void;
}
