import { randomUUID } from 'node:crypto';
import type { Postgres, PostgresSession } from '@ringdown/platform';
import type { TenantId } from '@ringdown/platform/commands';
import type { WebhookEvent } from '../../domain/webhook.js';
import { messagesFor } from '../../domain/webhook-messages.js';
import type { StoredRecord } from '../../ports/record-reader.js';
import { messageBody } from '../../use-cases/webhook-message.js';
import { PostgresRecordReader } from './postgres-record-reader.js';

interface OutboxRow {
  readonly position: string;
  readonly tenant_id: string;
  readonly started_on: string;
  readonly call_key: string;
  readonly terminating_tenant_id: string | null;
}

interface ListenerRow {
  readonly tenant_id: string;
  readonly name: string;
  readonly events: WebhookEvent[];
}

interface Message {
  readonly listener: ListenerRow;
  readonly records: readonly StoredRecord[];
}

/**
 * Takes at most so many records from the outbox and makes messages of them for all webhooks that are told of them, in one commit. Returns how many
 * were taken. One replica does this at a time, so that messages are in the order of the outbox; the others get 0.
 */
export function dispatchRecords(postgres: Postgres, limit: number): Promise<number> {
  return postgres.transaction(async (session) => {
    const { rows: lock } = await session.query<{ locked: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext('accounting.webhook_messages')) as locked`,
    );
    if (!lock[0]!.locked) return 0;
    const { rows } = await session.query<OutboxRow>(
      `select position::text, tenant_id, started_on::text, call_key, terminating_tenant_id
       from accounting.completed_records order by position limit $1`,
      [limit],
    );
    if (rows.length === 0) return 0;
    await insertMessages(session, await messagesOf(session, rows));
    await session.query('delete from accounting.completed_records where position = any($1::bigint[])', [
      rows.map(({ position }) => position),
    ]);
    return rows.length;
  });
}

async function messagesOf(session: PostgresSession, rows: readonly OutboxRow[]): Promise<readonly Message[]> {
  const tenants = new Set(
    rows.flatMap(({ tenant_id, terminating_tenant_id: other }) => [tenant_id, other ?? tenant_id]),
  );
  const { rows: listeners } = await session.query<ListenerRow>(
    // Kept from being removed until the messages are there.
    `select tenant_id, name, events from accounting.webhooks where enabled and tenant_id = any($1)
     order by tenant_id, name for key share`,
    [[...tenants]],
  );
  const listening = new Set(listeners.map(({ tenant_id }) => tenant_id));
  const keys = rows.filter(
    ({ tenant_id, terminating_tenant_id: other }) => listening.has(tenant_id) || listening.has(other ?? ''),
  );
  if (keys.length === 0) return [];
  const records = await new PostgresRecordReader(session).byKeys(
    keys.map((row) => ({ tenantId: row.tenant_id, startedOn: row.started_on, callKey: row.call_key })),
  );
  return listeners.flatMap((listener) =>
    messagesFor({ tenantId: listener.tenant_id, events: listener.events }, records).map((part) => ({
      listener,
      records: part,
    })),
  );
}

async function insertMessages(session: PostgresSession, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return;
  const now = new Date();
  const tenants = messages.map(({ listener }) => listener.tenant_id);
  const names = messages.map(({ listener }) => listener.name);
  await session.query(
    `insert into accounting.webhook_messages (tenant_id, name, message_id, body, records)
     select tenant_id, name, message_id, body, records
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[])
       with ordinality as m (tenant_id, name, message_id, body, records, at) order by at`,
    [
      tenants,
      names,
      messages.map(() => `msg_${randomUUID()}`),
      messages.map(({ listener, records }) => messageBody(listener.tenant_id as TenantId, records, now)),
      messages.map(({ records }) => records.length),
    ],
  );
  await session.query(
    `update accounting.webhooks set next_due_at = least(next_due_at, now())
     where (tenant_id, name) in (select * from unnest($1::text[], $2::text[]))`,
    [tenants, names],
  );
}
