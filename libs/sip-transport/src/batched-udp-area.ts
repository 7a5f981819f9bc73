import type { BatchCounters } from './datagram-port.js';
import type { UdpAreaLayout } from './udp-addon.js';

/** node:buffer's own copies between bytes and latin1 strings, which look up no encoding by name. */
type Latin1Buffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
};

/** Words of a peer: port, four of address (an IPv4 address is the first), scope. */
export const wordsPerPeer = 6;
const wordBytes = 4;
const wordsPerRefusal = 2;

/** Where the control words are. */
export const Control = { Received: 0, Consumed: 1, Queued: 2, Refused: 3 } as const;

/** The memory that a port shares with the add-on (native/udp-area.h), as typed arrays. */
export class BatchedUdpArea {
  readonly bytes: Latin1Buffer;
  /** See Control. */
  readonly control: Int32Array;
  /** Peers of what was received, and of what is to be sent. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly receivedLength: Int32Array;
  readonly sendOffset: Int32Array;
  readonly sendLength: Int32Array;
  /** Pairs: the slot that wasn't sent, and errno. */
  readonly refusals: Int32Array;
  readonly layout: UdpAreaLayout;
  readonly #counters: Float64Array;

  constructor(area: ArrayBuffer, layout: UdpAreaLayout) {
    const { receiveSlots, sendSlots } = layout;
    this.layout = layout;
    this.bytes = Buffer.from(area) as Latin1Buffer;
    this.control = new Int32Array(area, layout.control, 4);
    this.from = new Int32Array(area, layout.from, receiveSlots * wordsPerPeer);
    this.to = new Int32Array(area, layout.to, sendSlots * wordsPerPeer);
    this.receivedLength = new Int32Array(area, layout.receivedLength, receiveSlots);
    this.sendOffset = new Int32Array(area, layout.sendOffset, sendSlots);
    this.sendLength = new Int32Array(area, layout.sendLength, sendSlots);
    this.refusals = new Int32Array(area, layout.refusals, sendSlots * wordsPerRefusal);
    this.#counters = new Float64Array(area, layout.counters, 5);
  }

  /** The datagram of a slot, one character a byte. */
  received(slot: number, length: number): string {
    const start = this.layout.receive + slot * this.layout.receiveStride;
    return this.bytes.latin1Slice(start, start + length);
  }

  /** The words of a received peer as a string: for a map's key. */
  peerKey(slot: number): string {
    const start = this.layout.from + slot * wordsPerPeer * wordBytes;
    return this.bytes.latin1Slice(start, start + wordsPerPeer * wordBytes);
  }

  get batches(): BatchCounters {
    const [wakeUps = 0, gatheredWaits = 0, reads = 0, readErrors = 0, sends = 0] = this.#counters;
    return { wakeUps, gatheredWaits, reads, readErrors, sends };
  }
}
