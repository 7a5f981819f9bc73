import { randomInt } from 'node:crypto';
import { RTP_HEADER_LENGTH, SrtpSender, writeRtpHeader } from '@ringdown/media';
import type { SrtpKeys } from '../ports/mixer.js';
import type { MediaSocket } from './media-socket.js';
import type { MediaSource } from './source-latch.js';

/** An Ethernet frame's worth; with room for SRTP's tag. */
const longestPacket = 1500;

/** What a member is sent: one source (RFC 3550) with its numbers, for as long as the member is there. */
export class AudioSender {
  readonly ssrc = randomInt(2 ** 32);
  packetsSent = 0;
  octetsSent = 0;
  #sequence = randomInt(2 ** 16);
  #clockRate = 8000;
  #payloadType = 0;
  #timestampOffset = randomInt(2 ** 32);
  #expectedStartMs = -1;
  #srtp: SrtpSender | undefined;
  #keys: SrtpKeys | undefined;
  // Of its own: what the kernel can't take at once waits here, and must not become another member's packet.
  readonly #packet = Buffer.alloc(longestPacket);
  #view = this.#packet.subarray(0, 0);

  /**
   * What an offer and answer have agreed on. `roomMs`: the room's time, so that timestamps go on where the clock changes. `isElsewhere`: to another
   * address than before, where a new key begins anew (RFC 4568 §7.1.4).
   */
  configure(
    payloadType: number,
    clockRate: number,
    srtp: SrtpKeys | undefined,
    roomMs: number,
    isElsewhere: boolean,
  ): void {
    if (clockRate !== this.#clockRate) {
      this.#timestampOffset += ((this.#clockRate - clockRate) * roomMs) / 1000;
      this.#clockRate = clockRate;
    }
    this.#payloadType = payloadType;
    if (srtp === undefined) this.#srtp = undefined;
    else if (this.#keys === undefined || !sameKey(this.#keys, srtp))
      this.#srtp = new SrtpSender(srtp.suite, srtp.send, isElsewhere ? undefined : this.#srtp);
    this.#keys = srtp;
  }

  /** The RTP timestamp of a moment of the room. */
  timestampAt(roomMs: number): number {
    return Math.round(this.#timestampOffset + (roomMs * this.#clockRate) / 1000) >>> 0;
  }

  /** Sends one packet, whose first sample is of the moment `startMs` of the room. */
  send(
    socket: MediaSocket,
    to: MediaSource,
    payload: Uint8Array,
    length: number,
    startMs: number,
    lengthMs: number,
  ): void {
    const packet = this.#packet;
    const marker = startMs !== this.#expectedStartMs;
    this.#expectedStartMs = startMs + lengthMs;
    writeRtpHeader(packet, 0, this.#payloadType, marker, this.#sequence, this.timestampAt(startMs), this.ssrc);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    if (length === payload.length) packet.set(payload, RTP_HEADER_LENGTH);
    else for (let index = 0; index < length; index++) packet[RTP_HEADER_LENGTH + index] = payload[index] as number;
    let end: number = RTP_HEADER_LENGTH + length;
    if (this.#srtp !== undefined) {
      const sealed = this.#srtp.protectRtp(packet, end);
      if (typeof sealed !== 'number') return;
      end = sealed;
    }
    if (this.#view.length !== end) this.#view = packet.subarray(0, end);
    socket.send(this.#view, to.host, to.port);
    this.packetsSent++;
    this.octetsSent += length;
  }

  /** Protects an RTCP compound where it stands, and returns its length; -1 where it can't be. */
  protectRtcp(compound: Uint8Array, length: number): number {
    if (this.#srtp === undefined) return length;
    const sealed = this.#srtp.protectRtcp(compound, length);
    return typeof sealed === 'number' ? sealed : -1;
  }
}

/** Whether what is sent is protected by the same key. */
function sameKey(one: SrtpKeys, other: SrtpKeys): boolean {
  return one.suite === other.suite && Buffer.compare(one.send, other.send) === 0;
}
