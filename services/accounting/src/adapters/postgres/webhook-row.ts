import type { TenantId } from '@ringdown/platform/commands';
import type { Webhook, WebhookEvent, WebhookState } from '../../domain/webhook.js';

/** The select that `WebhookRow` describes, of webhooks `w`. */
export const selectWebhook = `
  select w.tenant_id, w.name, w.url, w.events, w.enabled, w.failing_since, w.paused_until, w.parked_at, w.next_due_at,
    w.last_delivered_at, w.last_failure, w.created_at, w.updated_at,
    (select count(*)::integer from accounting.webhook_messages m
      where m.tenant_id = w.tenant_id and m.name = w.name and m.parked_at is null) as pending_messages,
    (select count(*)::integer from accounting.webhook_messages m
      where m.tenant_id = w.tenant_id and m.name = w.name and m.parked_at is not null) as parked_messages
  from accounting.webhooks w`;

export interface WebhookRow {
  readonly tenant_id: string;
  readonly name: string;
  readonly url: string;
  readonly events: WebhookEvent[];
  readonly enabled: boolean;
  readonly failing_since: Date | null;
  readonly paused_until: Date | null;
  readonly parked_at: Date | null;
  readonly next_due_at: Date | null;
  readonly last_delivered_at: Date | null;
  readonly last_failure: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly pending_messages: number;
  readonly parked_messages: number;
}

export function storedWebhook(row: WebhookRow): Webhook {
  const state = stateOf(row);
  return {
    tenantId: row.tenant_id as TenantId,
    name: row.name,
    url: row.url,
    events: row.events,
    enabled: row.enabled,
    state,
    pendingMessages: row.pending_messages,
    parkedMessages: row.parked_messages,
    failingSince: row.failing_since ?? undefined,
    nextAttemptAt: state === 'retrying' ? later(row.next_due_at, row.paused_until) : undefined,
    lastDeliveredAt: row.last_delivered_at ?? undefined,
    lastFailure: row.last_failure ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function stateOf({ enabled, parked_at, failing_since }: WebhookRow): WebhookState {
  if (!enabled) return 'disabled';
  if (parked_at !== null) return 'parked';
  return failing_since === null ? 'active' : 'retrying';
}

function later(due: Date | null, paused: Date | null): Date | undefined {
  if (due === null || paused === null) return due ?? undefined;
  return due > paused ? due : paused;
}
