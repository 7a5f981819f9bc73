import type { CallRecord, RecordKey } from '../domain/call-record.js';

/** What a change has made of a record. */
export interface ChangedRecord {
  readonly before: CallRecord | undefined;
  readonly after: CallRecord;
}

/** The records of all calls. Every method throws ServiceError `unavailable` while Postgres is away. */
export interface CallRecords {
  /**
   * Changes the records of different keys, each as one atomic step however many processes change the same one: `decide` is given what is stored, again if another
   * process was quicker, and returns what is to be stored, or undefined to leave it. A record that is returned itself isn't written either. Ended records are put where those who
   * are told of them look. Returns what was written.
   */
  change(
    keys: readonly RecordKey[],
    decide: (key: RecordKey, record: CallRecord | undefined) => CallRecord | undefined,
  ): Promise<readonly ChangedRecord[]>;
  /** Calls in progress that have passed their deadline, the longest overdue first. */
  overdue(nowMs: number, limit: number): Promise<readonly RecordKey[]>;
}
