import { type Cipheriv, createCipheriv } from 'node:crypto';

export const AES_BLOCK_BYTES = 16;

/** AES in counter mode under one key: one cipher object for good, one call for as many blocks as are asked for. */
export class AesCounter {
  readonly #cipher: Cipheriv;
  #counters = new Uint8Array(0);
  #view = new DataView(this.#counters.buffer);
  #room = 0;

  /** A key of 16 or 32 bytes. */
  constructor(key: Uint8Array) {
    // Each block is enciphered by itself, so that nothing is carried from one call to the next.
    this.#cipher = createCipheriv(key.length === 32 ? 'aes-256-ecb' : 'aes-128-ecb', key, null);
    this.#cipher.setAutoPadding(false);
  }

  /** Makes room for `blocks` counter blocks; `put` fills it from the first on. */
  begin(blocks: number): void {
    this.#room = blocks;
    const bytes = blocks * AES_BLOCK_BYTES;
    if (this.#counters.length >= bytes) return;
    this.#counters = new Uint8Array(bytes);
    this.#view = new DataView(this.#counters.buffer);
  }

  /** Writes `blocks` counter blocks from the `at`-th on: four words, the last one counting up. */
  put(at: number, blocks: number, w0: number, w1: number, w2: number, w3: number): void {
    const view = this.#view;
    for (let i = 0, offset = at * AES_BLOCK_BYTES; i < blocks; i += 1, offset += AES_BLOCK_BYTES) {
      view.setInt32(offset, w0);
      view.setInt32(offset + 4, w1);
      view.setInt32(offset + 8, w2);
      view.setInt32(offset + 12, w3 + i);
    }
  }

  /** Writes the key stream of the blocks that were put to the beginning of `stream`, which has room for it, and returns it. */
  encipher(stream: Uint8Array): Uint8Array {
    const bytes = this.#room * AES_BLOCK_BYTES;
    const made = this.#cipher.update(
      this.#counters.length === bytes ? this.#counters : this.#counters.subarray(0, bytes),
    );
    stream.set(made);
    // It has memory of its own, outside of the heap. Left to the garbage collector, that grows until V8 marks all there is: 50 ms.
    if (made.buffer.byteLength === made.length) made.buffer.transfer(0);
    return stream;
  }
}
