import { randomUUID } from 'node:crypto';
import type { Postgres } from '@ringdown/platform';
import type { AccountingDepths } from '../../domain/accounting-depths.js';
import type { ClaimedWebhook, FailedAttempt, QueuedMessage, Settled, WebhookQueue } from '../../ports/webhook-queue.js';
import { dispatchRecords } from './webhook-dispatch.js';

// Three times what one attempt may take.
const LEASE = `interval '30 seconds'`;
const GIVEN_UP = `now() - interval '1 day'`;

interface ClaimedRow {
  readonly tenant_id: string;
  readonly name: string;
  readonly url: string;
  readonly secret: string;
  readonly former_secret: string | null;
  readonly failures: number;
}

/** The queue in `accounting.webhooks` and `accounting.webhook_messages`. Time is Postgres's. */
export class PostgresWebhookQueue implements WebhookQueue {
  readonly #postgres: Postgres;

  constructor(postgres: Postgres) {
    this.#postgres = postgres;
  }

  dispatch(records: number): Promise<number> {
    return dispatchRecords(this.#postgres, records);
  }

  async claim(webhooks: number): Promise<readonly ClaimedWebhook[]> {
    const leaseId = randomUUID();
    const { rows } = await this.#postgres.query<ClaimedRow>(
      `with due as (
         select tenant_id, name from accounting.webhooks
         where enabled and parked_at is null and next_due_at <= now()
           and (paused_until is null or paused_until <= now()) and (leased_until is null or leased_until <= now())
         order by served_at limit $1 for update skip locked
       )
       update accounting.webhooks w set lease_id = $2, leased_until = now() + ${LEASE}, served_at = now()
       from due where w.tenant_id = due.tenant_id and w.name = due.name
       returning w.tenant_id, w.name, w.url, w.secret, w.failures,
         case when w.former_secret_until > now() then w.former_secret end as former_secret`,
      [webhooks, leaseId],
    );
    return rows.map(({ tenant_id, name, url, secret, former_secret, failures }) => ({
      tenantId: tenant_id,
      name,
      leaseId,
      url,
      secrets: former_secret === null ? [secret] : [secret, former_secret],
      failures,
    }));
  }

  async next({ tenantId, name }: ClaimedWebhook): Promise<QueuedMessage | undefined> {
    // What was refused comes after what wasn't tried, so that one bad message holds up no others.
    const { rows } = await this.#postgres.query<QueuedMessage>(
      `select position::text, message_id as id, body, records, refusals from accounting.webhook_messages
       where tenant_id = $1 and name = $2 and parked_at is null and due_at <= now()
       order by least(refusals, 1), position limit 1`,
      [tenantId, name],
    );
    return rows[0];
  }

  async delivered({ tenantId, name, leaseId }: ClaimedWebhook, { position }: QueuedMessage): Promise<Settled> {
    // The message is done also where the lease is another's by now.
    const { count } = await this.#postgres.query(
      `with done as (delete from accounting.webhook_messages where tenant_id = $1 and name = $2 and position = $4)
       update accounting.webhooks set failures = 0, failing_since = null, paused_until = null, last_failure = null,
         last_delivered_at = now(), leased_until = now() + ${LEASE}
       where tenant_id = $1 and name = $2 and lease_id = $3`,
      [tenantId, name, leaseId, position],
    );
    return { isHeld: count > 0, parked: undefined };
  }

  async failed(
    { tenantId, name, leaseId }: ClaimedWebhook,
    { position }: QueuedMessage,
    { detail, messageDelayMs, pauseMs }: FailedAttempt,
  ): Promise<Settled> {
    return this.#postgres.transaction<Settled>(async (session) => {
      // A refused message says something of the webhook only where it isn't the only one.
      const { rows } = await session.query<{ parked: boolean }>(
        `update accounting.webhooks w set failures = failures + 1, failing_since = coalesce(failing_since, now()),
           last_failure = $4, leased_until = now() + ${LEASE},
           paused_until = case when $5::float8 is null then paused_until else now() + $5 * interval '1 millisecond' end,
           parked_at = case when failing_since <= ${GIVEN_UP} and (not $6 or exists (
             select 1 from accounting.webhook_messages m where m.tenant_id = $1 and m.name = $2
               and m.position <> $7 and m.refusals > 0 and m.parked_at is null)) then now() end
         where tenant_id = $1 and name = $2 and lease_id = $3 returning parked_at is not null as parked`,
        [tenantId, name, leaseId, detail, pauseMs ?? null, messageDelayMs !== undefined, position],
      );
      const isHeld = rows[0] !== undefined;
      if (rows[0]?.parked === true) return { isHeld: false, parked: 'webhook' };
      if (messageDelayMs === undefined || !isHeld) return { isHeld, parked: undefined };
      const { rows: refused } = await session.query<{ parked: boolean }>(
        `update accounting.webhook_messages set refusals = refusals + 1,
           first_refused_at = coalesce(first_refused_at, now()), due_at = now() + $4::float8 * interval '1 millisecond',
           parked_at = case when first_refused_at <= ${GIVEN_UP} then now() end
         where tenant_id = $1 and name = $2 and position = $3 returning parked_at is not null as parked`,
        [tenantId, name, position, messageDelayMs],
      );
      return { isHeld, parked: refused[0]?.parked === true ? 'message' : undefined };
    });
  }

  async release({ tenantId, name, leaseId }: ClaimedWebhook): Promise<void> {
    await this.#postgres.transaction(async (session) => {
      // Locked first, so that the look at the messages misses none that comes at the same time.
      const { count } = await session.query(
        'select 1 from accounting.webhooks where tenant_id = $1 and name = $2 and lease_id = $3 for update',
        [tenantId, name, leaseId],
      );
      if (count === 0) return;
      await session.query(
        `update accounting.webhooks set lease_id = null, leased_until = null, next_due_at = (
           select min(due_at) from accounting.webhook_messages m
           where m.tenant_id = $1 and m.name = $2 and m.parked_at is null)
         where tenant_id = $1 and name = $2`,
        [tenantId, name],
      );
    });
  }

  async dropBefore(ageDays: number): Promise<number> {
    const { count } = await this.#postgres.query(
      `delete from accounting.webhook_messages where created_at < now() - $1 * interval '1 day'`,
      [ageDays],
    );
    return count;
  }

  async depths(): Promise<AccountingDepths> {
    const { rows } = await this.#postgres.query<AccountingDepths>(
      `select
         (select count(*)::integer from accounting.call_records where state = 'in-progress') as "callsInProgress",
         (select count(*)::integer from accounting.completed_records) as "outboxRecords",
         (select count(*)::integer from accounting.webhook_messages where parked_at is null) as "pendingMessages",
         (select count(*)::integer from accounting.webhook_messages where parked_at is not null) as "parkedMessages",
         (select count(*)::integer from accounting.webhooks where parked_at is not null) as "parkedWebhooks",
         (select coalesce(extract(epoch from now() - min(m.created_at)), 0)::float8
            from accounting.webhook_messages m join accounting.webhooks w using (tenant_id, name)
            where w.enabled and w.parked_at is null and m.parked_at is null) as "oldestDueSec"`,
    );
    return rows[0]!;
  }
}
