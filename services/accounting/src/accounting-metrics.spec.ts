import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { AccountingMetrics } from './accounting-metrics.js';

describe('the metrics of accounting', () => {
  it('say what they were told', async () => {
    const registry = new Registry();
    const metrics = new AccountingMetrics(registry);
    metrics.eventConsumed('ended', 70);
    metrics.eventConsumed('ended', -5);
    metrics.messageRedelivered();
    metrics.eventMerged('changed');
    metrics.recordCompleted('hung-up', 'event');
    metrics.restRequest('listCallRecords', 200, 3);
    metrics.deliveryAttempted('delivered', 7, 20);
    metrics.deliveryAttempted('refused', 7, 20);
    metrics.deliveryParked('webhook');
    metrics.depths({
      callsInProgress: 1,
      outboxRecords: 2,
      pendingMessages: 3,
      parkedMessages: 4,
      parkedWebhooks: 5,
      oldestDueSec: 6,
    });
    const text = await registry.metrics();
    for (const line of [
      'ringdown_accounting_events_total{event="ended"} 2',
      'ringdown_accounting_event_lag_seconds_bucket{le="0.05"} 1',
      'ringdown_accounting_event_lag_seconds_bucket{le="0.1"} 2',
      'ringdown_accounting_redelivered_messages_total 1',
      'ringdown_accounting_merges_total{outcome="changed"} 1',
      'ringdown_accounting_records_completed_total{cause="hung-up",closed_by="event"} 1',
      'ringdown_accounting_rest_request_seconds_count{operation="listCallRecords",status="200"} 1',
      'ringdown_accounting_webhook_attempt_seconds_count{outcome="delivered"} 1',
      'ringdown_accounting_webhook_attempt_seconds_count{outcome="refused"} 1',
      'ringdown_accounting_webhook_records_total 7',
      'ringdown_accounting_webhook_parked_total{what="webhook"} 1',
      'ringdown_accounting_depth{of="calls-in-progress"} 1',
      'ringdown_accounting_depth{of="outbox-records"} 2',
      'ringdown_accounting_depth{of="webhook-messages-pending"} 3',
      'ringdown_accounting_depth{of="webhook-messages-parked"} 4',
      'ringdown_accounting_depth{of="webhooks-parked"} 5',
      'ringdown_accounting_webhook_oldest_due_seconds 6',
    ])
      expect(text).toContain(line);
  });
});
