import type { PostgresSession } from '@ringdown/platform';
import type { Page, TenantId } from '@ringdown/platform/commands';
import type { RecordKey } from '../../domain/call-record.js';
import { formatPosition } from '../../domain/record-position.js';
import type { RecordFilter, RecordPageRequest, RecordReader, StoredRecord } from '../../ports/record-reader.js';
import { type RecordRow, recordColumns, storedRecord } from './record-row.js';

/** Reads records from `accounting.call_records`. */
export class PostgresRecordReader implements RecordReader {
  readonly #session: PostgresSession;

  constructor(session: PostgresSession) {
    this.#session = session;
  }

  async page(tenantId: TenantId, filter: RecordFilter, request: RecordPageRequest): Promise<Page<StoredRecord>> {
    const { text, values } = pageStatement(tenantId, filter, request);
    const { rows } = await this.#session.query<RecordRow>(text, values);
    const items = rows.slice(0, request.limit).map(storedRecord);
    return { items, next: rows.length > request.limit ? formatPosition(items.at(-1)!) : undefined };
  }

  async record(tenantId: TenantId, callKey: string): Promise<StoredRecord | undefined> {
    const { rows } = await this.#session.query<RecordRow>(
      `select ${recordColumns} from accounting.call_records
       where call_key = $1 and (tenant_id = $2 or terminating_tenant_id = $2) order by started_at limit 1`,
      [callKey, tenantId],
    );
    return rows[0] === undefined ? undefined : storedRecord(rows[0]);
  }

  async bySipCallId(sipCallId: string, limit: number): Promise<readonly StoredRecord[]> {
    const { rows } = await this.#session.query<RecordRow>(
      `select ${recordColumns} from accounting.call_records where sip_call_id = $1
       order by started_at, call_key limit $2`,
      [sipCallId, limit],
    );
    return rows.map(storedRecord);
  }

  async byKeys(keys: readonly RecordKey[]): Promise<readonly StoredRecord[]> {
    const { rows } = await this.#session.query<RecordRow>(
      `select ${recordColumns} from accounting.call_records
       where (tenant_id, started_on, call_key) in (select * from unnest($1::text[], $2::date[], $3::text[]))
       order by started_at, call_key`,
      [keys.map((key) => key.tenantId), keys.map((key) => key.startedOn), keys.map((key) => key.callKey)],
    );
    return rows.map(storedRecord);
  }
}

/**
 * Both sides of calls have an index by tenant and start, so each is read in order for a page of its own, and the two are merged; the second one
 * holds calls between tenants only. The days are said too, since the partitions are theirs.
 */
function pageStatement(tenantId: TenantId, filter: RecordFilter, { limit, after }: RecordPageRequest) {
  const values: unknown[] = [tenantId];
  const value = (one: unknown): string => `$${values.push(one)}`;
  const conditions: string[] = [];
  if (filter.fromMs !== undefined) {
    const from = value(new Date(filter.fromMs));
    conditions.push(`started_on >= (${from}::timestamptz at time zone 'UTC')::date and started_at >= ${from}`);
  }
  if (filter.toMs !== undefined) {
    const to = value(new Date(filter.toMs));
    conditions.push(`started_on <= (${to}::timestamptz at time zone 'UTC')::date and started_at < ${to}`);
  }
  if (after !== undefined) {
    const at = value(new Date(after.startedAtMs));
    conditions.push(
      `started_on >= (${at}::timestamptz at time zone 'UTC')::date`,
      `(started_at, call_key) > (${at}::timestamptz, ${value(after.callKey)})`,
    );
  }
  if (filter.party !== undefined) {
    const party = value(filter.party);
    conditions.push(`(originating_identity = ${party} or terminating_identity = ${party})`);
  }
  if (filter.sipCallId !== undefined) conditions.push(`sip_call_id = ${value(filter.sipCallId)}`);
  // Written out, since an index is of the calls in progress only.
  if (filter.state !== undefined)
    conditions.push(filter.state === 'ended' ? `state = 'ended'` : `state = 'in-progress'`);
  if (filter.releaseCause !== undefined) conditions.push(`release_cause = ${value(filter.releaseCause)}`);
  const most = value(limit + 1);
  const side = (of: string): string =>
    `(select * from accounting.call_records where ${[of, ...conditions].join(' and ')}
      order by started_at, call_key limit ${most})`;
  const text = `
    select ${recordColumns} from (
      ${side('tenant_id = $1')}
      union all
      ${side('terminating_tenant_id = $1 and terminating_tenant_id <> tenant_id')}
    ) as records order by started_at, call_key limit ${most}`;
  return { text, values };
}
