import { AES_BLOCK_BYTES, AesCounter } from './aes-counter.js';
import { Ghash } from './ghash.js';
import type { SessionKeys } from './key-derivation.js';
import { applyKeyStream, KeyStream, type NonceLayout } from './key-stream.js';
import type { PacketTransform } from './transform.js';
import { readWord, writeWord } from './words.js';

const TAG_BYTES = 16;
/** SRTCP's word of E bit and index; it stands behind the tag (RFC 7714 §9.2). */
const INDEX_BYTES = 4;
const ENCRYPTED = 0x80000000;

const computed = new Uint8Array(TAG_BYTES);
const additional = new Uint8Array(12);

/** AES-GCM under one session key: counter mode by the persistent cipher, GHASH by table. */
class Gcm {
  readonly #aes: AesCounter;
  readonly #layout: NonceLayout;
  readonly ghash: Ghash;

  constructor(keys: SessionKeys) {
    this.#aes = new AesCounter(keys.encryption);
    this.#aes.begin(1);
    this.#aes.put(0, 1, 0, 0, 0, 0);
    this.ghash = new Ghash(this.#aes.encipher(new Uint8Array(AES_BLOCK_BYTES)));
    // RFC 7714 §8.1: two zero bytes, SSRC, roll-over counter, sequence number; the salt covers all twelve.
    const view = new DataView(keys.salt.buffer, keys.salt.byteOffset, 12);
    this.#layout = { salt: Int32Array.of(view.getInt32(0), view.getInt32(4), view.getInt32(8), 0), shared: false };
  }

  keyStream(ssrc: number): KeyStream {
    return new KeyStream(this.#aes, this.#layout, ssrc);
  }

  /** The tag over what was hashed, to `computed`. */
  tag(additionalBytes: number, cipherBytes: number, stream: Uint8Array, at: number): void {
    this.ghash.end(additionalBytes, cipherBytes, computed);
    applyKeyStream(computed, 0, TAG_BYTES, stream, at);
  }
}

function blocksOf(bytes: number): number {
  return 1 + Math.ceil(bytes / AES_BLOCK_BYTES);
}

/** In a time that doesn't tell how many bytes are right. */
function isTag(packet: Uint8Array, at: number): boolean {
  let difference = 0;
  for (let i = 0; i < TAG_BYTES; i += 1) difference |= (packet[at + i] as number) ^ (computed[i] as number);
  return difference === 0;
}

/** AEAD_AES_128_GCM and AEAD_AES_256_GCM for RTP (RFC 7714 §8): the header is the additional data. */
export class AeadGcmRtp implements PacketTransform {
  readonly overheadBytes = TAG_BYTES;
  readonly #gcm: Gcm;

  constructor(keys: SessionKeys) {
    this.#gcm = new Gcm(keys);
  }

  keyStream(ssrc: number): KeyStream {
    return this.#gcm.keyStream(ssrc);
  }

  seal(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number {
    const at = stream.locate(high, low, blocksOf(length - header));
    applyKeyStream(packet, header, length, stream.bytes, at + AES_BLOCK_BYTES);
    this.#authenticate(packet, header, length, stream.bytes, at);
    for (let i = 0; i < TAG_BYTES; i += 1) packet[length + i] = computed[i] as number;
    return length + TAG_BYTES;
  }

  open(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number {
    const end = length - TAG_BYTES;
    const at = stream.locate(high, low, blocksOf(end - header));
    this.#authenticate(packet, header, end, stream.bytes, at);
    if (!isTag(packet, end)) return -1;
    applyKeyStream(packet, header, end, stream.bytes, at + AES_BLOCK_BYTES);
    return end;
  }

  #authenticate(packet: Uint8Array, header: number, end: number, stream: Uint8Array, at: number): void {
    const { ghash } = this.#gcm;
    ghash.begin();
    ghash.update(packet, 0, header);
    ghash.update(packet, header, end);
    this.#gcm.tag(header, end - header, stream, at);
  }
}

/** The same for RTCP (RFC 7714 §9): the additional data are the header and the word behind the tag, or all but the tag where E is not set. */
export class AeadGcmRtcp implements PacketTransform {
  readonly overheadBytes = TAG_BYTES + INDEX_BYTES;
  readonly #gcm: Gcm;

  constructor(keys: SessionKeys) {
    this.#gcm = new Gcm(keys);
  }

  keyStream(ssrc: number): KeyStream {
    return this.#gcm.keyStream(ssrc);
  }

  seal(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number {
    const at = stream.locate(high, low, blocksOf(length - header));
    applyKeyStream(packet, header, length, stream.bytes, at + AES_BLOCK_BYTES);
    const word = ENCRYPTED | (high << 16) | low;
    this.#authenticate(packet, header, length, word, stream.bytes, at);
    for (let i = 0; i < TAG_BYTES; i += 1) packet[length + i] = computed[i] as number;
    writeWord(packet, length + TAG_BYTES, word);
    return length + this.overheadBytes;
  }

  open(stream: KeyStream, packet: Uint8Array, header: number, length: number, high: number, low: number): number {
    const end = length - this.overheadBytes;
    const word = readWord(packet, length - INDEX_BYTES);
    const isEncrypted = word < 0;
    const at = stream.locate(high, low, blocksOf(isEncrypted ? end - header : 0));
    if (isEncrypted) this.#authenticate(packet, header, end, word, stream.bytes, at);
    else this.#authenticateClear(packet, end, word, stream.bytes, at);
    if (!isTag(packet, end)) return -1;
    if (isEncrypted) applyKeyStream(packet, header, end, stream.bytes, at + AES_BLOCK_BYTES);
    return end;
  }

  #authenticate(packet: Uint8Array, header: number, end: number, word: number, stream: Uint8Array, at: number): void {
    const { ghash } = this.#gcm;
    for (let i = 0; i < header; i += 1) additional[i] = packet[i] as number;
    writeWord(additional, header, word);
    ghash.begin();
    ghash.update(additional, 0, header + INDEX_BYTES);
    ghash.update(packet, header, end);
    this.#gcm.tag(header + INDEX_BYTES, end - header, stream, at);
  }

  #authenticateClear(packet: Uint8Array, end: number, word: number, stream: Uint8Array, at: number): void {
    const { ghash } = this.#gcm;
    // The word follows the packet in what is hashed; for that time it stands where the tag begins.
    const kept = readWord(packet, end);
    writeWord(packet, end, word);
    ghash.begin();
    ghash.update(packet, 0, end + INDEX_BYTES);
    writeWord(packet, end, kept);
    this.#gcm.tag(end + INDEX_BYTES, 0, stream, at);
  }
}
