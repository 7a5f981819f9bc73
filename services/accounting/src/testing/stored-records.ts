import { migrate, Postgres, silentLogger } from '@ringdown/platform';
import { migrationsDir } from '../accounting-runtime.js';
import type { CallRecord } from '../domain/call-record.js';

/** A record that a test puts in; what is left out is that of an answered call from alice to bob, which took 7.5 s. */
export type GivenRecord = Partial<Omit<CallRecord, 'mergeState' | 'startedOn' | 'durationMs'>>;

const DAY_MS = 86_400_000;

/** A database with accounting's schema, and its pool. */
export async function openAccountingDatabase(url: string): Promise<Postgres> {
  await migrate({ url, schema: 'accounting', dir: migrationsDir, logger: silentLogger() });
  return new Postgres({ url, service: 'accounting', schema: 'accounting', logger: silentLogger() });
}

/** Stores records as the consumer of events would; those that have ended also go to the outbox if they are to be told of. */
export async function storeRecords(
  postgres: Postgres,
  records: readonly GivenRecord[],
  { completed = false }: { readonly completed?: boolean } = {},
): Promise<void> {
  for (const given of records) {
    const record = withDefaults(given);
    const { startedOn } = record;
    const next = new Date(Date.parse(startedOn) + DAY_MS).toISOString().slice(0, 10);
    await postgres.query(
      `create table if not exists accounting."call_records_${startedOn}" partition of accounting.call_records
       for values from ('${startedOn}') to ('${next}')`,
    );
    const { originating, terminating, release } = record;
    const values = {
      tenant_id: record.tenantId,
      started_on: startedOn,
      call_key: record.callKey,
      sip_call_id: record.sipCallId,
      originator_tag: record.originatorTag,
      trace_id: record.traceId,
      started_at: new Date(record.startedAtMs),
      answered_at: timeOf(record.answeredAtMs),
      ended_at: timeOf(record.endedAtMs),
      duration_ms: record.durationMs,
      state: record.state,
      originating_tenant_id: originating.tenantId,
      originating_identity: originating.identity,
      originating_place_kind: originating.place?.kind,
      originating_place: originating.place?.value,
      terminating_tenant_id: terminating.tenantId,
      terminating_identity: terminating.identity,
      terminating_place_kind: terminating.place?.kind,
      terminating_place: terminating.place?.value,
      release_cause: release?.cause,
      release_side: release?.side,
      status_code: release?.statusCode,
      reason: release?.reason,
      codec: record.codec,
      media_node: record.mediaNode,
      edge_id: record.edgeId,
      closed_by: record.closedBy,
      is_marked: record.isMarked,
      updated_at: new Date(record.startedAtMs),
      version: record.version,
      facts_rank: 0,
      facts_at: new Date(record.startedAtMs),
      session_expires_sec: 0,
      is_answer_inferred: false,
    };
    const names = Object.keys(values);
    await postgres.query(
      `insert into accounting.call_records (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')})`,
      Object.values(values),
    );
    if (!completed) continue;
    await postgres.query(
      `insert into accounting.completed_records
         (tenant_id, started_on, call_key, terminating_tenant_id, version, completed_at)
       values ($1, $2, $3, $4, $5, now())`,
      [record.tenantId, startedOn, record.callKey, terminating.tenantId, record.version],
    );
  }
}

function withDefaults(given: GivenRecord): Omit<CallRecord, 'mergeState'> {
  const startedAtMs = given.startedAtMs ?? Date.now();
  const answeredAtMs = 'answeredAtMs' in given ? given.answeredAtMs : startedAtMs + 2_000;
  const endedAtMs = 'endedAtMs' in given ? given.endedAtMs : startedAtMs + 9_500;
  const party = (name: string) => ({
    tenantId: 'acme',
    identity: `sip:${name}@acme.example`,
    place: { kind: 'binding' as const, value: `sip:${name}@acme.example` },
  });
  return {
    tenantId: 'acme',
    startedOn: new Date(startedAtMs).toISOString().slice(0, 10),
    callKey: `key-${startedAtMs}`,
    sipCallId: `${given.callKey ?? startedAtMs}@phone.acme.example`,
    originatorTag: 'a1',
    traceId: '0123456789abcdef0123456789abcdef',
    startedAtMs,
    durationMs: endedAtMs === undefined ? undefined : answeredAtMs === undefined ? 0 : endedAtMs - answeredAtMs,
    state: endedAtMs === undefined ? 'in-progress' : 'ended',
    originating: party('alice'),
    terminating: party('bob'),
    release:
      endedAtMs === undefined
        ? undefined
        : { cause: 'hung-up', side: 'originator', statusCode: undefined, reason: undefined },
    codec: 'PCMA',
    mediaNode: undefined,
    edgeId: 'edge-1',
    closedBy: endedAtMs === undefined ? undefined : 'event',
    isMarked: false,
    version: 3,
    ...given,
    answeredAtMs,
    endedAtMs,
  };
}

function timeOf(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
