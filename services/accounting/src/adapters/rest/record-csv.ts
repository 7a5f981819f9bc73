import { stringify } from 'csv-stringify/sync';
import type { RecordView } from '../../use-cases/record-view.js';

type Cell = string | number | null;

/** Every column of the export, in its order; new ones are put at the end. */
const columns: readonly (readonly [string, (record: RecordView) => Cell])[] = [
  ['call_key', ({ callKey }) => callKey],
  ['sip_call_id', ({ sipCallId }) => sipCallId],
  ['state', ({ state }) => state],
  ['direction', ({ direction }) => direction],
  ['started_at', ({ startedAt }) => startedAt],
  ['answered_at', ({ answeredAt }) => answeredAt],
  ['ended_at', ({ endedAt }) => endedAt],
  ['duration_ms', ({ durationMs }) => durationMs],
  ['originating_tenant', ({ originating }) => originating.tenantId],
  ['originating_identity', ({ originating }) => originating.identity],
  ['originating_place_kind', ({ originating }) => originating.place?.kind ?? null],
  ['originating_place', ({ originating }) => originating.place?.value ?? null],
  ['terminating_tenant', ({ terminating }) => terminating.tenantId],
  ['terminating_identity', ({ terminating }) => terminating.identity],
  ['terminating_place_kind', ({ terminating }) => terminating.place?.kind ?? null],
  ['terminating_place', ({ terminating }) => terminating.place?.value ?? null],
  ['release_cause', ({ release }) => release?.cause ?? null],
  ['release_side', ({ release }) => release?.side ?? null],
  ['status_code', ({ release }) => release?.statusCode ?? null],
  ['reason', ({ release }) => release?.reason ?? null],
  ['codec', ({ codec }) => codec],
  ['media_node', ({ mediaNode }) => mediaNode],
  ['edge_id', ({ edgeId }) => edgeId],
  ['closed_by', ({ closedBy }) => closedBy],
  ['is_marked', ({ isMarked }) => String(isMarked)],
  ['trace_id', ({ traceId }) => traceId],
  ['version', ({ version }) => version],
  ['updated_at', ({ updatedAt }) => updatedAt],
];

export const csvColumns: readonly string[] = columns.map(([name]) => name);

/** The heading, as a line of RFC 4180. */
export const csvHeading = `${csvColumns.join(',')}\r\n`;

/**
 * Records as lines of RFC 4180. What isn't known is empty. A text that a spreadsheet would take for a formula gets an apostrophe in
 * front: callers choose their display of themselves.
 */
export function csvLines(records: readonly RecordView[]): string {
  return stringify(
    records.map((record) => columns.map(([, cell]) => cell(record))),
    { record_delimiter: 'windows', escape_formulas: true },
  );
}
