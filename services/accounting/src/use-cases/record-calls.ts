import { classifyPostgresError, type Logger } from '@ringdown/platform';
import type { RecordKey } from '../domain/call-record.js';
import type { CallStep } from '../domain/call-step.js';
import { type CallLimits, merge } from '../domain/merge.js';
import type { CallRecords, ChangedRecord } from '../ports/call-records.js';
import type { RecordObserver } from '../ports/record-observer.js';

export interface RecordCallsOptions {
  readonly records: CallRecords;
  readonly limits: CallLimits;
  readonly observer: RecordObserver;
  readonly logger: Logger;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Days in the past that records are kept for. */
  readonly retentionDays: number;
}

interface StepsOfCall extends RecordKey {
  readonly steps: readonly CallStep[];
}

/** A clock of an edge may be ahead by so much. */
const daysAhead = 2;
const dayMs = 86_400_000;

/** Makes records of the steps of calls. */
export class RecordCalls {
  constructor(private readonly options: RecordCallsOptions) {}

  /** Resolves when all that the steps say is committed. A record that Postgres refuses is logged, and left out; an outage rejects. */
  async record(steps: readonly CallStep[]): Promise<void> {
    const kept = steps.filter((step) => this.#isKept(step));
    const calls = Map.groupBy(kept, ({ tenantId, startedOn, callKey }) => `${tenantId} ${startedOn} ${callKey}`);
    await this.#store(
      [...calls.values()].map((ofCall) => {
        const { tenantId, startedOn, callKey } = ofCall[0]!;
        return { tenantId, startedOn, callKey, steps: ofCall };
      }),
    );
  }

  /** One bad record must not keep the others back for ever: it is found by halving. */
  async #store(calls: readonly StepsOfCall[]): Promise<void> {
    const { records, limits, logger } = this.options;
    const stepsOf = new Map<RecordKey, readonly CallStep[]>(calls.map((call) => [call, call.steps]));
    let changed: readonly ChangedRecord[];
    try {
      changed = await records.change(calls, (key, record) => merge(record, stepsOf.get(key) ?? [], limits));
    } catch (error) {
      if (!isOfContent(error)) throw error;
      if (calls.length > 1) {
        const half = Math.ceil(calls.length / 2);
        await this.#store(calls.slice(0, half));
        await this.#store(calls.slice(half));
        return;
      }
      logger.error('Postgres refuses the record of a call, which is left out', { callKey: calls[0]?.callKey, error });
      for (const _ of calls[0]?.steps ?? []) this.options.observer.eventConsumed('malformed', 0);
      return;
    }
    this.#observe(calls, changed);
  }

  #observe(calls: readonly StepsOfCall[], changed: readonly ChangedRecord[]): void {
    const { observer, now } = this.options;
    const nowMs = now();
    let merged = 0;
    for (const { before, after } of changed) {
      merged += 1;
      observer.eventMerged(before === undefined ? 'created' : 'changed');
      if (after.release !== undefined && after.closedBy !== undefined && before?.state !== 'ended') {
        observer.recordCompleted(after.release.cause, after.closedBy);
      }
    }
    for (; merged < calls.length; merged += 1) observer.eventMerged('unchanged');
    for (const { steps } of calls)
      for (const { event, atMs } of steps) observer.eventConsumed(event.kind, nowMs - atMs);
  }

  /** What retention would drop at once has no partition made for it; nor does what a broken clock says. */
  #isKept({ startedOn, callKey }: CallStep): boolean {
    const { now, retentionDays, observer, logger } = this.options;
    const nowMs = now();
    const first = new Date(nowMs - retentionDays * dayMs).toISOString().slice(0, 10);
    const last = new Date(nowMs + daysAhead * dayMs).toISOString().slice(0, 10);
    if (startedOn >= first && startedOn <= last) return true;
    observer.eventConsumed('malformed', 0);
    logger.warn('An event of a call is of a day that has no records', { callKey, startedOn });
    return false;
  }
}

/** Whether it would be the same the next time: a value that Postgres forbids, or that we can't work with. */
function isOfContent(error: unknown): boolean {
  return error instanceof RangeError || error instanceof TypeError || classifyPostgresError(error) === 'invalid';
}
