import { randomInt } from 'node:crypto';
import {
  type KeyFrameRequest,
  ReceptionStatistics,
  type RtpView,
  type VideoSent,
  type VideoVerdict,
  writeFullIntra,
  writePictureLoss,
} from '@ringdown/media';
import type { VideoLeg } from '../ports/mixer.js';
import { StreamRtcp } from './stream-rtcp.js';
import { type StreamOwner, StreamTransport } from './stream-transport.js';
import type { ThreadTime } from './thread-time.js';

/** Of video: a key frame of 400 KiB that arrives at once. */
const packetsPerTick = 400;
/** Of video's RTP, always (RFC 7741 §6.1, RFC 6184 §8.1). */
const clockRate = 90_000;

/** What a member's video asks of its room. */
export interface VideoRoom {
  received(member: string, packet: RtpView, nowMs: number): VideoVerdict;
  /** The member has lost the picture. */
  pictureLost(member: string, nowMs: number): void;
}

/** The video of one member: its ports, its packets' way to the room, and what is sent to it. */
export class VideoMember implements StreamOwner {
  readonly id: string;
  readonly transport: StreamTransport;
  leg: VideoLeg | undefined;
  readonly #room: VideoRoom;
  readonly #time: ThreadTime;
  readonly #cname: string;
  #rtcp: StreamRtcp | undefined;
  #rtcpSsrc = -1;
  #statistics: ReceptionStatistics | undefined;
  #ssrc = -1;

  constructor(id: string, cname: string, room: VideoRoom, time: ThreadTime) {
    this.id = id;
    this.#cname = cname;
    this.#room = room;
    this.#time = time;
    this.transport = new StreamTransport(this, time, packetsPerTick);
  }

  /** After an offer and answer. */
  update(leg: VideoLeg | undefined): void {
    this.leg = leg;
    this.transport.configure(leg);
  }

  /** As what it is sent (undefined: nothing) and asks by: an SSRC that changes is another session. */
  reportAs(sent: VideoSent | undefined): void {
    const ssrc = sent?.ssrc ?? (this.#rtcpSsrc === -1 ? randomInt(2 ** 32) : this.#rtcpSsrc);
    if (ssrc === this.#rtcpSsrc) return;
    this.#rtcpSsrc = ssrc;
    this.#rtcp = new StreamRtcp(
      this.transport,
      {
        bye: (ended) => this.transport.latch.ended(ended),
        lost: () => undefined,
        pictureLost: () => this.#room.pictureLost(this.id, this.#time.now()),
      },
      { ssrc, cname: this.#cname, clockRate },
    );
  }

  takes(payloadType: number): boolean {
    return payloadType === this.leg?.receivePayloadType;
  }

  taken(packet: RtpView, nowMs: number): void {
    if (packet.ssrc !== this.#ssrc || this.#statistics === undefined) {
      this.#ssrc = packet.ssrc;
      this.#statistics = new ReceptionStatistics({ clockRate });
    }
    this.#statistics.received(packet.sequenceNumber, packet.timestamp, nowMs);
    const verdict = this.#room.received(this.id, packet, nowMs);
    if (verdict !== 'taken') this.transport.refused[verdict]++;
  }

  takenRtcp(compound: Uint8Array, length: number, nowMs: number): void {
    this.#rtcp?.read(compound, length, nowMs);
  }

  latched(): void {}

  /** Sends it a packet of whom it sees; there is room for SRTP behind it. */
  send(packet: Uint8Array, length: number, sent: VideoSent, nowMs: number): void {
    if (this.transport.send(packet, length)) this.#rtcp?.session.sent(sent.timestamp, length - 12, nowMs);
  }

  /** Asks it for a key frame, by RTCP. */
  request({ means, mediaSsrc, firSequence }: KeyFrameRequest, nowMs: number): void {
    this.#rtcp?.ask(nowMs, this.#ssrc, this.#statistics, (compound, offset) =>
      means === 'fir'
        ? writeFullIntra(compound, offset, this.#rtcpSsrc, mediaSsrc, firSequence)
        : writePictureLoss(compound, offset, this.#rtcpSsrc, mediaSsrc),
    );
  }

  /** Once a tick. */
  afterTick(nowMs: number): void {
    this.transport.afterTick(nowMs);
    if (this.transport.maySend || this.transport.mayReceive) this.#rtcp?.report(nowMs, this.#ssrc, this.#statistics);
  }

  /** Resolves when its ports are free. */
  close(): Promise<void> {
    this.#rtcp?.end(this.#time.now());
    return this.transport.close();
  }
}
