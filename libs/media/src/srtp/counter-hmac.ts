import { AES_BLOCK_BYTES, AesCounter } from './aes-counter.js';
import { HmacSha1 } from './hmac-sha1.js';
import type { SessionKeys } from './key-derivation.js';
import { applyKeyStream, KeyStream, type NonceLayout } from './key-stream.js';
import type { PacketTransform } from './transform.js';
import { readWord, writeWord } from './words.js';

/** SRTCP's word of E bit and index (RFC 3711 §3.4). */
const INDEX_BYTES = 4;
const ENCRYPTED = 0x80000000;

const received = new Uint8Array(20);
const computed = new Uint8Array(20);

function saltWords(salt: Uint8Array): Int32Array {
  const padded = new Uint8Array(AES_BLOCK_BYTES);
  padded.set(salt);
  const view = new DataView(padded.buffer);
  return Int32Array.of(view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12));
}

/** AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1), for RTP: the tag also covers the roll-over counter, which isn't sent. */
export class CounterHmacRtp implements PacketTransform {
  readonly overheadBytes: number;
  readonly #aes: AesCounter;
  readonly #layout: NonceLayout;
  readonly #hmac: HmacSha1;

  constructor(keys: SessionKeys, tagBytes: number) {
    this.overheadBytes = tagBytes;
    this.#aes = new AesCounter(keys.encryption);
    this.#layout = { salt: saltWords(keys.salt), shared: true };
    this.#hmac = new HmacSha1(keys.authentication);
  }

  keyStream(ssrc: number): KeyStream {
    return new KeyStream(this.#aes, this.#layout, ssrc);
  }

  seal(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number {
    const at = stream.locate(high, low, Math.ceil((length - header) / AES_BLOCK_BYTES));
    applyKeyStream(packet, header, length, stream.bytes, at);
    // The tag takes the place of the counter that it covers.
    writeWord(packet, length, high);
    this.#hmac.write(packet, length + 4, packet, length, this.overheadBytes);
    return length + this.overheadBytes;
  }

  open(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number {
    const tagBytes = this.overheadBytes;
    const end = length - tagBytes;
    for (let i = 0; i < tagBytes; i += 1) received[i] = packet[end + i] as number;
    writeWord(packet, end, high);
    this.#hmac.write(packet, end + 4, computed, 0, tagBytes);
    for (let i = 0; i < 4; i += 1) packet[end + i] = received[i] as number;
    if (!sameTag(tagBytes)) return -1;
    const at = stream.locate(high, low, Math.ceil((end - header) / AES_BLOCK_BYTES));
    applyKeyStream(packet, header, end, stream.bytes, at);
    return end;
  }
}

/** The same for RTCP: E bit and index are sent before the tag, which covers them. What comes unencrypted is taken as it is (§3.4). */
export class CounterHmacRtcp implements PacketTransform {
  readonly overheadBytes: number;
  readonly #tagBytes: number;
  readonly #aes: AesCounter;
  readonly #layout: NonceLayout;
  readonly #hmac: HmacSha1;

  constructor(keys: SessionKeys, tagBytes: number) {
    this.overheadBytes = INDEX_BYTES + tagBytes;
    this.#tagBytes = tagBytes;
    this.#aes = new AesCounter(keys.encryption);
    this.#layout = { salt: saltWords(keys.salt), shared: true };
    this.#hmac = new HmacSha1(keys.authentication);
  }

  keyStream(ssrc: number): KeyStream {
    return new KeyStream(this.#aes, this.#layout, ssrc);
  }

  seal(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number {
    const at = stream.locate(high, low, Math.ceil((length - header) / AES_BLOCK_BYTES));
    applyKeyStream(packet, header, length, stream.bytes, at);
    writeWord(packet, length, ENCRYPTED | (high << 16) | low);
    this.#hmac.write(packet, length + INDEX_BYTES, packet, length + INDEX_BYTES, this.#tagBytes);
    return length + this.overheadBytes;
  }

  open(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number {
    const tagAt = length - this.#tagBytes;
    const end = tagAt - INDEX_BYTES;
    for (let i = 0; i < this.#tagBytes; i += 1) received[i] = packet[tagAt + i] as number;
    this.#hmac.write(packet, tagAt, computed, 0, this.#tagBytes);
    if (!sameTag(this.#tagBytes)) return -1;
    if (readWord(packet, end) < 0) {
      const at = stream.locate(high, low, Math.ceil((end - header) / AES_BLOCK_BYTES));
      applyKeyStream(packet, header, end, stream.bytes, at);
    }
    return end;
  }
}

/** In a time that doesn't tell how many bytes are right. */
function sameTag(bytes: number): boolean {
  let difference = 0;
  for (let i = 0; i < bytes; i += 1) difference |= (received[i] as number) ^ (computed[i] as number);
  return difference === 0;
}
