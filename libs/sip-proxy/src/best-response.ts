import { Header, type HeaderField, type SipResponse } from '@ringdown/sip-message';

/** A final answer of one branch that may become the context's own. */
export interface ResponseCandidate {
  readonly statusCode: number;
  /** The response as received, or undefined when this element made it up (timeout, dead transport). */
  readonly response: SipResponse | undefined;
  readonly branch: number;
  /** For a 3xx of which some contacts were tried: those that were not. */
  readonly remainingContacts: readonly string[] | undefined;
}

const CLASS_STEP = 10;
const GENERIC_RANK = 1;

/** RFC 3261 §16.7 step 6: answers that tell the caller how to try again come first among the 4xx. */
const RANK_IN_4XX: Readonly<Record<number, number>> = {
  401: 0,
  407: 0,
  415: 0,
  420: 0,
  484: 0,
  // The rest is this element's choice: what a person or device said counts for more than what nobody said.
  404: 2,
  480: 3,
  408: 4,
  487: 4,
};

/** The smaller the better. */
function rank(statusCode: number, cancelled: boolean): number {
  if (statusCode >= 600) return 0; // §16.7 step 6: a 6xx wins over everything.
  // §16.10: the caller gave up, and waits for 487; another answer would make some callers try again.
  if (cancelled && statusCode === 487) return 1;
  const classRank = Math.floor(statusCode / 100) * CLASS_STEP;
  if (statusCode < 400) return classRank;
  if (statusCode < 500) return classRank + (RANK_IN_4XX[statusCode] ?? GENERIC_RANK);
  return classRank + (statusCode === 503 ? 1 : 0); // §16.7 step 6: 503 is about one server only.
}

/**
 * RFC 3261 §16.7 step 6: the best of the final responses, 3xx to 6xx; of equals the one that came first.
 * @returns undefined when there is none.
 */
export function bestResponse<C extends { readonly statusCode: number }>(
  candidates: readonly C[],
  cancelled: boolean,
): C | undefined {
  let best: C | undefined;
  let bestRank = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const candidateRank = rank(candidate.statusCode, cancelled);
    if (candidateRank < bestRank) {
      best = candidate;
      bestRank = candidateRank;
    }
  }
  return best;
}

/**
 * RFC 3261 §16.7 step 7: the challenges that the chosen 401 or 407 has to carry beside its own, so that the caller can
 * answer every branch's: WWW-Authenticate and Proxy-Authenticate of all other 401 and 407 answers.
 */
export function aggregatedChallenges(
  chosen: ResponseCandidate,
  candidates: readonly ResponseCandidate[],
): readonly HeaderField[] {
  if (!isChallenge(chosen.statusCode)) return [];
  const fields: HeaderField[] = [];
  for (const candidate of candidates) {
    if (candidate === chosen || candidate.response === undefined || !isChallenge(candidate.statusCode)) continue;
    for (const id of [Header.WwwAuthenticate, Header.ProxyAuthenticate]) {
      for (const value of candidate.response.values(id)) fields.push([id, value]);
    }
  }
  return fields;
}

function isChallenge(statusCode: number): boolean {
  return statusCode === 401 || statusCode === 407;
}
