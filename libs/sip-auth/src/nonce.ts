import { equalInConstantTime } from './constant-time.js';
import { TextMac } from './mac.js';

/** One sealing key. All edges of a platform share the ring, so that each can tell a true nonce from a made-up one. */
export interface SealKey {
  /** 1 to 8 letters, digits, `-` or `_`; travels in the nonce. */
  readonly id: string;
  /** 16 bytes or more. */
  readonly secret: Uint8Array;
}

/** Who issued a nonce: an edge, and which run of it. */
export interface NonceOrigin {
  readonly edge: string;
  readonly incarnation: string;
}

/** What a true nonce says. */
export interface OpenedNonce {
  readonly kind: 'nonce';
  readonly origin: NonceOrigin;
  /** Milliseconds of Unix time. */
  readonly issuedAtMs: number;
  /** The seal: unique to the nonce, and a string of its own that does not keep a message in memory. */
  readonly seal: string;
}

const NAME = /^[A-Za-z0-9_-]{1,63}$/;
const KEY_ID = /^[A-Za-z0-9_-]{1,8}$/;
const RANDOM = /^[A-Za-z0-9_-]{8,32}$/;
const MAX_NONCE = 256;

/**
 * Issues and opens nonces of the form `key.time.random.edge.incarnation.seal`. RFC 7616 §3.3 leaves the form to the server and
 * advises a timestamp and a private key; naming the edge lets any other edge ask the one that counts uses. The fields are
 * readable and sealed by a MAC: an edge's name is no secret (every branch carries it), and a MAC costs a tenth of
 * an encryption.
 */
export class NonceSealer {
  readonly #origin: NonceOrigin;
  #currentId = '';
  #current: TextMac | undefined;
  #macs: ReadonlyMap<string, TextMac> = new Map();

  /** `keys`: the first seals, all open. An empty ring, or a name that does not fit, is a programming error and throws. */
  constructor(origin: NonceOrigin, keys: readonly SealKey[]) {
    for (const name of [origin.edge, origin.incarnation]) {
      if (!NAME.test(name))
        throw new Error(`a nonce can't name "${name}": 1 to 63 letters, digits, "-" or "_" are allowed`);
    }
    this.#origin = origin;
    this.rekey(keys);
  }

  /** Seals and opens with other keys from now on: the first seals, all open. An empty ring is a programming error and throws. */
  rekey(keys: readonly SealKey[]): void {
    const first = keys[0];
    if (first === undefined) throw new Error('sealing nonces needs at least one key');
    const macs = new Map<string, TextMac>();
    for (const key of keys) {
      if (!KEY_ID.test(key.id))
        throw new Error(`"${key.id}" can't be a key id: 1 to 8 letters, digits, "-" or "_" are allowed`);
      if (macs.has(key.id)) throw new Error(`two sealing keys have the id "${key.id}"`);
      macs.set(key.id, new TextMac(key.secret));
    }
    this.#macs = macs;
    this.#currentId = first.id;
    this.#current = macs.get(first.id);
  }

  /** A fresh nonce. `nowMs`: Unix time; `random`: 8 to 32 base64url characters that never repeat. */
  issue(nowMs: number, random: string): string {
    if (!RANDOM.test(random)) throw new Error('the random part of a nonce has 8 to 32 base64url characters');
    const { edge, incarnation } = this.#origin;
    const text = `${this.#currentId}.${Math.trunc(nowMs).toString(36)}.${random}.${edge}.${incarnation}`;
    return `${text}.${this.#current?.tag(text) ?? ''}`;
  }

  /** What a nonce says, or undefined if this platform's keys did not seal it. */
  open(nonce: string): OpenedNonce | undefined {
    if (nonce.length > MAX_NONCE) return undefined;
    const keyEnd = nonce.indexOf('.');
    const textEnd = nonce.lastIndexOf('.');
    if (keyEnd <= 0 || textEnd <= keyEnd) return undefined;
    const mac = this.#macs.get(nonce.slice(0, keyEnd));
    if (mac === undefined) return undefined;
    const text = nonce.slice(0, textEnd);
    const seal = mac.tag(text);
    if (seal === undefined || !equalInConstantTime(seal, nonce.slice(textEnd + 1))) return undefined;
    const timeEnd = text.indexOf('.', keyEnd + 1);
    const randomEnd = text.indexOf('.', timeEnd + 1);
    const edgeEnd = text.indexOf('.', randomEnd + 1);
    const issuedAtMs = Number.parseInt(text.slice(keyEnd + 1, timeEnd), 36);
    return {
      kind: 'nonce',
      origin: { edge: text.slice(randomEnd + 1, edgeEnd), incarnation: text.slice(edgeEnd + 1) },
      issuedAtMs,
      seal,
    };
  }

  /** True if this sealer's edge and incarnation issued the nonce. */
  owns(nonce: OpenedNonce): boolean {
    return nonce.origin.edge === this.#origin.edge && nonce.origin.incarnation === this.#origin.incarnation;
  }
}
