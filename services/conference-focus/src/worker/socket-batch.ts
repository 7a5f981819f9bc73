import { performance } from 'node:perf_hooks';
import { getSystemErrorName } from 'node:util';
import { BatchedSocket } from './batched-socket.js';
import { loadMediaAddon, type MediaAddon, type MediaHandle } from './media-addon.js';
import { MediaArea, peerWords } from './media-area.js';
import { type DatagramReader, receiveBufferBytes } from './media-socket.js';

/** Of one turn: who floods fills them, and whatever else there is has come with the first. */
const mostReads = 256;

/**
 * Sockets that a thread reads and writes all at once, when it says: nothing wakes it for a packet, and one call into the add-on serves all of them. The
 * kernel notes when each datagram came.
 */
export class SocketBatch {
  readonly #addon: MediaAddon;
  readonly #handle: MediaHandle;
  readonly #area: MediaArea;
  readonly #sockets: (BatchedSocket | undefined)[] = [];
  readonly #freeNumbers: number[] = [];
  #queued = 0;
  #queuedBytes = 0;

  /** Undefined where the add-on wasn't built. */
  static begin(addon: MediaAddon | undefined = loadMediaAddon()): SocketBatch | undefined {
    if (addon === undefined) return undefined;
    const begun = addon.begin();
    if (typeof begun === 'number') throw new Error(`Media sockets can't be had: ${getSystemErrorName(begun)}`);
    return new SocketBatch(addon, begun.handle, new MediaArea(begun.area, addon.layout));
  }

  private constructor(addon: MediaAddon, handle: MediaHandle, area: MediaArea) {
    this.#addon = addon;
    this.#handle = handle;
    this.#area = area;
  }

  /** Binds a socket; see OpenMediaSocket. */
  async open(host: string, port: number, read: DatagramReader): Promise<BatchedSocket | undefined> {
    const local = this.peer(host, port);
    const number = this.#freeNumbers.pop() ?? this.#sockets.length;
    const descriptor = local === undefined ? -1 : this.#addon.bind(this.#handle, local, number, receiveBufferBytes);
    if (local !== undefined && descriptor >= 0) {
      const socket = new BatchedSocket(this, { descriptor, number, local }, read);
      this.#sockets[number] = socket;
      return socket;
    }
    this.#freeNumbers.push(number);
    const code = local === undefined ? 'EINVAL' : getSystemErrorName(descriptor);
    if (code === 'EADDRINUSE') return undefined;
    throw Object.assign(new Error(`bind ${code} ${host}:${port}`), { code });
  }

  /** Reads all that has come. */
  receive(): void {
    const area = this.#area;
    for (let reads = 0; reads < mostReads; reads++) {
      const count = this.#addon.receive(this.#handle);
      if (count === 0) return;
      const nowMs = performance.now();
      for (let slot = 0; slot < count; slot++)
        this.#sockets[area.receivedSocket[slot] as number]?.received(area, slot, nowMs);
    }
  }

  /** Sends all that is queued. What the kernel doesn't take is lost. */
  flush(): void {
    if (this.#queued === 0) return;
    this.#addon.send(this.#handle, this.#queued);
    this.#queued = 0;
    this.#queuedBytes = 0;
  }

  /** Queues a datagram; it leaves with the next `flush`. */
  queue(descriptor: number, bytes: Uint8Array, peer: Uint32Array): void {
    const area = this.#area;
    const { length } = bytes;
    if (length > area.layout.sendBytes) return;
    if (this.#queued === area.layout.sendSlots || this.#queuedBytes + length > area.layout.sendBytes) this.flush();
    const slot = this.#queued++;
    area.bytes.set(bytes, area.layout.send + this.#queuedBytes);
    area.sendDescriptor[slot] = descriptor;
    area.sendOffset[slot] = this.#queuedBytes;
    area.sendLength[slot] = length;
    for (let word = 0, at = slot * peerWords; word < peerWords; word++, at++) area.to[at] = peer[word] as number;
    this.#queuedBytes += length;
  }

  /** Lets a socket take datagrams of one peer only; of everybody without one. */
  connect(descriptor: number, peer: Uint32Array | undefined): void {
    this.flush();
    this.#addon.connect(descriptor, peer);
  }

  /** What is queued leaves before. The port is free afterwards. */
  close(descriptor: number, number: number): void {
    this.flush();
    if (this.#sockets[number] === undefined) return;
    this.#sockets[number] = undefined;
    this.#freeNumbers.push(number);
    this.#addon.close(this.#handle, descriptor);
  }

  /** The words of an address; undefined for what is none. */
  peer(host: string, port: number): Uint32Array | undefined {
    const words = new Uint32Array(peerWords);
    if (!this.#addon.parse(host, words)) return undefined;
    words[0] = port;
    return words;
  }

  hostOf(peer: Uint32Array): string {
    return this.#addon.format(peer);
  }
}
