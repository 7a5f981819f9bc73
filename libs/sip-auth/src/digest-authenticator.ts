import type { DigestAlgorithm } from './algorithm.js';
import { buildChallenges } from './challenge.js';
import { equalInConstantTime } from './constant-time.js';
import type { Credentials, Qop } from './credentials.js';
import { digestUriFits } from './digest-uri.js';
import { type NonceOrigin, NonceSealer, type SealKey } from './nonce.js';
import { NonceWindow } from './nonce-window.js';
import { computeResponse } from './request-digest.js';

/** How credentials fared. Everything but `ok` and `foreign` is answered with a challenge or a refusal, as said beside it. */
export type Verification =
  /** The request comes from the subscriber. */
  | { readonly kind: 'ok'; readonly username: string; readonly realm: string; readonly algorithm: DigestAlgorithm }
  /** Right password, but a nonce that is too old, unknown or forgotten: challenge again with stale=true. */
  | { readonly kind: 'stale'; readonly reason: 'expired' | 'unknown' | 'forgotten' }
  /** Right password, but nonce and count were used before: challenge again with stale=true. */
  | { readonly kind: 'replay' }
  /** Right password; another edge counts this nonce's uses and is to be asked (`claim`). If it is gone, treat as stale. */
  | {
      readonly kind: 'foreign';
      readonly edge: string;
      readonly incarnation: string;
      readonly nonce: string;
      readonly nonceCount: number;
    }
  /** Wrong password or no such subscriber: challenge again, without stale. */
  | { readonly kind: 'bad-credentials' }
  /** The digest-uri is of another target than the request: 400 (RFC 7616 §3.4.6). */
  | { readonly kind: 'uri-mismatch' }
  /** The algorithm is unknown or not offered: challenge again, without stale. */
  | { readonly kind: 'unknown-algorithm'; readonly name: string }
  /** No qop although one was offered: challenge again, without stale. */
  | { readonly kind: 'qop-required' };

/** The answer to another edge that asks about a nonce issued here. */
export type Claim = 'ok' | 'replay' | 'stale' | 'foreign';

export interface DigestAuthenticatorOptions extends NonceOrigin {
  /** The platform's sealing keys: the first seals, all open. */
  readonly keys: readonly SealKey[];
  /** Returns 8 to 32 base64url characters that never repeat. */
  readonly random: () => string;
  /** How long a nonce may be used; 600 unless told. */
  readonly nonceLifetimeSec?: number;
  /** How many nonces' uses are remembered; 65,536 unless told (about 100 bytes each). */
  readonly windowCapacity?: number;
}

export interface ChallengeRequest {
  readonly realm: string;
  /** What the tenant offers, most preferred first. */
  readonly algorithms: readonly DigestAlgorithm[];
  readonly stale?: boolean;
  /** `['auth']` unless told; empty challenges in the manner of RFC 2069, for peers that know nothing else. */
  readonly qop?: readonly Qop[];
}

export interface VerifyRequest {
  readonly credentials: Credentials;
  readonly method: string;
  readonly requestUri: string;
  /** H(A1) for the credentials' username, realm and algorithm; undefined if there is no such subscriber. */
  readonly ha1: string | undefined;
  /** What the tenant offers. */
  readonly algorithms: readonly DigestAlgorithm[];
  /** Accept credentials without qop, each nonce once (RFC 3261 §22.4 rule 3 keeps RFC 2069 clients). False unless told. */
  readonly allowWithoutQop?: boolean;
  /** `same-target` (unless told) compares user and host of digest-uri and Request-URI; `any` is for elements behind rewriting proxies. */
  readonly uriCheck?: 'same-target' | 'any';
  /** For `auth-int`. */
  readonly body?: string;
}

/** How far another edge's clock may run ahead. */
const CLOCK_SKEW_MS = 30_000;
const NO_SUBSCRIBER_HA1 = '0'.repeat(64);

/**
 * The server side of digest authentication (RFC 7616, RFC 3261 §22, RFC 8760): issues challenges and verifies credentials
 * without state shared between edges. Synchronous, no clock: `nowMs` is Unix time in milliseconds.
 */
export class DigestAuthenticator {
  readonly #sealer: NonceSealer;
  readonly #window: NonceWindow;
  readonly #random: () => string;
  readonly #lifetimeMs: number;

  constructor(options: DigestAuthenticatorOptions) {
    this.#sealer = new NonceSealer(options, options.keys);
    this.#window = new NonceWindow(options.windowCapacity ?? 65_536);
    this.#random = options.random;
    this.#lifetimeMs = (options.nonceLifetimeSec ?? 600) * 1000;
  }

  /** Seals and opens nonces with other keys from now on. */
  rekey(keys: readonly SealKey[]): void {
    this.#sealer.rekey(keys);
  }

  /** The values of the WWW-Authenticate or Proxy-Authenticate lines of a challenge: one line each, all with one fresh nonce. */
  challenge(nowMs: number, request: ChallengeRequest): string[] {
    return buildChallenges(
      {
        realm: request.realm,
        nonce: this.#sealer.issue(nowMs, this.#random()),
        qop: request.qop ?? ['auth'],
        stale: request.stale ?? false,
      },
      request.algorithms,
    );
  }

  /**
   * Verifies credentials whose realm the caller has matched. The response is checked before the nonce: `stale` may only be said
   * to one who knows the password (RFC 7616 §3.3), and only then is a count used up.
   */
  verify(nowMs: number, request: VerifyRequest): Verification {
    const { credentials } = request;
    const { algorithm } = credentials;
    // RFC 8760 §2.4: an algorithm that was not offered is no way in, or the weakest would always do.
    if (algorithm === undefined || !request.algorithms.includes(algorithm)) {
      return { kind: 'unknown-algorithm', name: credentials.algorithmName };
    }
    if (credentials.qop === undefined && request.allowWithoutQop !== true) return { kind: 'qop-required' };
    if (!responseIsRight(credentials, algorithm, request)) return { kind: 'bad-credentials' };
    if (request.uriCheck !== 'any' && !digestUriFits(credentials.uri, request.requestUri))
      return { kind: 'uri-mismatch' };

    const nonce = this.#sealer.open(credentials.nonce);
    if (nonce === undefined) return { kind: 'stale', reason: 'unknown' };
    if (this.#isExpired(nonce.issuedAtMs, nowMs)) return { kind: 'stale', reason: 'expired' };
    // Without a count a nonce serves once: it is counted as its first use.
    const nonceCount = credentials.nonceCount ?? 1;
    if (!this.#sealer.owns(nonce)) {
      return { kind: 'foreign', ...nonce.origin, nonce: credentials.nonce, nonceCount };
    }
    const use = this.#window.use(nonce.seal, nonce.issuedAtMs, nonceCount, nowMs, this.#lifetimeMs);
    if (use === 'replay') return { kind: 'replay' };
    if (use === 'forgotten') return { kind: 'stale', reason: 'forgotten' };
    return { kind: 'ok', username: credentials.username, realm: credentials.realm, algorithm };
  }

  /**
   * Records, for another edge that has verified a response, one use of a nonce that this edge issued. `foreign`: this edge and
   * incarnation did not issue it.
   */
  claim(nowMs: number, nonceText: string, nonceCount: number): Claim {
    const nonce = this.#sealer.open(nonceText);
    if (nonce === undefined || !this.#sealer.owns(nonce)) return 'foreign';
    if (this.#isExpired(nonce.issuedAtMs, nowMs)) return 'stale';
    const use = this.#window.use(nonce.seal, nonce.issuedAtMs, nonceCount, nowMs, this.#lifetimeMs);
    if (use === 'fresh') return 'ok';
    return use === 'replay' ? 'replay' : 'stale';
  }

  #isExpired(issuedAtMs: number, nowMs: number): boolean {
    const ageMs = nowMs - issuedAtMs;
    return ageMs > this.#lifetimeMs || ageMs < -CLOCK_SKEW_MS;
  }
}

function responseIsRight(credentials: Credentials, algorithm: DigestAlgorithm, request: VerifyRequest): boolean {
  const expected = computeResponse({
    algorithm,
    session: credentials.session,
    // An unknown subscriber costs the same hashes as a known one, so that time does not tell who exists.
    ha1: request.ha1 ?? NO_SUBSCRIBER_HA1,
    method: request.method,
    uri: credentials.uri,
    nonce: credentials.nonce,
    cnonce: credentials.cnonce,
    nonceCountText: credentials.nonceCountText,
    qop: credentials.qop,
    body: request.body ?? '',
  });
  return equalInConstantTime(expected, credentials.response) && request.ha1 !== undefined;
}
