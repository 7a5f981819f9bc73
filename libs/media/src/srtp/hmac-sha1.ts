import { SHA1_INITIAL, sha1Compress } from './sha1.js';

/** Of a whole tag. */
export const HMAC_SHA1_BYTES = 20;

const BLOCK_BYTES = 64;
const block = new Uint8Array(BLOCK_BYTES);
const state = new Int32Array(5);

/** HMAC-SHA1 (RFC 2104) under one key of at most 64 bytes. The key's two blocks are hashed once, not for each message. */
export class HmacSha1 {
  readonly #inner = Int32Array.from(SHA1_INITIAL);
  readonly #outer = Int32Array.from(SHA1_INITIAL);

  constructor(key: Uint8Array) {
    if (key.length > BLOCK_BYTES) throw new Error(`an HMAC key has at most ${BLOCK_BYTES} bytes, not ${key.length}`);
    block.fill(0x36);
    for (let i = 0; i < key.length; i += 1) block[i] = (key[i] as number) ^ 0x36;
    sha1Compress(this.#inner, block, 0);
    block.fill(0x5c);
    for (let i = 0; i < key.length; i += 1) block[i] = (key[i] as number) ^ 0x5c;
    sha1Compress(this.#outer, block, 0);
  }

  /** Writes the first `tagBytes` (at most 20) of the tag over `message` from 0 to `length` to `tag`, at `at`; message and tag may share their memory. */
  write(message: Uint8Array, length: number, tag: Uint8Array, at: number, tagBytes: number): void {
    state.set(this.#inner);
    let from = 0;
    for (; from + BLOCK_BYTES <= length; from += BLOCK_BYTES) sha1Compress(state, message, from);
    let left = length - from;
    for (let i = 0; i < left; i += 1) block[i] = message[from + i] as number;
    block[left] = 0x80;
    left += 1;
    if (left > BLOCK_BYTES - 8) {
      block.fill(0, left);
      sha1Compress(state, block, 0);
      left = 0;
    }
    finish(length, left);
    for (let i = 0; i < 5; i += 1) {
      const word = state[i] as number;
      block[i * 4] = word >>> 24;
      block[i * 4 + 1] = word >>> 16;
      block[i * 4 + 2] = word >>> 8;
      block[i * 4 + 3] = word;
    }
    state.set(this.#outer);
    block[HMAC_SHA1_BYTES] = 0x80;
    finish(HMAC_SHA1_BYTES, HMAC_SHA1_BYTES + 1);
    for (let i = 0; i < tagBytes; i += 1) tag[at + i] = (state[i >> 2] as number) >>> (24 - (i & 3) * 8);
  }
}

/** Takes the last block, filled up to `from`, after `length` bytes of message; the key's own block went before them. */
function finish(length: number, from: number): void {
  block.fill(0, from, BLOCK_BYTES - 4);
  // A message of this memory is shorter than 2^29 bytes, so that the upper word of its length in bits stays zero.
  const bits = (BLOCK_BYTES + length) * 8;
  block[60] = bits >>> 24;
  block[61] = bits >>> 16;
  block[62] = bits >>> 8;
  block[63] = bits;
  sha1Compress(state, block, 0);
}
