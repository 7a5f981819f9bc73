import { readWord } from './words.js';

/**
 * GHASH (NIST SP 800-38D §6.4) with a table of the key's 256 multiples, as node:crypto offers AES-GCM only with a new object for each
 * packet, which costs ten times what an audio packet does here. Lookups depend on the data, as in every GHASH by table; what they could
 * tell to a neighbour on the same processor is the authentication key.
 */

/** What falls off at the low end when a field element moves by eight bits, for each value of those bits. */
const REDUCTION = reductionTable();

function reductionTable(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = low & 1;
      low >>>= 1;
      // Bits go right: the one that leaves comes back as x^128 = 1 + x + x^2 + x^7.
      low |= (high & 1) << 31;
      high >>>= 1;
      if (carry === 1) high ^= 0xe1000000;
    }
    table[byte] = high;
  }
  return table;
}

/** One message at a time: `begin`, `update`s, `end`; then the four words hold the hash. */
export class Ghash {
  readonly #multiples = new Int32Array(256 * 4);
  #z0 = 0;
  #z1 = 0;
  #z2 = 0;
  #z3 = 0;

  /** `key`: the block of zeros, enciphered (16 bytes). */
  constructor(key: Uint8Array) {
    const table = this.#multiples;
    const view = new DataView(key.buffer, key.byteOffset, 16);
    // The element of byte 0x80 is the key itself; each bit further right is a multiplication by x.
    let v0 = view.getInt32(0);
    let v1 = view.getInt32(4);
    let v2 = view.getInt32(8);
    let v3 = view.getInt32(12);
    for (let bit = 0x80; bit > 0; bit >>= 1) {
      table.set([v0, v1, v2, v3], bit * 4);
      const carry = v3 & 1;
      v3 = (v3 >>> 1) | (v2 << 31);
      v2 = (v2 >>> 1) | (v1 << 31);
      v1 = (v1 >>> 1) | (v0 << 31);
      v0 = (v0 >>> 1) ^ (carry === 1 ? 0xe1000000 : 0);
    }
    for (let byte = 1; byte < 256; byte += 1) {
      const lowest = byte & -byte;
      const rest = byte ^ lowest;
      if (rest === 0) continue;
      for (let word = 0; word < 4; word += 1) {
        table[byte * 4 + word] = (table[lowest * 4 + word] as number) ^ (table[rest * 4 + word] as number);
      }
    }
  }

  begin(): void {
    this.#z0 = 0;
    this.#z1 = 0;
    this.#z2 = 0;
    this.#z3 = 0;
  }

  /** Takes the bytes from `from` to `to`, filled up with zeros to whole blocks. */
  update(bytes: Uint8Array, from: number, to: number): void {
    const table = this.#multiples;
    let y0 = this.#z0;
    let y1 = this.#z1;
    let y2 = this.#z2;
    let y3 = this.#z3;
    for (let at = from; at < to; at += 16) {
      if (at + 16 <= to) {
        y0 ^= readWord(bytes, at);
        y1 ^= readWord(bytes, at + 4);
        y2 ^= readWord(bytes, at + 8);
        y3 ^= readWord(bytes, at + 12);
      } else {
        y0 ^= endWord(bytes, at, to);
        y1 ^= endWord(bytes, at + 4, to);
        y2 ^= endWord(bytes, at + 8, to);
        y3 ^= endWord(bytes, at + 12, to);
      }
      // Horner from the last byte: z = z·x^8 + byte·key.
      let z0 = 0;
      let z1 = 0;
      let z2 = 0;
      let z3 = 0;
      for (let i = 15; i >= 0; i -= 1) {
        const y = i < 8 ? (i < 4 ? y0 : y1) : i < 12 ? y2 : y3;
        const entry = ((y >>> (24 - (i & 3) * 8)) & 0xff) << 2;
        const falls = REDUCTION[z3 & 0xff] as number;
        z3 = ((z3 >>> 8) | (z2 << 24)) ^ (table[entry + 3] as number);
        z2 = ((z2 >>> 8) | (z1 << 24)) ^ (table[entry + 2] as number);
        z1 = ((z1 >>> 8) | (z0 << 24)) ^ (table[entry + 1] as number);
        z0 = (z0 >>> 8) ^ falls ^ (table[entry] as number);
      }
      y0 = z0;
      y1 = z1;
      y2 = z2;
      y3 = z3;
    }
    this.#z0 = y0;
    this.#z1 = y1;
    this.#z2 = y2;
    this.#z3 = y3;
  }

  /** Takes the block of lengths and writes the 16 bytes of the hash to `out`. */
  end(additionalBytes: number, cipherBytes: number, out: Uint8Array): void {
    lengths.setUint32(4, additionalBytes * 8);
    lengths.setUint32(12, cipherBytes * 8);
    this.update(lengthBytes, 0, 16);
    for (let i = 0; i < 4; i += 1) {
      out[i] = this.#z0 >>> (24 - i * 8);
      out[4 + i] = this.#z1 >>> (24 - i * 8);
      out[8 + i] = this.#z2 >>> (24 - i * 8);
      out[12 + i] = this.#z3 >>> (24 - i * 8);
    }
  }
}

const lengthBytes = new Uint8Array(16);
const lengths = new DataView(lengthBytes.buffer);

/** A word of a block that ends at `to`; zeros stand behind. */
function endWord(bytes: Uint8Array, at: number, to: number): number {
  let value = 0;
  for (let i = 0; i < 4; i += 1) if (at + i < to) value |= (bytes[at + i] as number) << (24 - i * 8);
  return value;
}
