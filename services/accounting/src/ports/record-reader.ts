import type { Page, PageRequest, TenantId } from '@ringdown/platform/commands';
import type { CallRecord, RecordKey, ReleaseCause } from '../domain/call-record.js';

/** A record as it is read: without what only its merge needs. */
export type StoredRecord = Omit<CallRecord, 'mergeState'> & { readonly updatedAtMs: number };

/** Which of a tenant's calls. Times are of the call's start, in Unix milliseconds. */
export interface RecordFilter {
  readonly fromMs?: number | undefined;
  /** Not included. */
  readonly toMs?: number | undefined;
  /** The identity of either side. */
  readonly party?: string | undefined;
  readonly sipCallId?: string | undefined;
  readonly state?: CallRecord['state'] | undefined;
  readonly releaseCause?: ReleaseCause | undefined;
}

/** Where a list of records is: after the record with this start and key. */
export interface RecordPosition {
  readonly startedAtMs: number;
  readonly callKey: string;
}

export interface RecordPageRequest extends Omit<PageRequest, 'after'> {
  readonly after: RecordPosition | undefined;
}

/** The records of calls, for those who ask. Every method throws ServiceError `unavailable` while Postgres is away. */
export interface RecordReader {
  /** Calls that the tenant is on either side of, by start and key. */
  page(tenantId: TenantId, filter: RecordFilter, request: RecordPageRequest): Promise<Page<StoredRecord>>;
  record(tenantId: TenantId, callKey: string): Promise<StoredRecord | undefined>;
  /** Of all tenants, by start; `limit` at most. */
  bySipCallId(sipCallId: string, limit: number): Promise<readonly StoredRecord[]>;
  /** Those of the keys that are there, in the order of their starts. */
  byKeys(keys: readonly RecordKey[]): Promise<readonly StoredRecord[]>;
}
