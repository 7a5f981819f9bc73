import { type CallLimits, closeOverdue } from '../domain/merge.js';
import type { CallRecords } from '../ports/call-records.js';
import type { RecordObserver } from '../ports/record-observer.js';

export interface OverdueCallsOptions {
  readonly records: CallRecords;
  readonly limits: CallLimits;
  readonly observer: RecordObserver;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Whether the events that there are have been recorded: before that, silence says nothing of a call. */
  readonly isCaughtUp: () => Promise<boolean>;
}

/** Records closed in one step at most. */
const maxBatch = 500;

/** Closes and marks the records of calls whose end didn't come. Any number of processes may do so at once. Returns how many it has closed. */
export async function closeOverdueCalls(options: OverdueCallsOptions): Promise<number> {
  const { records, limits, observer, now, isCaughtUp } = options;
  let total = 0;
  while (await isCaughtUp()) {
    const nowMs = now();
    const keys = await records.overdue(nowMs, maxBatch);
    const closed = await records.change(keys, (_key, record) =>
      record === undefined ? undefined : closeOverdue(record, nowMs, limits),
    );
    for (const { after } of closed) {
      if (after.release !== undefined && after.closedBy !== undefined)
        observer.recordCompleted(after.release.cause, after.closedBy);
    }
    total += closed.length;
    if (keys.length < maxBatch) break;
  }
  return total;
}
