import { AES_BLOCK_BYTES, AesCounter } from './aes-counter.js';
import type { SuiteFacts } from './suite.js';

/** RFC 3711 §4.3.1: which session key is derived. */
const LABELS = {
  rtp: { encryption: 0, authentication: 1, salt: 2 },
  rtcp: { encryption: 3, authentication: 4, salt: 5 },
};
/** Of HMAC-SHA1 (RFC 3711 §5.2). */
const AUTHENTICATION_KEY_BYTES = 20;

/** What protects the packets of one direction: SRTP's or SRTCP's. */
export interface SessionKeys {
  readonly encryption: Uint8Array;
  /** Empty for AEAD suites, which need none. */
  readonly authentication: Uint8Array;
  readonly salt: Uint8Array;
}

/** One session key (RFC 3711 §4.3.1 with a key derivation rate of zero; RFC 6188 §3 for keys of 256 bits). */
export function deriveKey(masterKey: Uint8Array, masterSalt: Uint8Array, label: number, bytes: number): Uint8Array {
  const x = new Uint8Array(AES_BLOCK_BYTES);
  // A salt of 96 bits stands at the upper end of the 112 (RFC 7714 §11).
  x.set(masterSalt);
  x[7] = (x[7] as number) ^ label;
  const words = new DataView(x.buffer);
  const blocks = Math.ceil(bytes / AES_BLOCK_BYTES);
  const aes = new AesCounter(masterKey);
  aes.begin(blocks);
  aes.put(0, blocks, words.getInt32(0), words.getInt32(4), words.getInt32(8), words.getInt32(12));
  return aes.encipher(new Uint8Array(blocks * AES_BLOCK_BYTES)).slice(0, bytes);
}

/** The session keys for SRTP or SRTCP out of `inline:`'s master key and salt. */
export function deriveSessionKeys(facts: SuiteFacts, keyAndSalt: Uint8Array, use: 'rtp' | 'rtcp'): SessionKeys {
  const labels = LABELS[use];
  const key = keyAndSalt.subarray(0, facts.keyBytes);
  const salt = keyAndSalt.subarray(facts.keyBytes, facts.keyBytes + facts.saltBytes);
  return {
    encryption: deriveKey(key, salt, labels.encryption, facts.keyBytes),
    authentication: deriveKey(key, salt, labels.authentication, facts.isAead ? 0 : AUTHENTICATION_KEY_BYTES),
    salt: deriveKey(key, salt, labels.salt, facts.saltBytes),
  };
}
