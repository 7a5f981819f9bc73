import { brokenConstraint, type Postgres, ServiceError } from '@ringdown/platform';
import type { CallRecord, RecordKey } from '../../domain/call-record.js';
import type { CallRecords, ChangedRecord } from '../../ports/call-records.js';
import { fromJson, type RecordJson, toJson } from './record-json.js';
import type { RecordPartitions } from './record-partitions.js';

/** More than once another process was quicker with the same call; more than this and something is wrong. */
const maxAttempts = 20;

/** A call is heard of for a day at most, since its sealed route is ignored then, and then waited for: what started before is closed. */
const longestDays = 30;

const keyColumns = ['tenant_id', 'started_on', 'call_key'] as const;
const otherColumns = [
  'sip_call_id',
  'originator_tag',
  'trace_id',
  'started_at',
  'answered_at',
  'ended_at',
  'duration_ms',
  'state',
  'originating_tenant_id',
  'originating_identity',
  'originating_place_kind',
  'originating_place',
  'terminating_tenant_id',
  'terminating_identity',
  'terminating_place_kind',
  'terminating_place',
  'release_cause',
  'release_side',
  'status_code',
  'reason',
  'codec',
  'media_node',
  'edge_id',
  'closed_by',
  'is_marked',
  'version',
  'facts_rank',
  'facts_at',
  'refreshed_at',
  'session_expires_sec',
  'deadline_at',
  'answer_rank',
  'is_answer_inferred',
] as const satisfies readonly (keyof RecordJson)[];

/** One day's at a time, so that the plan knows the partition. */
const readRecords = {
  name: 'read-records',
  text: `
select row_to_json(r) as record
from unnest($2::text[], $3::text[]) as k (tenant_id, call_key)
join accounting.call_records r on r.started_on = $1::date and r.tenant_id = k.tenant_id and r.call_key = k.call_key`,
};

/**
 * Writes records whose version follows the stored one, in one order for all, so that no two processes wait for each other. What isn't returned was
 * changed by somebody else in the meantime.
 */
const writeRecords = {
  name: 'write-records',
  text: `
with written as (
  insert into accounting.call_records as stored (${[...keyColumns, ...otherColumns].join(', ')}, updated_at)
  select ${[...keyColumns, ...otherColumns].join(', ')}, clock_timestamp()
  from json_populate_recordset(null::accounting.call_records, $1::json)
  order by ${keyColumns.join(', ')}
  on conflict (${keyColumns.join(', ')}) do update set
    (${otherColumns.join(', ')}, updated_at) = (${otherColumns.map((column) => `excluded.${column}`).join(', ')}, excluded.updated_at)
  where stored.version = excluded.version - 1
  returning tenant_id, started_on, call_key, terminating_tenant_id, version, state
), told as (
  insert into accounting.completed_records (tenant_id, started_on, call_key, terminating_tenant_id, version, completed_at)
  select tenant_id, started_on, call_key, terminating_tenant_id, version, clock_timestamp() from written where state = 'ended'
)
select tenant_id, started_on::text, call_key from written`,
};

interface KeyRow {
  readonly tenant_id: string;
  readonly started_on: string;
  readonly call_key: string;
}

const findOverdue = {
  name: 'find-overdue',
  text: `
select tenant_id, started_on::text, call_key from accounting.call_records
where state = 'in-progress' and deadline_at <= $1::timestamptz and started_on >= $2::date
order by deadline_at limit $3::int`,
};

/** The records in Postgres. There are no locks between reading and writing: who was slower reads again. */
export class PostgresCallRecords implements CallRecords {
  constructor(
    private readonly postgres: Postgres,
    private readonly partitions: RecordPartitions,
  ) {}

  async change(
    keys: readonly RecordKey[],
    decide: (key: RecordKey, record: CallRecord | undefined) => CallRecord | undefined,
  ): Promise<readonly ChangedRecord[]> {
    const changed: ChangedRecord[] = [];
    let left = keys;
    for (let attempt = 0; left.length > 0; attempt += 1) {
      if (attempt === maxAttempts) throw new ServiceError('unavailable', 'records are changed all the time');
      const stored = await this.#read(left);
      const wanted = new Map<string, ChangedRecord & { readonly key: RecordKey }>();
      for (const key of left) {
        const id = idOf(key);
        const before = stored.get(id);
        const after = decide(key, before);
        if (after !== undefined && after !== before) wanted.set(id, { key, before, after });
      }
      const written = await this.#write([...wanted.values()].map(({ after }) => after));
      for (const id of written) {
        const done = wanted.get(id);
        if (done !== undefined) changed.push({ before: done.before, after: done.after });
        wanted.delete(id);
      }
      left = [...wanted.values()].map(({ key }) => key);
    }
    return changed;
  }

  async overdue(nowMs: number, limit: number): Promise<readonly RecordKey[]> {
    const since = new Date(nowMs - longestDays * 86_400_000).toISOString().slice(0, 10);
    const found = await this.postgres.query<KeyRow>(findOverdue, [new Date(nowMs).toISOString(), since, limit]);
    return found.rows.map(keyOf);
  }

  async #read(keys: readonly RecordKey[]): Promise<ReadonlyMap<string, CallRecord>> {
    const records = new Map<string, CallRecord>();
    for (const [day, ofDay] of Map.groupBy(keys, ({ startedOn }) => startedOn)) {
      const found = await this.postgres.query<{ record: RecordJson }>(readRecords, [
        day,
        ofDay.map(({ tenantId }) => tenantId),
        ofDay.map(({ callKey }) => callKey),
      ]);
      for (const { record } of found.rows) {
        const read = fromJson(record);
        records.set(idOf(read), read);
      }
    }
    return records;
  }

  /** Returns the ids of those that were written. */
  async #write(records: readonly CallRecord[]): Promise<readonly string[]> {
    if (records.length === 0) return [];
    await this.partitions.ensure(new Set(records.map(({ startedOn }) => startedOn)));
    try {
      const written = await this.postgres.query<KeyRow>(writeRecords, [JSON.stringify(records.map(toJson))]);
      return written.rows.map((row) => idOf(keyOf(row)));
    } catch (error) {
      if (!isWithoutPartition(error)) throw error;
      this.partitions.forget();
      throw new ServiceError('unavailable', 'a partition was dropped, and is made again', {}, error);
    }
  }
}

/** What Postgres says where a row has no partition: a check that failed, of no constraint. */
function isWithoutPartition(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23514' && brokenConstraint(error) === undefined;
}

function keyOf({ tenant_id: tenantId, started_on: startedOn, call_key: callKey }: KeyRow): RecordKey {
  return { tenantId, startedOn, callKey };
}

/** Tenants and keys have no space. */
function idOf({ tenantId, startedOn, callKey }: RecordKey): string {
  return `${tenantId} ${startedOn} ${callKey}`;
}
