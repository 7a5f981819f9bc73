import type { TenantId } from '@ringdown/platform/commands';
import type { CallParty } from '../domain/call-record.js';
import type { StoredRecord } from '../ports/record-reader.js';

/** A party of a call, as it is told to a tenant. */
export interface PartyView {
  /** null where it is nobody's, or another tenant's. */
  readonly tenantId: string | null;
  readonly identity: string;
  readonly place: { readonly kind: string; readonly value: string } | null;
}

/** A record as it is told: times by RFC 3339 in UTC, null for what isn't known. */
export interface RecordView {
  readonly callKey: string;
  readonly sipCallId: string;
  readonly traceId: string;
  readonly state: 'in-progress' | 'ended';
  readonly direction: 'outgoing' | 'incoming' | 'internal';
  readonly startedAt: string;
  readonly answeredAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly originating: PartyView;
  readonly terminating: PartyView;
  readonly release: {
    readonly cause: string;
    readonly side: string;
    readonly statusCode: number | null;
    readonly reason: string | null;
  } | null;
  readonly codec: string | null;
  readonly mediaNode: string | null;
  readonly edgeId: string;
  readonly closedBy: string | null;
  readonly isMarked: boolean;
  readonly version: number;
  readonly updatedAt: string;
}

/** What a tenant may see of a record: all of it, but for where another tenant's party is. */
export function recordView(record: StoredRecord, viewer: TenantId): RecordView {
  return view(record, viewer, (tenantId) => tenantId === undefined || tenantId === viewer);
}

/** What an operator sees: everything. The direction is as the tenant sees it that the record is stored under. */
export function operatorView(record: StoredRecord): RecordView {
  return view(record, record.tenantId, () => true);
}

function view(record: StoredRecord, viewer: string, shows: (tenantId: string | undefined) => boolean): RecordView {
  const { originating, terminating, release } = record;
  const party = ({ tenantId, identity, place }: CallParty): PartyView => ({
    tenantId: shows(tenantId) ? (tenantId ?? null) : null,
    identity,
    place: shows(tenantId) ? (place ?? null) : null,
  });
  return {
    callKey: record.callKey,
    sipCallId: record.sipCallId,
    traceId: record.traceId,
    state: record.state,
    direction: originating.tenantId !== viewer ? 'incoming' : terminating.tenantId === viewer ? 'internal' : 'outgoing',
    startedAt: time(record.startedAtMs),
    answeredAt: time(record.answeredAtMs),
    endedAt: time(record.endedAtMs),
    durationMs: record.durationMs ?? null,
    originating: party(originating),
    terminating: party(terminating),
    release:
      release === undefined
        ? null
        : {
            cause: release.cause,
            side: release.side,
            statusCode: release.statusCode ?? null,
            reason: release.reason ?? null,
          },
    codec: record.codec ?? null,
    mediaNode: record.mediaNode ?? null,
    edgeId: record.edgeId,
    closedBy: record.closedBy ?? null,
    isMarked: record.isMarked,
    version: record.version,
    updatedAt: time(record.updatedAtMs),
  };
}

function time(ms: number): string;
function time(ms: number | undefined): string | null;
function time(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
