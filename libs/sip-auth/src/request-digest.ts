import { type DigestAlgorithm, hashWire } from './algorithm.js';
import type { Qop } from './credentials.js';

/** What a request-digest covers (RFC 7616 §3.4.1). All text is wire text, one character a byte, without quotes. */
export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly session: boolean;
  /** H(username:realm:password), also for the session variants. */
  readonly ha1: string;
  /** Empty for the digest of an answer (`rspauth`, RFC 7616 §3.5). */
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  readonly cnonce: string | undefined;
  readonly nonceCountText: string | undefined;
  readonly qop: Qop | undefined;
  /** The message body, for `auth-int` only. */
  readonly body: string;
}

/** The `response` of RFC 7616 §3.4.1 (without qop: of RFC 2069, as RFC 3261 §22.4 allows), lower-case hexadecimal. */
export function computeResponse(input: DigestInput): string {
  const { algorithm, nonce, cnonce, qop } = input;
  // RFC 7616 §3.4.2: A1 of a session variant is H(username:realm:password):nonce:cnonce.
  const ha1 = input.session ? hashWire(algorithm, `${input.ha1}:${nonce}:${cnonce ?? ''}`) : input.ha1;
  // RFC 7616 §3.4.3; RFC 3261 §22.4 rule 6: without a body, H(entity-body) is the hash of the empty string.
  const a2 =
    qop === 'auth-int'
      ? `${input.method}:${input.uri}:${hashWire(algorithm, input.body)}`
      : `${input.method}:${input.uri}`;
  const ha2 = hashWire(algorithm, a2);
  if (qop === undefined) return hashWire(algorithm, `${ha1}:${nonce}:${ha2}`);
  return hashWire(algorithm, `${ha1}:${nonce}:${input.nonceCountText ?? ''}:${cnonce ?? ''}:${qop}:${ha2}`);
}
