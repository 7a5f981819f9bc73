import type { SeededRandom } from './seeded-random.js';

/** What the two ends of a call intend. */
export interface CallPlan {
  readonly callId: string;
  readonly startsAt: number;
  /** The callee: answers, refuses, or lets it ring. */
  readonly callee: 'answers' | 'is busy' | 'lets it ring';
  /** From the INVITE's arrival to 180, and to the final response. */
  readonly ringsAfterMs: number;
  readonly decidesAfterMs: number;
  /** The caller: cancels this long after its INVITE, if there is no final response by then. */
  readonly cancelsAfterMs: number | undefined;
  /** From the answer to the BYE. */
  readonly talksMs: number;
}

/** Answered, refused, unanswered and cancelled, and cancelled at about the moment of the answer. */
export function randomPlan(random: SeededRandom, callId: string, startsAt: number): CallPlan {
  const ringsAfterMs = random.integer(0, 400);
  const decidesAfterMs = random.integer(0, 8000);
  const talksMs = random.integer(0, 10_000);
  const plan = { callId, startsAt, ringsAfterMs, decidesAfterMs, talksMs };
  const lot = random.next();
  if (lot < 0.5) return { ...plan, callee: 'answers', cancelsAfterMs: undefined };
  if (lot < 0.65) return { ...plan, callee: 'is busy', cancelsAfterMs: undefined };
  if (lot < 0.8) return { ...plan, callee: 'lets it ring', cancelsAfterMs: random.integer(0, 10_000) };
  return { ...plan, callee: 'answers', cancelsAfterMs: Math.max(0, decidesAfterMs + random.integer(-300, 900)) };
}
