import { hash } from 'node:crypto';

/** Digest algorithms, named as RFC 7616 §6.1 registers them. The `-sess` variants are a flag beside these. */
export type DigestAlgorithm = 'MD5' | 'SHA-256' | 'SHA-512-256';

/** Every algorithm this library computes, strongest first: the order in which RFC 8760 §2.4 wants them offered. */
export const DIGEST_ALGORITHMS: readonly DigestAlgorithm[] = ['SHA-512-256', 'SHA-256', 'MD5'];

const OPENSSL_NAMES: Readonly<Record<DigestAlgorithm, string>> = {
  MD5: 'md5',
  'SHA-256': 'sha256',
  'SHA-512-256': 'sha512-256',
};

const HEX_LENGTHS: Readonly<Record<DigestAlgorithm, number>> = { MD5: 32, 'SHA-256': 64, 'SHA-512-256': 64 };

const NOT_ASCII = /[\u0080-\uffff]/;

/** An algorithm as a peer names it. */
export interface NamedAlgorithm {
  readonly algorithm: DigestAlgorithm;
  /** True for the `-sess` variants, whose A1 covers the first nonce and cnonce. */
  readonly session: boolean;
}

/**
 * Reads an `algorithm` parameter: a token, compared without case; absent means MD5 (RFC 7616 §3.3).
 * Returns undefined for a name this library can't compute.
 */
export function parseAlgorithm(name: string | undefined): NamedAlgorithm | undefined {
  if (name === undefined) return { algorithm: 'MD5', session: false };
  const upper = name.toUpperCase();
  const session = upper.endsWith('-SESS');
  const base = session ? upper.slice(0, -5) : upper;
  for (const algorithm of DIGEST_ALGORITHMS) if (algorithm === base) return { algorithm, session };
  return undefined;
}

/** The number of hexadecimal digits in a response of this algorithm. */
export function responseLength(algorithm: DigestAlgorithm): number {
  return HEX_LENGTHS[algorithm];
}

/** H(data) of RFC 7616 §3.4.2 over wire text, one character a byte: lower-case hexadecimal. */
export function hashWire(algorithm: DigestAlgorithm, wire: string): string {
  return hash(OPENSSL_NAMES[algorithm], NOT_ASCII.test(wire) ? Buffer.from(wire, 'latin1') : wire);
}

/** Wire text (one character a byte) as Unicode: RFC 3261 §7 says that SIP text is UTF-8. */
export function textFromWire(wire: string): string {
  return NOT_ASCII.test(wire) ? Buffer.from(wire, 'latin1').toString('utf8') : wire;
}

/** Unicode text as wire text: its UTF-8 bytes, one character each. */
export function wireFromText(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/**
 * H(A1) for a subscriber: `H(username ":" realm ":" password)`, RFC 7616 §3.4.2, as lower-case hexadecimal.
 * Arguments are Unicode text, hashed as UTF-8 in normalisation form C (RFC 7616 §4). This is what a directory stores
 * in place of the password; it serves the `-sess` variants too.
 */
export function computeHa1(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return hash(OPENSSL_NAMES[algorithm], `${username}:${realm}:${password}`.normalize('NFC'));
}
