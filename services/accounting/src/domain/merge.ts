import type { CallRecord, RecordKey, Release } from './call-record.js';
import type { CallStep } from './call-step.js';
import { isSame, join, type KnownCall, knownFromRecord, knownFromStep } from './known-call.js';

/** How long calls are waited for whose end doesn't come. */
export interface CallLimits {
  /** Of an answered call without session refreshes, from its last sign of life. */
  readonly maxCallMs: number;
  /** From the start to an answer or an end. */
  readonly maxSetupMs: number;
  /** How late a session refresh, or news of it, may be. */
  readonly refreshGraceMs: number;
}

/**
 * The record of a call once further events of it are known. The result doesn't depend on the order of events, on their grouping, or on repetitions. Where they
 * say nothing new the record itself is returned, and otherwise one of the next version.
 */
export function merge(record: CallRecord | undefined, steps: readonly CallStep[], limits: CallLimits): CallRecord {
  const [key] = record === undefined ? steps : [record];
  if (key === undefined) throw new Error('a record is made of one event at the least');
  const before = record === undefined ? undefined : knownFromRecord(record);
  let known = before;
  for (const step of steps) {
    const said = knownFromStep(step);
    known = known === undefined ? said : join(known, said);
  }
  if (known === undefined) throw new Error('a record is made of one event at the least');
  if (record !== undefined && before !== undefined && isSame(known, before)) return record;
  return recordOf(key, known, (record?.version ?? 0) + 1, limits);
}

/**
 * Closes the record of a call that has passed its deadline: it ended when its session did, or at the limit. Returns undefined where it has not, or
 * has an end.
 */
export function closeOverdue(record: CallRecord, nowMs: number, limits: CallLimits): CallRecord | undefined {
  const { deadlineAtMs } = record.mergeState;
  if (record.state === 'ended' || deadlineAtMs === undefined || deadlineAtMs > nowMs) return undefined;
  const known = knownFromRecord(record);
  const hasSession = hasBeenAnswered(known) && (known.refresh?.sessionExpiresSec ?? 0) > 0;
  const atMs = hasSession ? deadlineAtMs - limits.refreshGraceMs : deadlineAtMs;
  const cause = hasBeenAnswered(known) ? (hasSession ? 'expired' : 'limit') : 'lost';
  const release: Release = { cause, side: 'platform', statusCode: undefined, reason: undefined };
  return {
    ...ended(recordOf(record, known, record.version + 1, limits), known, atMs, release),
    closedBy: hasSession ? 'session-expiry' : 'limit',
    isMarked: true,
  };
}

function recordOf(key: RecordKey, known: KnownCall, version: number, limits: CallLimits): CallRecord {
  const { facts, answer, refresh } = known;
  const open: CallRecord = {
    tenantId: key.tenantId,
    startedOn: key.startedOn,
    callKey: key.callKey,
    sipCallId: facts.sipCallId,
    originatorTag: facts.originatorTag,
    traceId: facts.traceId,
    startedAtMs: known.startedAtMs,
    answeredAtMs: answer?.atMs,
    endedAtMs: undefined,
    durationMs: undefined,
    state: 'in-progress',
    originating: facts.originating,
    terminating: facts.terminating,
    release: undefined,
    codec: answer?.codec,
    mediaNode: known.mediaNode,
    edgeId: facts.edgeId,
    closedBy: undefined,
    isMarked: false,
    version,
    mergeState: {
      factsRank: facts.rank,
      factsAtMs: facts.atMs,
      refreshedAtMs: refresh?.atMs,
      sessionExpiresSec: refresh?.sessionExpiresSec ?? 0,
      deadlineAtMs: deadlineOf(known, limits),
      answerRank: answer?.rank ?? 0,
      isAnswerInferred: false,
    },
  };
  return known.end === undefined ? open : ended(open, known, known.end.atMs, known.end.release);
}

function ended(open: CallRecord, known: KnownCall, atMs: number, release: Release): CallRecord {
  const wasAnswered = release.cause === 'hung-up' || release.cause === 'expired' || release.cause === 'limit';
  const isAnswerInferred = wasAnswered && known.answer === undefined;
  // Nobody has told when it was answered: it can't have been earlier than this.
  const answeredAtMs = isAnswerInferred ? known.startedAtMs : known.answer?.atMs;
  return {
    ...open,
    state: 'ended',
    answeredAtMs,
    endedAtMs: atMs,
    durationMs: wasAnswered && answeredAtMs !== undefined ? Math.max(0, atMs - answeredAtMs) : 0,
    release,
    closedBy: isAnswerInferred ? 'rebuilt' : 'event',
    isMarked: isAnswerInferred,
    mergeState: { ...open.mergeState, deadlineAtMs: undefined, isAnswerInferred },
  };
}

function hasBeenAnswered({ answer, refresh }: KnownCall): boolean {
  return answer !== undefined || refresh !== undefined;
}

function deadlineOf(known: KnownCall, limits: CallLimits): number {
  const { refresh } = known;
  if (refresh === undefined) return known.startedAtMs + limits.maxSetupMs;
  if (refresh.sessionExpiresSec === 0) return refresh.atMs + limits.maxCallMs;
  return refresh.atMs + refresh.sessionExpiresSec * 1_000 + limits.refreshGraceMs;
}
