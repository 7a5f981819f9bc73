import { type DigestAlgorithm, parseAlgorithm, responseLength, textFromWire } from './algorithm.js';
import { type MalformedAuth, parseAuthParams } from './auth-params.js';

export type Qop = 'auth' | 'auth-int';

/** Digest credentials of an Authorization or Proxy-Authorization field line (RFC 7616 §3.4, RFC 3261 §22.4). */
export interface Credentials {
  readonly kind: 'digest';
  /** Unicode text, as the directory knows it. */
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  /** The digest-uri, as written. */
  readonly uri: string;
  /** Lower-case hexadecimal. */
  readonly response: string;
  /** Undefined when the peer named an algorithm that this library can't compute. */
  readonly algorithm: DigestAlgorithm | undefined;
  readonly algorithmName: string;
  readonly session: boolean;
  /** Undefined: the peer answered in the manner of RFC 2069, without cnonce and nonce count. */
  readonly qop: Qop | undefined;
  readonly cnonce: string | undefined;
  /** 1 … 2^32-1; undefined without qop. */
  readonly nonceCount: number | undefined;
  /** The eight digits as sent, which the response covers. */
  readonly nonceCountText: string | undefined;
  readonly opaque: string | undefined;
}

/** A scheme other than Digest: to be ignored (RFC 3261 §22.4, RFC 4475 §3.3.7). */
export interface OtherScheme {
  readonly kind: 'other-scheme';
  readonly scheme: string;
}

const NONCE_COUNT = /^[0-9a-f]{8}$/i;
const HEX = /^[0-9a-f]+$/i;
const EXTENDED_VALUE = /^utf-8'[^']*'((?:[^%]|%[0-9a-f]{2})*)$/i;

function malformed(reason: string): MalformedAuth {
  return { kind: 'malformed', reason, offset: 0 };
}

/** RFC 7616 §3.4: `username*` carries UTF-8 in the notation of RFC 5987 §3.2. */
function decodeExtended(value: string): string | undefined {
  const encoded = EXTENDED_VALUE.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  const bytes = encoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return textFromWire(bytes);
}

function readUsername(params: ReadonlyMap<string, string>): string | MalformedAuth {
  const plain = params.get('username');
  const extended = params.get('username*');
  // RFC 7616 §3.4: exactly one of the two forms.
  if (plain !== undefined && extended !== undefined) return malformed('both username and username* are given');
  if (params.get('userhash')?.toLowerCase() === 'true') return malformed('userhash was not offered');
  if (plain !== undefined) return textFromWire(plain);
  if (extended === undefined) return malformed('username is missing');
  return decodeExtended(extended) ?? malformed('username* is not in the UTF-8 form of RFC 5987');
}

/**
 * Reads one Authorization or Proxy-Authorization field line's value (wire text, one character a byte). Everything that
 * RFC 7616 §3.4 requires is present and well formed in what it returns as `digest`. Never throws.
 *
 * Quoted-pairs are resolved before anything is hashed, so a username that contains a backslash is hashed as the
 * subscriber was enrolled. Token parameters in quotes (`qop="auth"`) are accepted: phones send them.
 */
export function parseCredentials(value: string): Credentials | OtherScheme | MalformedAuth {
  const parsed = parseAuthParams(value);
  if (parsed.kind === 'malformed') return parsed;
  if (parsed.scheme.toLowerCase() !== 'digest') return { kind: 'other-scheme', scheme: parsed.scheme };
  const { params } = parsed;

  const username = readUsername(params);
  if (typeof username !== 'string') return username;
  const realm = params.get('realm');
  if (realm === undefined) return malformed('realm is missing');
  const nonce = params.get('nonce');
  if (nonce === undefined) return malformed('nonce is missing');
  const uri = params.get('uri');
  // RFC 3261 §22.4 rule 2: the digest-uri is required and never empty.
  if (uri === undefined || uri === '') return malformed('uri is missing or empty');
  const response = params.get('response');
  if (response === undefined) return malformed('response is missing');

  const algorithmName = params.get('algorithm') ?? 'MD5';
  const named = parseAlgorithm(algorithmName);
  if (!HEX.test(response) || (named !== undefined && response.length !== responseLength(named.algorithm))) {
    return malformed('response is not the hexadecimal digest of its algorithm');
  }

  const qopText = params.get('qop')?.toLowerCase();
  if (qopText !== undefined && qopText !== 'auth' && qopText !== 'auth-int')
    return malformed('qop is neither auth nor auth-int');
  const cnonce = params.get('cnonce');
  const nonceCountText = params.get('nc');
  let nonceCount: number | undefined;
  if (qopText !== undefined) {
    // RFC 7616 §3.4: cnonce and nc accompany qop.
    if (cnonce === undefined) return malformed('cnonce is missing although qop is given');
    if (nonceCountText === undefined) return malformed('nc is missing although qop is given');
    if (!NONCE_COUNT.test(nonceCountText)) return malformed('nc is not eight hexadecimal digits');
    nonceCount = Number.parseInt(nonceCountText, 16);
    if (nonceCount === 0) return malformed('nc starts at 00000001');
  }
  if (named?.session === true && cnonce === undefined)
    return malformed('cnonce is missing although the algorithm is a session variant');

  return {
    kind: 'digest',
    username,
    realm: textFromWire(realm),
    nonce,
    uri,
    response: response.toLowerCase(),
    algorithm: named?.algorithm,
    algorithmName,
    session: named?.session ?? false,
    qop: qopText,
    cnonce,
    nonceCount,
    nonceCountText: nonceCount === undefined ? undefined : nonceCountText,
    opaque: params.get('opaque'),
  };
}

/** What a request's Authorization or Proxy-Authorization lines hold for one realm. */
export type CredentialSelection = Credentials | MalformedAuth | { readonly kind: 'none' };

/**
 * Picks the Digest credentials for `realm` (compared exactly, RFC 3261 §22.1) out of a request's field lines; other
 * schemes and realms are passed over (RFC 3261 §22.3: a request may carry credentials for several proxies). The first
 * well-formed one wins; if there is none but a Digest line was malformed, that is returned, else `none`.
 */
export function selectCredentials(values: readonly string[], realm: string): CredentialSelection {
  let failure: MalformedAuth | undefined;
  for (const value of values) {
    const parsed = parseCredentials(value);
    if (parsed.kind === 'digest' && parsed.realm === realm) return parsed;
    if (parsed.kind === 'malformed') failure ??= parsed;
  }
  return failure ?? { kind: 'none' };
}
