import { type DigestAlgorithm, parseAlgorithm, textFromWire, wireFromText } from './algorithm.js';
import { type MalformedAuth, parseAuthParams, quote } from './auth-params.js';
import type { OtherScheme, Qop } from './credentials.js';

/** What a challenge says (RFC 7616 §3.3, RFC 3261 §22.4). */
export interface ChallengeFields {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: DigestAlgorithm;
  /** Empty: none is named, in the manner of RFC 2069. */
  readonly qop: readonly Qop[];
  /** True: the credentials were right but their nonce was not fresh; the client need not ask its user again. */
  readonly stale: boolean;
  readonly opaque?: string;
}

/** A challenge as a client reads it. */
export interface Challenge {
  readonly kind: 'challenge';
  readonly realm: string;
  readonly nonce: string;
  /** Undefined: an algorithm this library can't compute. */
  readonly algorithm: DigestAlgorithm | undefined;
  /** The algorithm's name as the server wrote it; undefined if it wrote none. */
  readonly algorithmName: string | undefined;
  readonly session: boolean;
  readonly qop: readonly Qop[];
  /** True if a qop parameter was there, even one that names nothing known. */
  readonly qopGiven: boolean;
  readonly stale: boolean;
  readonly opaque: string | undefined;
  readonly domain: string | undefined;
}

/** The value of one WWW-Authenticate or Proxy-Authenticate field line. */
export function buildChallenge(fields: ChallengeFields): string {
  // RFC 7616 §3.3: realm, nonce, opaque and qop are quoted in a challenge; stale and algorithm are not.
  let value = `Digest realm=${quote(wireFromText(fields.realm))}, nonce=${quote(fields.nonce)}`;
  if (fields.opaque !== undefined) value += `, opaque=${quote(fields.opaque)}`;
  value += `, algorithm=${fields.algorithm}`;
  if (fields.qop.length > 0) value += `, qop="${fields.qop.join(',')}"`;
  return fields.stale ? `${value}, stale=true` : value;
}

/**
 * One value per algorithm, in the order given, for as many field lines: RFC 8760 §2.4 wants the most preferred on top, and
 * clients take the topmost that they know. All share the nonce, as only one of them is answered.
 */
export function buildChallenges(
  fields: Omit<ChallengeFields, 'algorithm'>,
  algorithms: readonly DigestAlgorithm[],
): string[] {
  return algorithms.map((algorithm) => buildChallenge({ ...fields, algorithm }));
}

/** Reads one WWW-Authenticate or Proxy-Authenticate field line's value. Never throws. */
export function parseChallenge(value: string): Challenge | OtherScheme | MalformedAuth {
  const parsed = parseAuthParams(value);
  if (parsed.kind === 'malformed') return parsed;
  if (parsed.scheme.toLowerCase() !== 'digest') return { kind: 'other-scheme', scheme: parsed.scheme };
  const { params } = parsed;
  const realm = params.get('realm');
  const nonce = params.get('nonce');
  if (realm === undefined) return { kind: 'malformed', reason: 'realm is missing', offset: 0 };
  if (nonce === undefined) return { kind: 'malformed', reason: 'nonce is missing', offset: 0 };
  const algorithmName = params.get('algorithm');
  const named = parseAlgorithm(algorithmName);
  const qopText = params.get('qop');
  const qop: Qop[] = [];
  // RFC 7616 §3.3: unrecognised qop options are ignored.
  for (const option of (qopText ?? '').split(',')) {
    const name = option.trim().toLowerCase();
    if (name === 'auth' || name === 'auth-int') qop.push(name);
  }
  return {
    kind: 'challenge',
    realm: textFromWire(realm),
    nonce,
    algorithm: named?.algorithm,
    algorithmName,
    session: named?.session ?? false,
    qop,
    qopGiven: qopText !== undefined,
    // RFC 7616 §3.3: compared without case; anything but true means false.
    stale: params.get('stale')?.toLowerCase() === 'true',
    opaque: params.get('opaque'),
    domain: params.get('domain'),
  };
}
