import { randomInt } from 'node:crypto';
import { type MixOutput, RTP_HEADER_LENGTH, writeRtpHeader } from '@ringdown/media';

/** An Ethernet frame's worth; with room for SRTP's tag. */
const longestPacket = 1500;

/** What a member is sent: one source (RFC 3550) with its numbers, for as long as the member is there. */
export class VoiceOut {
  readonly ssrc = randomInt(2 ** 32);
  // Of its own: what the kernel can't take at once waits here, and must not become another member's packet.
  readonly packet = Buffer.alloc(longestPacket);
  // Below 2^15, so that SRTP's roll-over counter can't be mistaken at the beginning (RFC 3711 §3.3.1).
  #sequence = randomInt(2 ** 15);
  #clockRate = 8000;
  #payloadType = 0;
  #timestampOffset = randomInt(2 ** 32);
  #expectedStartMs = -1;

  get clockRate(): number {
    return this.#clockRate;
  }

  /** `roomMs`: the room's time at which it begins to hold, so that timestamps go on where the clock changes. */
  configure(payloadType: number, clockRate: number, roomMs: number): void {
    if (clockRate !== this.#clockRate) {
      this.#timestampOffset += ((this.#clockRate - clockRate) * roomMs) / 1000;
      this.#clockRate = clockRate;
    }
    this.#payloadType = payloadType;
  }

  /** The RTP timestamp of a moment of the room. */
  timestampAt(roomMs: number): number {
    return Math.round(this.#timestampOffset + (roomMs * this.#clockRate) / 1000) >>> 0;
  }

  /** Writes a packet of the mix to `packet` and returns its length. */
  write(output: MixOutput, index: number): number {
    const { packet } = this;
    const payload = output.payloads[index] as Uint8Array;
    const length = output.lengths[index] as number;
    const { ptimeMs } = output.profile;
    const startMs = output.startMs + index * ptimeMs;
    const marker = startMs !== this.#expectedStartMs;
    this.#expectedStartMs = startMs + ptimeMs;
    writeRtpHeader(packet, 0, this.#payloadType, marker, this.#sequence, this.timestampAt(startMs), this.ssrc);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    for (let at = 0; at < length; at++) packet[RTP_HEADER_LENGTH + at] = payload[at] as number;
    return RTP_HEADER_LENGTH + length;
  }
}
