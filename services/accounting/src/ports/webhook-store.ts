import type { Outcome, Page, PageRequest, Put, TenantId } from '@ringdown/platform/commands';
import type { Webhook, WebhookDefinition } from '../domain/webhook.js';

/** Tenants' webhooks. Every method throws ServiceError `unavailable` while Postgres is away. */
export interface WebhookStore {
  webhook(tenantId: TenantId, name: string): Promise<Webhook | undefined>;
  /** By name. */
  page(tenantId: TenantId, request: PageRequest): Promise<Page<Webhook>>;
  /**
   * Creates or replaces one. Without a secret the stored one stays, and a new webhook is `invalid`; with another one, the former signs too
   * for a day. A parked webhook is tried again, with all its messages. More than MAX_WEBHOOKS_PER_TENANT are a `conflict`.
   */
  put(
    tenantId: TenantId,
    name: string,
    definition: WebhookDefinition,
    secret: string | undefined,
  ): Promise<Outcome<Put<Webhook>>>;
  /** Removes it with its messages. */
  remove(tenantId: TenantId, name: string): Promise<Outcome<undefined>>;
}
