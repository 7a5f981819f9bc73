import type { Postgres, PostgresSession } from '@ringdown/platform';
import {
  conflict,
  done,
  holds,
  invalid,
  notFound,
  type Outcome,
  type Page,
  type PageRequest,
  type Put,
  type TenantId,
} from '@ringdown/platform/commands';
import { MAX_WEBHOOKS_PER_TENANT, type Webhook, type WebhookDefinition } from '../../domain/webhook.js';
import type { WebhookStore } from '../../ports/webhook-store.js';
import { selectWebhook, storedWebhook, type WebhookRow } from './webhook-row.js';

/** Tenants' webhooks in `accounting.webhooks`. */
export class PostgresWebhookStore implements WebhookStore {
  readonly #postgres: Postgres;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  async webhook(tenantId: TenantId, name: string): Promise<Webhook | undefined> {
    return (await rowOf(this.#postgres, tenantId, name))?.webhook;
  }

  async page(tenantId: TenantId, { limit, after }: PageRequest): Promise<Page<Webhook>> {
    const { rows } = await this.#postgres.query<WebhookRow>(
      `${selectWebhook} where w.tenant_id = $1 and w.name > $2 order by w.name limit $3`,
      [tenantId, after ?? '', limit + 1],
    );
    const items = rows.slice(0, limit).map(storedWebhook);
    return { items, next: rows.length > limit ? items.at(-1)!.name : undefined };
  }

  put(
    tenantId: TenantId,
    name: string,
    definition: WebhookDefinition,
    secret: string | undefined,
  ): Promise<Outcome<Put<Webhook>>> {
    return this.#postgres.transaction<Outcome<Put<Webhook>>>(async (session) => {
      // Two that are created at once are counted one after the other.
      await session.query('select pg_advisory_xact_lock(hashtext($1))', [`webhooks of ${tenantId}`]);
      const current = await rowOf(session, tenantId, name);
      if (current === undefined) return create(session, tenantId, name, definition, secret);
      const isNewSecret = secret !== undefined && secret !== current.secret;
      if (!isNewSecret && current.webhook.state !== 'parked' && holds<WebhookDefinition>(current.webhook, definition))
        return done({ entity: current.webhook, effect: 'unchanged' });
      await replace(session, tenantId, name, definition, secret);
      return done({ entity: (await rowOf(session, tenantId, name))!.webhook, effect: 'updated' });
    });
  }

  async remove(tenantId: TenantId, name: string): Promise<Outcome<undefined>> {
    const { count } = await this.#postgres.query('delete from accounting.webhooks where tenant_id = $1 and name = $2', [
      tenantId,
      name,
    ]);
    return count > 0 ? done(undefined) : notFound(`tenant ${tenantId} has no webhook ${name}`);
  }
}

async function rowOf(session: PostgresSession, tenantId: TenantId, name: string) {
  const { rows } = await session.query<WebhookRow & { readonly secret: string }>(
    `${selectWebhook.replace('select', 'select w.secret,')} where w.tenant_id = $1 and w.name = $2`,
    [tenantId, name],
  );
  return rows[0] === undefined ? undefined : { webhook: storedWebhook(rows[0]), secret: rows[0].secret };
}

async function create(
  session: PostgresSession,
  tenantId: TenantId,
  name: string,
  { url, events, enabled }: WebhookDefinition,
  secret: string | undefined,
): Promise<Outcome<Put<Webhook>>> {
  if (secret === undefined) return invalid([{ field: 'secret', detail: 'is missing; a new webhook needs one' }]);
  const { rows } = await session.query<{ count: number }>(
    'select count(*)::integer as count from accounting.webhooks where tenant_id = $1',
    [tenantId],
  );
  if (rows[0]!.count >= MAX_WEBHOOKS_PER_TENANT) {
    const detail = `must be one of the ${MAX_WEBHOOKS_PER_TENANT} webhooks that tenant ${tenantId} has; there may not be more`;
    return conflict('name', detail);
  }
  await session.query(
    'insert into accounting.webhooks (tenant_id, name, url, events, enabled, secret) values ($1, $2, $3, $4, $5, $6)',
    [tenantId, name, url, events, enabled, secret],
  );
  return done({ entity: (await rowOf(session, tenantId, name))!.webhook, effect: 'created' });
}

/** A changed webhook begins anew: whatever it failed by may be what was changed. */
async function replace(
  session: PostgresSession,
  tenantId: TenantId,
  name: string,
  { url, events, enabled }: WebhookDefinition,
  secret: string | undefined,
): Promise<void> {
  const messages = await session.query(
    `update accounting.webhook_messages set parked_at = null, first_refused_at = null, refusals = 0, due_at = now()
     where tenant_id = $1 and name = $2`,
    [tenantId, name],
  );
  await session.query(
    `update accounting.webhooks set url = $3, events = $4, enabled = $5, secret = coalesce($6, secret),
       former_secret = case when $6 <> secret then secret else former_secret end,
       former_secret_until = case when $6 <> secret then now() + interval '1 day' else former_secret_until end,
       failures = 0, failing_since = null, paused_until = null, parked_at = null, last_failure = null,
       next_due_at = case when $7 then now() else next_due_at end,
       lease_id = null, leased_until = null, updated_at = now()
     where tenant_id = $1 and name = $2`,
    [tenantId, name, url, events, enabled, secret ?? null, messages.count > 0],
  );
}
