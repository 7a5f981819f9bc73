import type { CallParty, CallRecord, ClosedBy, Release } from './call-record.js';
import type { CallStep } from './call-step.js';

/** What the events of a call say of who and where, and how good the event is that it was taken from. */
export interface Facts {
  /** 0 is best: the start has seen the caller's own request. */
  readonly rank: number;
  readonly atMs: number;
  readonly sipCallId: string;
  readonly originatorTag: string;
  readonly traceId: string;
  readonly edgeId: string;
  readonly originating: CallParty;
  readonly terminating: CallParty;
}

/**
 * What is known of a call from events that were seen. Two of these join to one, and it doesn't matter in which order, how often, or in which groups:
 * so a record is the same however its events arrive.
 */
export interface KnownCall {
  readonly startedAtMs: number;
  readonly facts: Facts;
  readonly answer: Answer | undefined;
  readonly refresh: Refresh | undefined;
  readonly end: End | undefined;
  readonly mediaNode: string | undefined;
}

interface Answer {
  /** 0 where the edge has told it that the caller is at: the answer has come to the caller then. */
  readonly rank: number;
  readonly atMs: number;
  readonly codec: string | undefined;
}

interface Refresh {
  readonly atMs: number;
  readonly sessionExpiresSec: number;
}

interface End {
  readonly atMs: number;
  readonly release: Release;
}

const ranks = { started: 0, answered: 1, refreshed: 2, ended: 3 } as const;

/** An end that was not seen: whatever comes later counts more. */
export function isInferredEnd(closedBy: ClosedBy | undefined): boolean {
  return closedBy === 'session-expiry' || closedBy === 'limit';
}

/** What one event says. */
export function knownFromStep(step: CallStep): KnownCall {
  const { atMs, event, sipCallId, originatorTag, traceId, edgeId, originating, terminating } = step;
  return {
    startedAtMs: step.startedAtMs,
    facts: { rank: ranks[event.kind], atMs, sipCallId, originatorTag, traceId, edgeId, originating, terminating },
    answer: event.kind === 'answered' ? { rank: event.isOfTerminator ? 1 : 0, atMs, codec: event.codec } : undefined,
    refresh:
      event.kind === 'answered' || event.kind === 'refreshed'
        ? { atMs, sessionExpiresSec: event.sessionExpiresSec }
        : undefined,
    end: event.kind === 'ended' ? { atMs, release: event.release } : undefined,
    mediaNode: step.mediaNode,
  };
}

/** What the events behind a record have said: without what was only inferred. */
export function knownFromRecord(record: CallRecord): KnownCall {
  const { mergeState, answeredAtMs, endedAtMs, release, closedBy } = record;
  const { sipCallId, originatorTag, traceId, edgeId, originating, terminating } = record;
  const { factsRank: rank, factsAtMs: atMs, refreshedAtMs, sessionExpiresSec } = mergeState;
  return {
    startedAtMs: record.startedAtMs,
    facts: { rank, atMs, sipCallId, originatorTag, traceId, edgeId, originating, terminating },
    answer:
      answeredAtMs === undefined || mergeState.isAnswerInferred
        ? undefined
        : { rank: mergeState.answerRank, atMs: answeredAtMs, codec: record.codec },
    refresh: refreshedAtMs === undefined ? undefined : { atMs: refreshedAtMs, sessionExpiresSec },
    end:
      release === undefined || endedAtMs === undefined || isInferredEnd(closedBy)
        ? undefined
        : { atMs: endedAtMs, release },
    mediaNode: record.mediaNode,
  };
}

/** Commutative, associative and idempotent. */
export function join(a: KnownCall, b: KnownCall): KnownCall {
  return {
    startedAtMs: betterStart(a.startedAtMs, b.startedAtMs),
    facts: first(a.facts, b.facts, (facts) => [facts.rank, facts.atMs]),
    answer: firstOf(a.answer, b.answer, ({ rank, atMs, codec }) => [rank, atMs, codec === undefined ? 1 : 0]),
    refresh: firstOf(a.refresh, b.refresh, ({ atMs, sessionExpiresSec }) => [-atMs, -sessionExpiresSec]),
    // The first end wins; but a BYE says that the call was answered, whatever another edge has made of a repeated INVITE.
    end: firstOf(a.end, b.end, ({ atMs, release }) => [release.cause === 'hung-up' ? 0 : 1, atMs]),
    mediaNode: firstOf(a.mediaNode, b.mediaNode, () => []),
  };
}

/** Whether both say the same. */
export function isSame(a: KnownCall, b: KnownCall): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The earlier one; within a second the later, since the sealed route of a call tells its start without the milliseconds. */
function betterStart(a: number, b: number): number {
  const seconds = Math.floor(a / 1_000) - Math.floor(b / 1_000);
  if (seconds === 0) return Math.max(a, b);
  return seconds < 0 ? a : b;
}

function firstOf<Value>(a: Value | undefined, b: Value | undefined, order: (value: Value) => readonly number[]) {
  if (a === undefined) return b;
  return b === undefined ? a : first(a, b, order);
}

/** The one that comes first by its numbers, and where they are equal by its text. */
function first<Value>(a: Value, b: Value, order: (value: Value) => readonly number[]): Value {
  const others = order(b);
  for (const [index, number] of order(a).entries()) {
    const difference = number - (others[index] ?? 0);
    if (difference !== 0) return difference < 0 ? a : b;
  }
  return JSON.stringify(a) <= JSON.stringify(b) ? a : b;
}
