import {
  type AgreedCrypto,
  type Attribute,
  agreeCrypto,
  answerCrypto,
  type CryptoAttribute,
  cryptoAttribute,
  isSecureProfile,
  type MediaDescription,
  offerCrypto,
  type SdesSuite,
  type SessionDescription,
} from '@ringdown/sdp';
import type { SrtpKeys } from '../../ports/mixer.js';

/** The most preferred first: what every phone has, then what is as safe, and last the short authentication tag. */
const suites: readonly SdesSuite[] = [
  'AES_CM_128_HMAC_SHA1_80',
  'AEAD_AES_128_GCM',
  'AEAD_AES_256_GCM',
  'AES_CM_128_HMAC_SHA1_32',
];

/** The SDES keys of one member's streams (RFC 4568), which are named by the index of their `m=` line. */
export class Keying {
  /** What the streams run with. */
  readonly #inUse = new Map<number, AgreedCrypto>();
  /** What the answer that is being made would have them run with. */
  readonly #next = new Map<number, AgreedCrypto>();
  readonly #offered = new Map<number, readonly CryptoAttribute[]>();

  /** `randomBytes` gives bytes that nobody can guess. */
  constructor(private readonly randomBytes: (length: number) => Uint8Array) {}

  /** Answers an offered stream's `a=crypto`; undefined where none of them will do. */
  answer(
    offered: MediaDescription,
    index: number,
  ): { readonly attribute: Attribute; readonly keys: SrtpKeys } | undefined {
    const agreed = answerCrypto(offered, suites, this.randomBytes, this.#inUse.get(index));
    if (agreed === undefined) return undefined;
    this.#next.set(index, agreed);
    return { attribute: cryptoAttribute(agreed.ours), keys: keysOf(agreed) };
  }

  /** The answer is sent, or, with false, can't be: keys of streams that it doesn't have stay as they were. */
  answered(isSent: boolean): void {
    if (isSent) for (const [index, agreed] of this.#next) this.#inUse.set(index, agreed);
    this.#next.clear();
  }

  /** What this side offers for a stream: the key that it sends with already (RFC 4568 §7.1.4), or one of each suite. */
  offer(index: number): readonly Attribute[] {
    const inUse = this.#inUse.get(index);
    const lines = inUse === undefined ? offerCrypto(suites, this.randomBytes) : [inUse.ours];
    this.#offered.set(index, lines);
    return lines.map(cryptoAttribute);
  }

  /** The keys of every stream that an answer takes with SRTP; a sentence where they don't fit the offer. */
  agreed(answer: SessionDescription): ReadonlyMap<number, SrtpKeys> | string {
    const agreed = new Map<number, AgreedCrypto>();
    for (const [index, line] of answer.media.entries()) {
      if (line.port === 0 || !isSecureProfile(line.protocol)) continue;
      const outcome = agreeCrypto(this.#offered.get(index) ?? [], line);
      if (outcome.kind === 'mismatch') return outcome.reason;
      agreed.set(index, outcome.crypto);
    }
    for (const [index, crypto] of agreed) this.#inUse.set(index, crypto);
    return new Map([...agreed].map(([index, crypto]) => [index, keysOf(crypto)]));
  }
}

function keysOf({ ours, theirs }: AgreedCrypto): SrtpKeys {
  return { suite: ours.suite, send: ours.keyAndSalt, receive: theirs.keyAndSalt };
}
