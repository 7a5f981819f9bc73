import { computeHa1, wireFromText } from './algorithm.js';
import { quote } from './auth-params.js';
import { type Challenge, parseChallenge } from './challenge.js';
import type { Qop } from './credentials.js';
import { computeResponse } from './request-digest.js';

/**
 * Reads the WWW-Authenticate or Proxy-Authenticate lines of one 401 or 407 and returns, for each realm in order of
 * appearance, the topmost challenge that can be answered (RFC 8760 §2.4; RFC 3261 §22.3: several proxies may each have
 * challenged). Malformed lines and other schemes are passed over.
 */
export function selectChallenges(values: readonly string[]): Challenge[] {
  const chosen = new Map<string, Challenge>();
  for (const value of values) {
    const challenge = parseChallenge(value);
    if (challenge.kind !== 'challenge' || challenge.algorithm === undefined || chosen.has(challenge.realm)) continue;
    // A qop list that names nothing known can't be answered: leaving qop out would be a downgrade.
    if (challenge.qopGiven && challenge.qop.length === 0) continue;
    chosen.set(challenge.realm, challenge);
  }
  return [...chosen.values()];
}

/** What a client needs to answer a challenge. */
export interface AnswerInput {
  readonly method: string;
  /** The digest-uri: the Request-URI of the request that will carry the answer (RFC 3261 §22.4 rule 4). */
  readonly uri: string;
  readonly username: string;
  readonly password: string;
  /** Eight or more characters that never repeat. */
  readonly cnonce: string;
  /** 1 for the first request with this nonce, then one more for each. */
  readonly nonceCount: number;
  /** The body of the request, for `auth-int`. */
  readonly body?: string;
}

/**
 * The value for the Authorization line (after 401) or Proxy-Authorization line (after 407) that answers a challenge of
 * `selectChallenges`; undefined if its algorithm is unknown. `auth` is preferred to `auth-int`, which any
 * proxy that touches the body would break.
 */
export function answerChallenge(challenge: Challenge, input: AnswerInput): string | undefined {
  const { algorithm, session } = challenge;
  if (algorithm === undefined) return undefined;
  const qop: Qop | undefined = challenge.qop.includes('auth') ? 'auth' : challenge.qop[0];
  const nonceCountText = input.nonceCount.toString(16).padStart(8, '0');
  const response = computeResponse({
    algorithm,
    session,
    ha1: computeHa1(algorithm, input.username, challenge.realm, input.password),
    method: input.method,
    uri: input.uri,
    nonce: challenge.nonce,
    cnonce: input.cnonce,
    nonceCountText,
    qop,
    body: input.body ?? '',
  });
  let value = `Digest username=${quote(wireFromText(input.username))}, realm=${quote(wireFromText(challenge.realm))}`;
  value += `, nonce=${quote(challenge.nonce)}, uri=${quote(input.uri)}, response="${response}"`;
  // RFC 7616 §3.4: algorithm is repeated as the challenge had it; qop and nc are tokens, not quoted.
  if (challenge.algorithmName !== undefined) value += `, algorithm=${challenge.algorithmName}`;
  if (qop !== undefined) value += `, qop=${qop}, nc=${nonceCountText}`;
  if (qop !== undefined || session) value += `, cnonce=${quote(input.cnonce)}`;
  if (challenge.opaque !== undefined) value += `, opaque=${quote(challenge.opaque)}`;
  return value;
}
