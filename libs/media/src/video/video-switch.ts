import type { RtpView } from '../rtp/rtp-view.js';
import type { KeyFrameRequest } from './key-frame-requests.js';
import { OutgoingVideo } from './outgoing-video.js';
import { type VideoEncoding, VideoPayload } from './video-payload.js';
import { meansOf, VideoSource, type VideoSourceFacts } from './video-source.js';

/** Where the packets and requests of a room go. */
export interface VideoSink {
  /**
   * Sends the RTP packet in 0 … `length` to a member. The memory is the switch's and is written over by the next packet; behind the packet
   * is room for what SRTP adds.
   */
  send(member: string, packet: Uint8Array, length: number): void;
  /** Asks a member for a key frame. */
  requestKeyFrame(member: string, request: KeyFrameRequest): void;
}

export interface VideoSwitchOptions {
  /** The one encoding of the room: nothing is transcoded. */
  readonly encoding: VideoEncoding;
  readonly sink: VideoSink;
  /** 32 bits each time: SSRCs and first numbers. */
  readonly random: () => number;
}

/** What a member that receives video agreed on. */
export interface VideoReceiverFacts {
  readonly payloadType: number;
}

/** What was sent to a receiver, for its sender reports (RFC 3550 §6.4.1). */
export type VideoSent = Pick<OutgoingVideo, 'ssrc' | 'packetsSent' | 'octetsSent' | 'timestamp' | 'timestampAtMs'>;

/** What became of a packet that came in. */
export type VideoVerdict = 'taken' | 'malformed' | 'payload-type' | 'source';

interface Receiver {
  readonly member: string;
  readonly outgoing: OutgoingVideo;
  /** Whose packets it gets. */
  shows: VideoSource | undefined;
  /** Whose it will get from that source's next key frame on. */
  awaits: VideoSource | undefined;
}

const LONGEST_PACKET = 2048;
/** For SRTP, with every suite. */
const ROOM_BEHIND = 64;

/**
 * Forwards the video of a room: one member, the one who speaks, is shown to everybody, and the one shown before to the one who speaks. Each
 * receiver goes on with what it sees until a key frame of the next source begins, which is asked for. Sans-I/O: who is shown is decided
 * elsewhere, and time comes with each call.
 */
export class VideoSwitch {
  readonly #sink: VideoSink;
  readonly #random: () => number;
  readonly #payload: VideoPayload;
  readonly #memory = new Uint8Array(LONGEST_PACKET + ROOM_BEHIND);
  readonly #sources = new Map<string, VideoSource>();
  readonly #receivers = new Map<string, Receiver>();
  #shown: VideoSource | undefined;
  #previous: VideoSource | undefined;

  constructor({ encoding, sink, random }: VideoSwitchOptions) {
    this.#sink = sink;
    this.#random = random;
    this.#payload = new VideoPayload(encoding);
  }

  /** The member that everybody else sees, or will see; undefined while no video comes. */
  get shown(): string | undefined {
    return this.#shown?.member;
  }

  /** What a member sends; undefined when it sends none (any more). The same member again changes what was agreed on. */
  setSource(member: string, facts: VideoSourceFacts | undefined, nowMs: number): void {
    const source = this.#sources.get(member);
    if (facts === undefined) {
      if (source !== undefined) this.#removeSource(source);
      this.expire(nowMs);
    } else if (source === undefined) this.#sources.set(member, new VideoSource(member, facts));
    else {
      source.payloadType = facts.payloadType;
      source.requests.means = meansOf(facts);
    }
  }

  /** What a member receives; undefined when it receives none (any more). Its stream keeps SSRC and numbers as long as it is there. */
  setReceiver(member: string, facts: VideoReceiverFacts | undefined, nowMs: number): void {
    const receiver = this.#receivers.get(member);
    if (facts === undefined) this.#receivers.delete(member);
    else if (receiver !== undefined) receiver.outgoing.payloadType = facts.payloadType;
    else {
      const outgoing = new OutgoingVideo(facts.payloadType, this.#random);
      this.#receivers.set(member, { member, outgoing, shows: undefined, awaits: undefined });
      this.#aim();
      this.expire(nowMs);
    }
  }

  /** Shows another member to everybody. Nothing happens where it sends no video, or is shown already. */
  switchTo(member: string, nowMs: number): void {
    const source = this.#sources.get(member);
    if (source === undefined || source === this.#shown) return;
    this.#previous = this.#shown;
    this.#shown = source;
    this.#aim();
    this.expire(nowMs);
  }

  /** Forwards a packet of a member, read already. */
  received(member: string, view: RtpView, nowMs: number): VideoVerdict {
    const source = this.#sources.get(member);
    if (source === undefined) return 'source';
    if (view.payloadType !== source.payloadType) return 'payload-type';
    const { bytes, payloadOffset, payloadLength } = view;
    const payload = this.#payload;
    // Without payload a packet only probes the way; its number must not be missing at the receivers.
    const isProbe = payloadLength === 0;
    if (payloadLength > LONGEST_PACKET - payloadOffset) return 'malformed';
    if (!isProbe && !payload.read(bytes, payloadOffset, payloadOffset + payloadLength)) return 'malformed';
    const place = source.place(view.ssrc, view.sequenceNumber);
    if (place === 'stray') return 'source';
    if (place === 'new') this.#begins(source);
    const sequence = source.number(view.sequenceNumber);
    if (!isProbe && payload.startsKeyFrame && place !== 'late') {
      source.requests.came();
      for (const receiver of this.#receivers.values()) {
        if (receiver.awaits !== source) continue;
        receiver.awaits = undefined;
        receiver.shows = source;
        receiver.outgoing.begin(view, sequence, payload.vp8, nowMs);
      }
    }
    // Copied by the engine for each receiver, which by bytes costs ten times as much.
    const body = bytes.subarray(payloadOffset, payloadOffset + payloadLength);
    for (const receiver of this.#receivers.values()) {
      if (receiver.shows !== source) continue;
      const length = receiver.outgoing.write(this.#memory, view, body, sequence, payload.vp8, nowMs);
      if (length !== -1) this.#sink.send(receiver.member, this.#memory, length);
    }
    // A beginning may have let others be awaited as well.
    if (place === 'new') this.expire(nowMs);
    else this.#request(source, nowMs);
    return 'taken';
  }

  /** A receiver has lost the picture (PLI, FIR, or its signalling): whoever it sees is asked, if that wasn't done just now. */
  keyFrameRequested(member: string, nowMs: number): void {
    const receiver = this.#receivers.get(member);
    const awaits = receiver?.awaits;
    const source = awaits?.hasSent === true ? awaits : receiver?.shows;
    if (source === undefined) return;
    source.requests.wish();
    this.#request(source, nowMs);
  }

  /** Repeats requests that are due; to be called every few ten milliseconds. */
  expire(nowMs: number): void {
    for (const source of this.#sources.values()) this.#request(source, nowMs);
  }

  /** Undefined for a member that receives no video. */
  sent(member: string): VideoSent | undefined {
    return this.#receivers.get(member)?.outgoing;
  }

  #request(source: VideoSource, nowMs: number): void {
    if (!source.hasSent) return;
    const request = source.requests.due(nowMs, source.ssrc);
    if (request !== undefined) this.#sink.requestKeyFrame(source.member, request);
  }

  /** A source's first packet, or the first after it has begun anew: what it sent before can't go on. */
  #begins(source: VideoSource): void {
    for (const receiver of this.#receivers.values()) if (receiver.shows === source) receiver.shows = undefined;
    this.#shown ??= source;
    this.#aim();
  }

  #removeSource(source: VideoSource): void {
    this.#sources.delete(source.member);
    if (this.#previous === source) this.#previous = undefined;
    if (this.#shown === source) {
      this.#shown = this.#previous ?? this.#otherThan(undefined);
      this.#previous = undefined;
    }
    for (const receiver of this.#receivers.values()) {
      if (receiver.shows === source) receiver.shows = undefined;
      if (receiver.awaits === source) receiver.awaits = undefined;
    }
    this.#aim();
  }

  /** Lets every receiver await whom it should see. */
  #aim(): void {
    const aside = this.#previous ?? this.#otherThan(this.#shown);
    for (const receiver of this.#receivers.values()) {
      const aim = receiver.member === this.#shown?.member ? aside : this.#shown;
      if (aim === undefined || aim === receiver.shows) receiver.awaits = undefined;
      else if (aim !== receiver.awaits) {
        receiver.awaits = aim;
        aim.requests.wish();
      }
    }
  }

  /** Somebody else whose video comes: for the member that is shown, while nobody was shown before it. */
  #otherThan(not: VideoSource | undefined): VideoSource | undefined {
    for (const source of this.#sources.values()) if (source !== not && source.hasSent) return source;
    return undefined;
  }
}
