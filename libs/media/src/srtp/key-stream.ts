import { AES_BLOCK_BYTES, type AesCounter } from './aes-counter.js';

/** Made in one call: a call costs as much as enciphering about this much. */
const AHEAD_BLOCKS = 128;
/** The longest packet, in blocks, that later runs leave room for although the packet at hand is shorter: audio of changing length. */
const STEADY_BLOCKS = 16;

/** Where the counter mode of a suite has the number of a packet: words one to three of its first counter block, less salt. */
export interface NonceLayout {
  readonly salt: Int32Array;
  /** 16 where the block counter shares its word with the packet's number (RFC 3711 §4.1.1), 0 where it has its own (RFC 7714 §8.1). */
  readonly shared: boolean;
}

/**
 * The key stream of one SSRC, for the packet at hand and, in the same call of the cipher, for those that will follow it. Packets have a
 * number of 48 bits: the upper 32 (roll-over counter) and the lower 16 (sequence number); SRTCP's index is taken apart likewise.
 */
export class KeyStream {
  /** What it holds is valid until the next `locate`. */
  bytes: Uint8Array = new Uint8Array(0);
  readonly #aes: AesCounter;
  readonly #layout: NonceLayout;
  readonly #ssrc: number;
  #high = -1;
  #low = 0;
  #packets = 0;
  #stride = 0;

  constructor(aes: AesCounter, layout: NonceLayout, ssrc: number) {
    this.#aes = aes;
    this.#layout = layout;
    this.#ssrc = ssrc;
  }

  /** Where in `bytes` the key stream of a packet begins; `blocks` of it are there. */
  locate(high: number, low: number, blocks: number): number {
    const ahead = low - this.#low;
    if (high !== this.#high || ahead < 0 || ahead >= this.#packets || blocks > this.#stride) {
      this.#fill(high, low, blocks);
      return 0;
    }
    return ahead * this.#stride * AES_BLOCK_BYTES;
  }

  #fill(high: number, low: number, blocks: number): void {
    const stride = Math.max(blocks, Math.min(this.#stride, STEADY_BLOCKS));
    const most = Math.max(1, Math.floor(AHEAD_BLOCKS / stride));
    // Up to a multiple: streams begin with numbers of their own, so that many of them aren't all filled in the same moment.
    const packets = Math.min(most - (low % most), 0x10000 - low);
    const { salt, shared } = this.#layout;
    const [s0, s1, s2, s3] = salt as unknown as [number, number, number, number];
    const ssrc = this.#ssrc;
    this.#aes.begin(stride * packets);
    for (let i = 0; i < packets; i += 1) {
      const number = low + i;
      if (shared) this.#aes.put(i * stride, stride, s0, s1 ^ ssrc, s2 ^ high, s3 ^ (number << 16));
      else {
        const w0 = s0 ^ (ssrc >>> 16);
        const w1 = s1 ^ ((ssrc << 16) | (high >>> 16));
        const w2 = s2 ^ ((high << 16) | number);
        // Block 1 masks the tag, the text begins with block 2 (NIST SP 800-38D §7.1).
        this.#aes.put(i * stride, stride, w0, w1, w2, 1);
      }
    }
    if (this.bytes.length < stride * packets * AES_BLOCK_BYTES)
      this.bytes = new Uint8Array(stride * most * AES_BLOCK_BYTES);
    this.#aes.encipher(this.bytes);
    this.#high = high;
    this.#low = low;
    this.#packets = packets;
    this.#stride = stride;
  }
}

/** Combines the bytes from `from` to `to` with the key stream from `at` on. */
export function applyKeyStream(bytes: Uint8Array, from: number, to: number, stream: Uint8Array, at: number): void {
  for (let i = from, k = at; i < to; i += 1, k += 1) bytes[i] = (bytes[i] as number) ^ (stream[k] as number);
}
