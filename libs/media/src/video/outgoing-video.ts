import { writeRtpHeader } from '../rtp/rtp-header.js';
import { RTP_HEADER_LENGTH, type RtpView } from '../rtp/rtp-view.js';
import type { Vp8Descriptor } from './vp8-descriptor.js';

/** Of video's RTP clock, always 90 kHz (RFC 7741 §6.1, RFC 6184 §8.1). */
const TICKS_PER_MS = 90;
/** Between the last frame of one source and the first of the next, at least. */
const LEAST_GAP_TICKS = 900;

/**
 * The stream that one receiver gets: one SSRC, sequence numbers, timestamps and VP8's picture numbers that go on over every change of the
 * source. Within a source all distances stay as they are, so that a receiver sees what was lost on the way here.
 */
export class OutgoingVideo {
  readonly ssrc: number;
  payloadType: number;
  packetsSent = 0;
  /** Payload only, as RFC 3550 §6.4.1 counts. */
  octetsSent = 0;
  /** Of the newest packet, and when it was sent: what a sender report needs. */
  timestamp: number;
  timestampAtMs = 0;
  /** Counts on over its 16 bits. */
  #sequence: number;
  #pictureId = -1;
  #temporalIndex = -1;
  #fromSequence = 0;
  #sequenceShift = 0;
  #timestampShift = 0;
  #pictureShift = 0;
  #temporalShift = 0;

  /** `random`: 32 bits each time. */
  constructor(payloadType: number, random: () => number) {
    this.payloadType = payloadType;
    this.ssrc = random() >>> 0;
    // Far below 2^15, so that SRTP's roll-over counter can't be mistaken at the beginning (RFC 3711 §3.3.1).
    this.#sequence = random() & 0x3fff;
    this.timestamp = random() >>> 0;
  }

  /** The next packets are of another source, beginning with this one; `sequence` is its number, continued over wraps. */
  begin(view: RtpView, sequence: number, vp8: Vp8Descriptor | undefined, nowMs: number): void {
    const elapsed = this.packetsSent === 0 ? 0 : Math.round((nowMs - this.timestampAtMs) * TICKS_PER_MS);
    this.#fromSequence = sequence;
    this.#sequenceShift = this.#sequence + 1 - sequence;
    this.#timestampShift = this.timestamp + Math.max(LEAST_GAP_TICKS, elapsed) - view.timestamp;
    if (vp8 === undefined) return;
    this.#pictureShift = this.#pictureId === -1 ? 0 : this.#pictureId + 1 - vp8.pictureId;
    this.#temporalShift = this.#temporalIndex === -1 ? 0 : this.#temporalIndex + 1 - vp8.temporalIndex;
  }

  /**
   * Writes the packet with its `payload` as this receiver gets it to `out` and returns its length; -1 for a packet from before the source's turn. Contributing
   * sources, extensions and padding were agreed on with the source, not with the receiver, and stay behind.
   */
  write(
    out: Uint8Array,
    view: RtpView,
    payload: Uint8Array,
    sequence: number,
    vp8: Vp8Descriptor | undefined,
    nowMs: number,
  ): number {
    if (sequence < this.#fromSequence) return -1;
    const outgoing = sequence + this.#sequenceShift;
    const timestamp = (view.timestamp + this.#timestampShift) >>> 0;
    writeRtpHeader(out, 0, this.payloadType, view.marker, outgoing & 0xffff, timestamp, this.ssrc);
    out.set(payload, RTP_HEADER_LENGTH);
    if (vp8 !== undefined && payload.length > 0) {
      this.#writePictureNumbers(out, RTP_HEADER_LENGTH - view.payloadOffset, vp8, outgoing > this.#sequence);
    }
    if (outgoing > this.#sequence) {
      this.#sequence = outgoing;
      if (timestamp !== this.timestamp) this.timestampAtMs = nowMs;
      this.timestamp = timestamp;
    }
    this.packetsSent += 1;
    this.octetsSent += payload.length;
    return RTP_HEADER_LENGTH + payload.length;
  }

  #writePictureNumbers(out: Uint8Array, shift: number, vp8: Vp8Descriptor, isNewest: boolean): void {
    if (vp8.pictureId !== -1) {
      const at = vp8.pictureIdOffset + shift;
      const id = (vp8.pictureId + this.#pictureShift) & (vp8.hasLongPictureId ? 0x7fff : 0x7f);
      if (vp8.hasLongPictureId) {
        out[at] = 0x80 | (id >> 8);
        out[at + 1] = id;
      } else out[at] = id;
      if (isNewest) this.#pictureId = id;
    }
    if (vp8.temporalIndex === -1) return;
    const index = (vp8.temporalIndex + this.#temporalShift) & 0xff;
    out[vp8.temporalIndexOffset + shift] = index;
    if (isNewest) this.#temporalIndex = index;
  }
}
