import {
  type Codec,
  RTP_HEADER_LENGTH,
  SrtpSender,
  writeCname,
  writeRtpHeader,
  writeSenderReport,
} from '@ringdown/media';
import type { Flow } from '@ringdown/sip-transport';
import type { Place } from '../systems/mixing-system.js';

/** Between 1900 and 1970 (RFC 3550 §4). */
const ntpOffsetSec = 2_208_988_800;

/** One packet at a time is written. */
const packet = Buffer.alloc(1600);

/** What one participant sends: a packet each 20 ms, and reports. */
export class Participant {
  readonly #place: Place;
  readonly #ssrc: number;
  readonly #samplesPerPacket: number;
  readonly #srtp: SrtpSender | undefined;
  #sequence: number;
  #timestamp: number;
  #packets = 0;
  #octets = 0;
  #spoke = false;

  constructor(
    readonly rtp: Flow,
    readonly rtcp: Flow | undefined,
    place: Place,
    codec: Codec,
    index: number,
  ) {
    this.#place = place;
    this.#ssrc = 0x10000 + index * 0x101;
    this.#sequence = (index * 97) % 0x4000;
    this.#timestamp = index * 8191;
    this.#samplesPerPacket = codec.clockRate / 50;
    this.#srtp = place.key === undefined ? undefined : new SrtpSender('AES_CM_128_HMAC_SHA1_80', place.key);
  }

  /** The next packet, one character a byte. */
  packet(payload: Uint8Array, speaks: boolean): string {
    const marker = speaks && !this.#spoke;
    this.#spoke = speaks;
    writeRtpHeader(packet, 0, this.#place.payloadType, marker, this.#sequence++, this.#timestamp, this.#ssrc);
    this.#timestamp += this.#samplesPerPacket;
    packet.set(payload, RTP_HEADER_LENGTH);
    this.#packets += 1;
    this.#octets += payload.length;
    return this.#sealed(RTP_HEADER_LENGTH + payload.length, false);
  }

  /** A sender report. */
  report(): string {
    const nowSec = Date.now() / 1000 + ntpOffsetSec;
    const info = {
      ntpSeconds: Math.floor(nowSec),
      ntpFraction: Math.floor((nowSec % 1) * 2 ** 32),
      rtpTimestamp: this.#timestamp >>> 0,
      packets: this.#packets,
      octets: this.#octets,
    };
    const end = writeSenderReport(packet, 0, this.#ssrc, info);
    return this.#sealed(writeCname(packet, end, this.#ssrc, `load-${this.#ssrc}`), true);
  }

  #sealed(length: number, isRtcp: boolean): string {
    if (this.#srtp === undefined) return packet.toString('latin1', 0, length);
    const sealed = isRtcp ? this.#srtp.protectRtcp(packet, length) : this.#srtp.protectRtp(packet, length);
    if (typeof sealed !== 'number') throw new Error(`A packet of the load can't be protected: ${sealed}`);
    return packet.toString('latin1', 0, sealed);
  }
}
