import { type MediaArea, peerWords } from './media-area.js';
import type { DatagramReader, MediaSocket } from './media-socket.js';
import type { SocketBatch } from './socket-batch.js';

/** What the batch has bound. */
export interface BoundSocket {
  readonly descriptor: number;
  /** Its own in the batch. */
  readonly number: number;
  readonly local: Uint32Array;
}

/** One socket of a batch: it is read when the batch is, and what it sends leaves with the batch. */
export class BatchedSocket implements MediaSocket {
  readonly #batch: SocketBatch;
  readonly #bound: BoundSocket;
  readonly #read: DatagramReader;
  #isClosed = false;
  #guard: 'none' | 'peer' | 'itself' = 'none';
  /** Where the last datagram came from, as words and as text. */
  readonly #from = new Uint32Array(peerWords);
  #fromHost = '';
  /** Where the last one went to. */
  #to: Uint32Array | undefined;
  #toHost = '';

  constructor(batch: SocketBatch, bound: BoundSocket, read: DatagramReader) {
    this.#batch = batch;
    this.#bound = bound;
    this.#read = read;
  }

  /** A datagram of its own has come. */
  received(area: MediaArea, slot: number, nowMs: number): void {
    if (this.#guard === 'itself') return;
    const from = this.#from;
    let isSame = true;
    // The port, which comes first, is no part of the text.
    for (let word = 1, at = slot * peerWords + 1; word < peerWords; word++, at++) {
      const value = area.from[at] as number;
      if (from[word] === value) continue;
      from[word] = value;
      isSame = false;
    }
    if (!isSame) this.#fromHost = this.#batch.hostOf(from);
    const port = area.from[slot * peerWords] as number;
    const ageMs = (area.receivedAgeMicros[slot] as number) / 1000;
    this.#read(area.received(slot), this.#fromHost, port, nowMs - ageMs);
  }

  send(bytes: Uint8Array, host: string, port: number): void {
    if (this.#isClosed || this.#guard === 'itself') return;
    if (host !== this.#toHost || this.#to === undefined) {
      this.#to = this.#batch.peer(host, port);
      this.#toHost = host;
      if (this.#to === undefined) return;
    }
    this.#to[0] = port;
    this.#batch.queue(this.#bound.descriptor, bytes, this.#to);
  }

  guard(peer: { readonly host: string; readonly port: number } | undefined): void {
    if (this.#isClosed || this.#guard !== 'none') return;
    const words = peer === undefined ? this.#bound.local : this.#batch.peer(peer.host, peer.port);
    this.#guard = peer === undefined ? 'itself' : 'peer';
    this.#batch.connect(this.#bound.descriptor, words);
  }

  unguard(): void {
    if (this.#isClosed || this.#guard === 'none') return;
    this.#guard = 'none';
    this.#batch.connect(this.#bound.descriptor, undefined);
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#batch.close(this.#bound.descriptor, this.#bound.number);
    }
    return Promise.resolve();
  }
}
