import type { RtpView } from '../rtp/rtp-view.js';
import type { PlayoutFrame } from './playout.js';

/** A place for one packet. Its bytes grow to the largest payload that it has held, and are used again. */
export class PacketSlot implements PlayoutFrame {
  payloadType = 0;
  payload: Uint8Array = NO_BYTES;
  timestamp = 0;
  sequenceNumber = 0;
  marker = false;
  ticks = 0;
  #bytes: Uint8Array = NO_BYTES;

  fill(packet: RtpView, timestamp: number): void {
    const { payloadLength, payloadOffset, bytes } = packet;
    if (payloadLength > this.#bytes.length) {
      this.#bytes = new Uint8Array(payloadLength);
      this.payload = this.#bytes;
    } else if (payloadLength !== this.payload.length) this.payload = this.#bytes.subarray(0, payloadLength);
    const own = this.#bytes;
    for (let i = 0; i < payloadLength; i++) own[i] = bytes[payloadOffset + i]!;
    this.payloadType = packet.payloadType;
    this.timestamp = timestamp;
    this.sequenceNumber = packet.sequenceNumber;
    this.marker = packet.marker;
  }
}

const NO_BYTES = new Uint8Array(0);

/** Packets in the order of their timestamps, in places that are made once. */
export class PacketSlots {
  /** The first `length` are in use, the earliest first; the others are free. */
  readonly #slots: PacketSlot[];
  length = 0;

  constructor(capacity: number) {
    this.#slots = Array.from({ length: capacity }, () => new PacketSlot());
  }

  get isFull(): boolean {
    return this.length === this.#slots.length;
  }

  get first(): PacketSlot | undefined {
    return this.length === 0 ? undefined : this.#slots[0];
  }

  /** The place that `add` would take. */
  get free(): PacketSlot {
    return this.#slots[this.length]!;
  }

  /** Puts what was filled into `free` where its timestamp belongs; false where that is taken, then the place stays free. */
  add(): boolean {
    const slots = this.#slots;
    const added = slots[this.length]!;
    let at = this.length;
    while (at > 0 && slots[at - 1]!.timestamp > added.timestamp) at--;
    if (at > 0 && slots[at - 1]!.timestamp === added.timestamp) return false;
    for (let i = this.length; i > at; i--) slots[i] = slots[i - 1]!;
    slots[at] = added;
    this.length++;
    return true;
  }

  /** Takes the earliest out. It stays as it is until the next packet is filled in. */
  shift(): PacketSlot {
    const slots = this.#slots;
    const first = slots[0]!;
    const last = --this.length;
    for (let i = 0; i < last; i++) slots[i] = slots[i + 1]!;
    slots[last] = first;
    return first;
  }

  clear(): void {
    this.length = 0;
  }
}
