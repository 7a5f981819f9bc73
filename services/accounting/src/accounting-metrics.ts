import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { AccountingDepths } from './domain/accounting-depths.js';
import type { ClosedBy, ReleaseCause } from './domain/call-record.js';
import type { ConsumedEvent, MergeOutcome, RecordObserver } from './ports/record-observer.js';
import type { DeliveryOutcome, WebhookObserver } from './ports/webhook-observer.js';

const latencyBucketsSec = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
// From what the edges gather to an outage of NATS that lasts an hour.
const lagBucketsSec = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600];

/** Accounting's metrics, on its own registry. */
export class AccountingMetrics implements RecordObserver, WebhookObserver {
  readonly #events: Counter<'event'>;
  readonly #lag: Histogram;
  readonly #redelivered: Counter;
  readonly #merges: Counter<'outcome'>;
  readonly #completed: Counter<'cause' | 'closed_by'>;
  readonly #rest: Histogram<'operation' | 'status'>;
  readonly #attempts: Histogram<'outcome'>;
  readonly #delivered: Counter;
  readonly #parked: Counter<'what'>;
  readonly #depths: Gauge<'of'>;
  readonly #oldestDue: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#events = new Counter({
      name: 'ringdown_accounting_events_total',
      help: 'Steps of calls that were taken from the stream and are in the records, by kind',
      labelNames: ['event'],
      registers,
    });
    this.#lag = new Histogram({
      name: 'ringdown_accounting_event_lag_seconds',
      help: 'Time from a step of a call to its being in the records, by the clocks of the edge and of accounting',
      buckets: lagBucketsSec,
      registers,
    });
    this.#redelivered = new Counter({
      name: 'ringdown_accounting_redelivered_messages_total',
      help: 'Messages of the stream that came a second time or more often',
      registers,
    });
    this.#merges = new Counter({
      name: 'ringdown_accounting_merges_total',
      help: 'Steps of calls by what they did to their record: created, changed or unchanged',
      labelNames: ['outcome'],
      registers,
    });
    this.#completed = new Counter({
      name: 'ringdown_accounting_records_completed_total',
      help: 'Records of calls that have ended, by release cause and by how the end is known',
      labelNames: ['cause', 'closed_by'],
      registers,
    });
    this.#rest = new Histogram({
      name: 'ringdown_accounting_rest_request_seconds',
      help: 'Time from a request to its answer, by operation and status code',
      labelNames: ['operation', 'status'],
      buckets: latencyBucketsSec,
      registers,
    });
    this.#attempts = new Histogram({
      name: 'ringdown_accounting_webhook_attempt_seconds',
      help: 'Time of attempts to post to webhooks, by outcome: delivered, refused (a status other than 2xx) or unreachable',
      labelNames: ['outcome'],
      buckets: latencyBucketsSec,
      registers,
    });
    this.#delivered = new Counter({
      name: 'ringdown_accounting_webhook_records_total',
      help: 'Records that were delivered to webhooks',
      registers,
    });
    this.#parked = new Counter({
      name: 'ringdown_accounting_webhook_parked_total',
      help: 'Webhooks and single messages that were given up after a day of trying',
      labelNames: ['what'],
      registers,
    });
    this.#depths = new Gauge({
      name: 'ringdown_accounting_depth',
      help: 'How many there are in the database, the same for all replicas: calls in progress, records that wait for webhooks, messages, webhooks that are parked',
      labelNames: ['of'],
      registers,
    });
    this.#oldestDue = new Gauge({
      name: 'ringdown_accounting_webhook_oldest_due_seconds',
      help: 'Age of the oldest message that waits for a webhook, where neither is parked; 0 without one',
      registers,
    });
  }

  eventConsumed(event: ConsumedEvent, lagMs: number): void {
    this.#events.inc({ event });
    this.#lag.observe(Math.max(0, lagMs) / 1000);
  }

  messageRedelivered(): void {
    this.#redelivered.inc();
  }

  eventMerged(outcome: MergeOutcome): void {
    this.#merges.inc({ outcome });
  }

  recordCompleted(cause: ReleaseCause, closedBy: ClosedBy): void {
    this.#completed.inc({ cause, closed_by: closedBy });
  }

  restRequest(operation: string, statusCode: number, durationMs: number): void {
    this.#rest.observe({ operation, status: String(statusCode) }, durationMs / 1000);
  }

  deliveryAttempted(outcome: DeliveryOutcome, records: number, durationMs: number): void {
    this.#attempts.observe({ outcome }, durationMs / 1000);
    if (outcome === 'delivered') this.#delivered.inc(records);
  }

  deliveryParked(what: 'webhook' | 'message'): void {
    this.#parked.inc({ what });
  }

  depths(depths: AccountingDepths): void {
    this.#depths.set({ of: 'calls-in-progress' }, depths.callsInProgress);
    this.#depths.set({ of: 'outbox-records' }, depths.outboxRecords);
    this.#depths.set({ of: 'webhook-messages-pending' }, depths.pendingMessages);
    this.#depths.set({ of: 'webhook-messages-parked' }, depths.parkedMessages);
    this.#depths.set({ of: 'webhooks-parked' }, depths.parkedWebhooks);
    this.#oldestDue.set(depths.oldestDueSec);
  }
}
