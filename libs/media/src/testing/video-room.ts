import { writeRtpHeader } from '../rtp/rtp-header.js';
import { RtpView } from '../rtp/rtp-view.js';
import type { KeyFrameRequest } from '../video/key-frame-requests.js';
import type { VideoEncoding } from '../video/video-payload.js';
import { VideoSwitch, type VideoVerdict } from '../video/video-switch.js';
import { Vp8Descriptor } from '../video/vp8-descriptor.js';

/** A packet that a receiver got, taken apart. */
export interface SeenPacket {
  readonly to: string;
  /** The number of the camera, which stands at the end of each payload; -1 where there is none. */
  readonly from: number;
  readonly isKeyFrameStart: boolean;
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payloadType: number;
  readonly pictureId: number;
  readonly temporalIndex: number;
}

export interface Asked extends KeyFrameRequest {
  readonly of: string;
  readonly atMs: number;
}

/** A camera: frames of two packets, every packet ending with its number. */
export class Camera {
  readonly encoding: VideoEncoding;
  readonly number: number;
  ssrc: number;
  sequence: number;
  #timestamp: number;
  #pictureId: number;
  #temporalIndex: number;

  constructor(encoding: VideoEncoding, number: number, ssrc: number) {
    this.encoding = encoding;
    this.number = number;
    this.ssrc = ssrc;
    this.sequence = number * 1000;
    this.#timestamp = number * 7_000_000;
    this.#pictureId = number * 321;
    this.#temporalIndex = number * 17;
  }

  /** The packets of the next frame. */
  frame(isKey: boolean): [Uint8Array, Uint8Array] {
    this.#timestamp = (this.#timestamp + 3000) >>> 0;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    this.#temporalIndex = (this.#temporalIndex + 1) & 0xff;
    return [this.#packet(this.#payload(isKey, true), false), this.#packet(this.#payload(isKey, false), true)];
  }

  #payload(isKey: boolean, isFirst: boolean): number[] {
    if (this.encoding === 'H264') {
      return [0x7c, (isFirst ? 0x80 : 0x40) | (isKey ? 5 : 1), 0x88, 0, 0, 0, 0, 0, 0, 0, this.number];
    }
    const id = this.#pictureId;
    const descriptor = [isFirst ? 0x90 : 0x80, 0xc0, 0x80 | (id >> 8), id & 0xff, this.#temporalIndex];
    return [...descriptor, isKey ? 0x90 : 0xb1, 2, 13, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1, this.number];
  }

  #packet(payload: readonly number[], marker: boolean): Uint8Array {
    const packet = new Uint8Array(12 + payload.length);
    writeRtpHeader(packet, 0, 96, marker, this.sequence, this.#timestamp, this.ssrc);
    packet.set(payload, 12);
    this.sequence = (this.sequence + 1) & 0xffff;
    return packet;
  }
}

/** A switch with a clock, and all that it sent and asked for. */
export class VideoRoom {
  nowMs = 10_000;
  readonly seen: SeenPacket[] = [];
  readonly asked: Asked[] = [];
  readonly switch: VideoSwitch;
  readonly #view = new RtpView();
  #random = 1;

  constructor(encoding: VideoEncoding) {
    this.switch = new VideoSwitch({
      encoding,
      random: () => {
        this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) >>> 0;
        return this.#random;
      },
      sink: {
        send: (to, packet, length) => this.seen.push(takeApart(encoding, to, packet, length)),
        requestKeyFrame: (of, request) => this.asked.push({ ...request, of, atMs: this.nowMs }),
      },
    });
  }

  /** A member that sends and receives. */
  join(member: string, facts: { readonly pli?: boolean; readonly fir?: boolean } = { pli: true }): void {
    const { pli = false, fir = false } = facts;
    this.switch.setReceiver(member, { payloadType: 100 }, this.nowMs);
    this.switch.setSource(member, { payloadType: 96, pli, fir }, this.nowMs);
  }

  receive(member: string, packet: Uint8Array): VideoVerdict | 'no RTP' {
    if (this.#view.read(packet) !== undefined) return 'no RTP';
    return this.switch.received(member, this.#view, this.nowMs);
  }

  receiveAll(member: string, packets: readonly Uint8Array[]): void {
    for (const packet of packets) this.receive(member, packet);
  }

  wait(ms: number): void {
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs += Math.min(20, end - this.nowMs);
      this.switch.expire(this.nowMs);
    }
  }

  /** What a member got since `forget`. */
  gotBy(member: string): SeenPacket[] {
    return this.seen.filter((packet) => packet.to === member);
  }

  forget(): void {
    this.seen.length = 0;
    this.asked.length = 0;
  }
}

/** Three members, of whom Alice (1) is shown to all and has sent a key frame. */
export function roomOfThree(encoding: VideoEncoding = 'VP8') {
  const all = new VideoRoom(encoding);
  const cameras = {
    alice: new Camera(encoding, 1, 0xa),
    bob: new Camera(encoding, 2, 0xb),
    carol: new Camera(encoding, 3, 0xc),
  };
  for (const member of ['alice', 'bob', 'carol']) all.join(member);
  all.receiveAll('alice', cameras.alice.frame(true));
  return { all, ...cameras };
}

/** The numbers of the cameras that packets came from. */
export function camerasOf(packets: readonly SeenPacket[]): number[] {
  return packets.map((packet) => packet.from);
}

/** Where a receiver's stream isn't one: another SSRC, numbers or pictures that don't go on by one, time that doesn't go on. */
export function breaks(packets: readonly SeenPacket[]): SeenPacket[] {
  return packets.filter((packet, i) => {
    const before = packets[i - 1];
    if (before === undefined) return false;
    const picture = before.marker ? 1 : 0;
    const ticks = (packet.timestamp - before.timestamp) | 0;
    return (
      packet.ssrc !== before.ssrc ||
      packet.sequence !== ((before.sequence + 1) & 0xffff) ||
      (before.marker ? ticks < 900 : ticks !== 0) ||
      (packet.pictureId !== -1 && packet.pictureId !== ((before.pictureId + picture) & 0x7fff)) ||
      (packet.temporalIndex !== -1 && packet.temporalIndex !== ((before.temporalIndex + picture) & 0xff))
    );
  });
}

function takeApart(encoding: VideoEncoding, to: string, packet: Uint8Array, length: number): SeenPacket {
  const view = new RtpView();
  const problem = view.read(packet, length);
  if (problem !== undefined) throw new Error(`a packet that was sent can't be read: ${problem}`);
  const vp8 = new Vp8Descriptor();
  if (encoding === 'VP8' && view.payloadLength > 0) vp8.read(packet, view.payloadOffset, length);
  const { ssrc, sequenceNumber, timestamp, marker, payloadType } = view;
  return {
    to,
    from: view.payloadLength === 0 ? -1 : (packet[length - 1] as number),
    isKeyFrameStart: encoding === 'VP8' ? vp8.startsKeyFrame : packet[view.payloadOffset + 1] === 0x85,
    ssrc,
    sequence: sequenceNumber,
    timestamp,
    marker,
    payloadType,
    pictureId: vp8.pictureId,
    temporalIndex: vp8.temporalIndex,
  };
}
