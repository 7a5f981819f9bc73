import { isIP } from 'node:net';
import type { WebhookTargets } from '@ringdown/platform';
import { invalid, type Outcome, type Put, type TenantId } from '@ringdown/platform/commands';
import { isPublicAddress } from '../domain/public-address.js';
import type { Webhook, WebhookDefinition } from '../domain/webhook.js';
import type { WebhookStore } from '../ports/webhook-store.js';

export interface Webhooks {
  readonly store: WebhookStore;
  /** `public`: https to addresses of the public internet only. */
  readonly targets: WebhookTargets;
}

/** Creates or replaces a webhook, if its URL is one that may be posted to. What a name resolves to is judged at each post. */
export async function putWebhook(
  { store, targets }: Webhooks,
  tenantId: TenantId,
  name: string,
  { secret, ...definition }: WebhookDefinition & { readonly secret?: string | undefined },
): Promise<Outcome<Put<Webhook>>> {
  const { protocol, hostname } = new URL(definition.url);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (targets === 'public' && protocol !== 'https:')
    return invalid([{ field: 'url', detail: 'must be an https URL; RINGDOWN_WEBHOOK_TARGETS=any lets others in' }]);
  if (targets === 'public' && isIP(host) !== 0 && !isPublicAddress(host)) {
    const detail = 'must not be an address of a private network; RINGDOWN_WEBHOOK_TARGETS=any lets it in';
    return invalid([{ field: 'url', detail }]);
  }
  return store.put(tenantId, name, definition, secret);
}
