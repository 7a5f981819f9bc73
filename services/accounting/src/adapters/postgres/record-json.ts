import type { CallParty, CallRecord, Release } from '../../domain/call-record.js';

/**
 * A row of accounting.call_records as Postgres reads and writes it as JSON; `updated_at` is Postgres's own affair. One text takes many rows of many columns at
 * less cost than an array for each column.
 */
export interface RecordJson {
  readonly tenant_id: string;
  readonly started_on: string;
  readonly call_key: string;
  readonly sip_call_id: string;
  readonly originator_tag: string;
  readonly trace_id: string;
  readonly started_at: string;
  readonly answered_at: string | null;
  readonly ended_at: string | null;
  readonly duration_ms: number | null;
  readonly state: CallRecord['state'];
  readonly originating_tenant_id: string | null;
  readonly originating_identity: string;
  readonly originating_place_kind: PlaceKind | null;
  readonly originating_place: string | null;
  readonly terminating_tenant_id: string | null;
  readonly terminating_identity: string;
  readonly terminating_place_kind: PlaceKind | null;
  readonly terminating_place: string | null;
  readonly release_cause: Release['cause'] | null;
  readonly release_side: Release['side'] | null;
  readonly status_code: number | null;
  readonly reason: string | null;
  readonly codec: string | null;
  readonly media_node: string | null;
  readonly edge_id: string;
  readonly closed_by: CallRecord['closedBy'] | null;
  readonly is_marked: boolean;
  readonly version: number;
  readonly facts_rank: number;
  readonly facts_at: string;
  readonly refreshed_at: string | null;
  readonly session_expires_sec: number;
  readonly deadline_at: string | null;
  readonly answer_rank: number;
  readonly is_answer_inferred: boolean;
}

type PlaceKind = NonNullable<CallParty['place']>['kind'];

export function toJson(record: CallRecord): RecordJson {
  const { originating, terminating, release, mergeState } = record;
  return {
    tenant_id: record.tenantId,
    started_on: record.startedOn,
    call_key: record.callKey,
    sip_call_id: record.sipCallId,
    originator_tag: record.originatorTag,
    trace_id: record.traceId,
    started_at: timestamp(record.startedAtMs),
    answered_at: optionalTimestamp(record.answeredAtMs),
    ended_at: optionalTimestamp(record.endedAtMs),
    duration_ms: record.durationMs ?? null,
    state: record.state,
    originating_tenant_id: originating.tenantId ?? null,
    originating_identity: originating.identity,
    originating_place_kind: originating.place?.kind ?? null,
    originating_place: originating.place?.value ?? null,
    terminating_tenant_id: terminating.tenantId ?? null,
    terminating_identity: terminating.identity,
    terminating_place_kind: terminating.place?.kind ?? null,
    terminating_place: terminating.place?.value ?? null,
    release_cause: release?.cause ?? null,
    release_side: release?.side ?? null,
    status_code: release?.statusCode ?? null,
    reason: release?.reason ?? null,
    codec: record.codec ?? null,
    media_node: record.mediaNode ?? null,
    edge_id: record.edgeId,
    closed_by: record.closedBy ?? null,
    is_marked: record.isMarked,
    version: record.version,
    facts_rank: mergeState.factsRank,
    facts_at: timestamp(mergeState.factsAtMs),
    refreshed_at: optionalTimestamp(mergeState.refreshedAtMs),
    session_expires_sec: mergeState.sessionExpiresSec,
    deadline_at: optionalTimestamp(mergeState.deadlineAtMs),
    answer_rank: mergeState.answerRank,
    is_answer_inferred: mergeState.isAnswerInferred,
  };
}

export function fromJson(row: RecordJson): CallRecord {
  return {
    tenantId: row.tenant_id,
    startedOn: row.started_on,
    callKey: row.call_key,
    sipCallId: row.sip_call_id,
    originatorTag: row.originator_tag,
    traceId: row.trace_id,
    startedAtMs: Date.parse(row.started_at),
    answeredAtMs: optionalMs(row.answered_at),
    endedAtMs: optionalMs(row.ended_at),
    durationMs: row.duration_ms ?? undefined,
    state: row.state,
    originating: {
      tenantId: row.originating_tenant_id ?? undefined,
      identity: row.originating_identity,
      place: place(row.originating_place_kind, row.originating_place),
    },
    terminating: {
      tenantId: row.terminating_tenant_id ?? undefined,
      identity: row.terminating_identity,
      place: place(row.terminating_place_kind, row.terminating_place),
    },
    release: release(row),
    codec: row.codec ?? undefined,
    mediaNode: row.media_node ?? undefined,
    edgeId: row.edge_id,
    closedBy: row.closed_by ?? undefined,
    isMarked: row.is_marked,
    version: row.version,
    mergeState: {
      factsRank: row.facts_rank,
      factsAtMs: Date.parse(row.facts_at),
      refreshedAtMs: optionalMs(row.refreshed_at),
      sessionExpiresSec: row.session_expires_sec,
      deadlineAtMs: optionalMs(row.deadline_at),
      answerRank: row.answer_rank,
      isAnswerInferred: row.is_answer_inferred,
    },
  };
}

function place(kind: PlaceKind | null, value: string | null): CallParty['place'] {
  return kind === null ? undefined : { kind, value: value ?? '' };
}

function release({ release_cause: cause, release_side: side, status_code, reason }: RecordJson): Release | undefined {
  if (cause === null) return undefined;
  return { cause, side: side ?? 'platform', statusCode: status_code ?? undefined, reason: reason ?? undefined };
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

function optionalTimestamp(ms: number | undefined): string | null {
  return ms === undefined ? null : timestamp(ms);
}

function optionalMs(text: string | null): number | undefined {
  return text === null ? undefined : Date.parse(text);
}
