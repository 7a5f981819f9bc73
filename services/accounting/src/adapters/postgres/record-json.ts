import type { CallRecord } from '../../domain/call-record.js';
import { type RecordFields, recordOf } from './record-fields.js';

/**
 * A row of accounting.call_records as Postgres reads and writes it as JSON; `updated_at` is Postgres's own affair. One text takes many rows of many columns at
 * less cost than an array for each column.
 */
export interface RecordJson extends RecordFields<string> {
  readonly facts_rank: number;
  readonly facts_at: string;
  readonly refreshed_at: string | null;
  readonly session_expires_sec: number;
  readonly deadline_at: string | null;
  readonly answer_rank: number;
  readonly is_answer_inferred: boolean;
}

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
    ...recordOf(row, Date.parse),
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

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

function optionalTimestamp(ms: number | undefined): string | null {
  return ms === undefined ? null : timestamp(ms);
}

function optionalMs(text: string | null): number | undefined {
  return text === null ? undefined : Date.parse(text);
}
