import type { CallParty, CallRecord, Release } from '../../domain/call-record.js';

type PlaceKind = NonNullable<CallParty['place']>['kind'];

/** What every reading of accounting.call_records has; `Time` is how its timestamps come. */
export interface RecordFields<Time> {
  readonly tenant_id: string;
  readonly started_on: string;
  readonly call_key: string;
  readonly sip_call_id: string;
  readonly originator_tag: string;
  readonly trace_id: string;
  readonly started_at: Time;
  readonly answered_at: Time | null;
  readonly ended_at: Time | null;
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
}

/** The record without what only its merge needs. */
export function recordOf<Time>(row: RecordFields<Time>, msOf: (time: Time) => number): Omit<CallRecord, 'mergeState'> {
  return {
    tenantId: row.tenant_id,
    startedOn: row.started_on,
    callKey: row.call_key,
    sipCallId: row.sip_call_id,
    originatorTag: row.originator_tag,
    traceId: row.trace_id,
    startedAtMs: msOf(row.started_at),
    answeredAtMs: row.answered_at === null ? undefined : msOf(row.answered_at),
    endedAtMs: row.ended_at === null ? undefined : msOf(row.ended_at),
    durationMs: row.duration_ms ?? undefined,
    state: row.state,
    originating: party(
      row.originating_tenant_id,
      row.originating_identity,
      row.originating_place_kind,
      row.originating_place,
    ),
    terminating: party(
      row.terminating_tenant_id,
      row.terminating_identity,
      row.terminating_place_kind,
      row.terminating_place,
    ),
    release: release(row),
    codec: row.codec ?? undefined,
    mediaNode: row.media_node ?? undefined,
    edgeId: row.edge_id,
    closedBy: row.closed_by ?? undefined,
    isMarked: row.is_marked,
    version: row.version,
  };
}

function party(tenantId: string | null, identity: string, kind: PlaceKind | null, place: string | null): CallParty {
  return {
    tenantId: tenantId ?? undefined,
    identity,
    place: kind === null ? undefined : { kind, value: place ?? '' },
  };
}

function release({ release_cause, release_side, status_code, reason }: RecordFields<unknown>): Release | undefined {
  if (release_cause === null) return undefined;
  return {
    cause: release_cause,
    side: release_side ?? 'platform',
    statusCode: status_code ?? undefined,
    reason: reason ?? undefined,
  };
}
