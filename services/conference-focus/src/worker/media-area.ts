import type { MediaLayout } from './media-addon.js';

/** Words of an address: port, four of the address, scope, family (native/media-area.h). */
export const peerWords = 7;

/** The memory that a thread shares with the add-on, as typed arrays. */
export class MediaArea {
  readonly bytes: Buffer;
  /** Which socket a slot's datagram came to, its length, and how long ago. */
  readonly receivedSocket: Int32Array;
  readonly receivedLength: Int32Array;
  readonly receivedAgeMicros: Int32Array;
  readonly from: Uint32Array;
  readonly sendDescriptor: Int32Array;
  readonly sendOffset: Int32Array;
  readonly sendLength: Int32Array;
  readonly to: Uint32Array;
  readonly layout: MediaLayout;
  readonly #views: (Buffer | undefined)[];

  constructor(area: ArrayBuffer, layout: MediaLayout) {
    const { receiveSlots, sendSlots } = layout;
    this.layout = layout;
    this.bytes = Buffer.from(area);
    this.receivedSocket = new Int32Array(area, layout.receivedSocket, receiveSlots);
    this.receivedLength = new Int32Array(area, layout.receivedLength, receiveSlots);
    this.receivedAgeMicros = new Int32Array(area, layout.receivedAgeMicros, receiveSlots);
    this.from = new Uint32Array(area, layout.from, receiveSlots * peerWords);
    this.sendDescriptor = new Int32Array(area, layout.sendDescriptor, sendSlots);
    this.sendOffset = new Int32Array(area, layout.sendOffset, sendSlots);
    this.sendLength = new Int32Array(area, layout.sendLength, sendSlots);
    this.to = new Uint32Array(area, layout.to, sendSlots * peerWords);
    this.#views = Array.from({ length: receiveSlots });
  }

  /** The datagram of a slot; the same object as before where it is as long, which audio's are. */
  received(slot: number): Buffer {
    const length = this.receivedLength[slot] as number;
    const before = this.#views[slot];
    if (before !== undefined && before.length === length) return before;
    const start = this.layout.receive + slot * this.layout.receiveStride;
    const view = this.bytes.subarray(start, start + length);
    this.#views[slot] = view;
    return view;
  }
}
