import type { StoredRecord } from '../../ports/record-reader.js';
import { type RecordFields, recordOf } from './record-fields.js';

/** The select list that `RecordRow` describes. */
export const recordColumns = `
  tenant_id, started_on::text, call_key, sip_call_id, originator_tag, trace_id, started_at, answered_at, ended_at,
  duration_ms::float8, state, originating_tenant_id, originating_identity, originating_place_kind, originating_place,
  terminating_tenant_id, terminating_identity, terminating_place_kind, terminating_place, release_cause, release_side,
  status_code, reason, codec, media_node, edge_id, closed_by, is_marked, updated_at, version::float8`;

/** A row of `recordColumns`. */
export interface RecordRow extends RecordFields<Date> {
  readonly updated_at: Date;
}

export function storedRecord(row: RecordRow): StoredRecord {
  return { ...recordOf(row, (time) => time.getTime()), updatedAtMs: row.updated_at.getTime() };
}
