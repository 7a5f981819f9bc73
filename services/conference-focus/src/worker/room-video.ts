import { randomInt } from 'node:crypto';
import { type KeyFrameRequest, type RtpView, type VideoSink, VideoSwitch, type VideoVerdict } from '@ringdown/media';
import type { MemberControls, RoomMediaEvent, VideoLeg } from '../ports/mixer.js';
import type { ThreadTime } from './thread-time.js';
import { VideoMember, type VideoRoom } from './video-member.js';

/**
 * Who is the first of the speakers is seen by everybody once they have been among them for so long. To be among them takes 150 ms, to be the first some 350 ms
 * after another has fallen silent, and the key frame 100 ms or more: they are to be seen within a second.
 */
const steadyMs = 300;
/** Who is shown and goes on speaking is seen for so long, however loud the others are: of two who speak at once the picture doesn't flicker. */
const leastMs = 2000;

/** The video of one room: whoever speaks is seen by everybody. One encoding, which is that of the first member with video, until the last of them has left. */
export class RoomVideo implements VideoRoom, VideoSink {
  readonly #time: ThreadTime;
  readonly #tell: (event: RoomMediaEvent) => void;
  readonly #members = new Map<string, VideoMember>();
  readonly #controls = new Map<string, MemberControls>();
  #switch: VideoSwitch | undefined;
  #encoding: VideoLeg['encoding'] | undefined;
  /** Who speaks, and since when each of them does. */
  #speakers: readonly string[] = [];
  #speaksSinceMs = new Map<string, number>();
  #switchedMs = Number.NEGATIVE_INFINITY;
  #nowMs = 0;

  constructor(time: ThreadTime, tell: (event: RoomMediaEvent) => void) {
    this.#time = time;
    this.#tell = tell;
  }

  /** A member that may send and see video; nothing comes of it until it is updated. */
  add(id: string, cname: string): VideoMember {
    const member = new VideoMember(id, cname, this, this.#time);
    this.#members.set(id, member);
    return member;
  }

  /** After an offer and answer. */
  update(id: string, leg: VideoLeg | undefined): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.update(leg);
    this.#apply(member);
  }

  control(id: string, controls: MemberControls): void {
    this.#controls.set(id, controls);
    const member = this.#members.get(id);
    if (member !== undefined) this.#apply(member);
  }

  /** A member's signalling says that it has lost the picture (RFC 5168). */
  pictureLost(id: string, nowMs: number): void {
    this.#switch?.keyFrameRequested(id, nowMs);
  }

  received(id: string, packet: RtpView, nowMs: number): VideoVerdict {
    return this.#switch?.received(id, packet, nowMs) ?? 'source';
  }

  send(id: string, packet: Uint8Array, length: number): void {
    const sent = this.#switch?.sent(id);
    if (sent !== undefined) this.#members.get(id)?.send(packet, length, sent, this.#time.now());
  }

  requestKeyFrame(id: string, request: KeyFrameRequest): void {
    if (request.means === 'signalling') this.#tell({ type: 'key-frame-wanted', member: id });
    else this.#members.get(id)?.request(request, this.#time.now());
  }

  /** Once a tick. `speakers`: who speaks, the first before the others; another array only when that has changed. */
  tick(nowMs: number, speakers: readonly string[]): void {
    if (this.#members.size === 0) return;
    this.#nowMs = nowMs;
    this.#switch?.expire(nowMs);
    if (speakers !== this.#speakers) this.#list(speakers);
    this.#follow();
    for (const member of this.#members.values()) member.afterTick(nowMs);
  }

  /** Resolves when the member's ports for video are free. */
  async remove(id: string): Promise<void> {
    const member = this.#members.get(id);
    this.#controls.delete(id);
    if (member === undefined) return;
    this.#members.delete(id);
    const now = this.#time.now();
    this.#switch?.setSource(id, undefined, now);
    this.#switch?.setReceiver(id, undefined, now);
    this.#endSwitch();
    await member.close();
  }

  #apply(member: VideoMember): void {
    const { id, leg, transport } = member;
    if (leg !== undefined && this.#switch === undefined) this.#beginSwitch(leg);
    const video = this.#switch;
    if (video === undefined) return;
    const now = this.#time.now();
    const isSame = leg !== undefined && leg.encoding === this.#encoding;
    const isSource = isSame && transport.mayReceive && this.#isShowable(member);
    const isReceiver = isSame && transport.maySend && this.#maySee(id);
    video.setReceiver(id, isReceiver ? { payloadType: leg.sendPayloadType } : undefined, now);
    member.reportAs(video.sent(id));
    video.setSource(id, isSource ? { payloadType: leg.receivePayloadType, ...leg.feedback } : undefined, now);
    this.#endSwitch();
  }

  #beginSwitch({ encoding }: VideoLeg): void {
    this.#encoding = encoding;
    this.#switch = new VideoSwitch({ encoding, sink: this, random: () => randomInt(2 ** 32) });
    for (const member of this.#members.values()) if (member.leg?.encoding === encoding) this.#apply(member);
  }

  #endSwitch(): void {
    for (const { leg } of this.#members.values()) if (leg?.encoding === this.#encoding) return;
    this.#switch = undefined;
    for (const { leg } of this.#members.values())
      if (leg !== undefined) {
        this.#beginSwitch(leg);
        return;
      }
  }

  #list(speakers: readonly string[]): void {
    this.#speakers = speakers;
    const before = this.#speaksSinceMs;
    this.#speaksSinceMs = new Map(speakers.map((id) => [id, before.get(id) ?? this.#nowMs]));
  }

  #follow(): void {
    const speakers = this.#speakers;
    const speaker = speakers.find((id) => this.#isShowable(this.#members.get(id)));
    const shown = this.#switch?.shown;
    if (speaker === undefined || shown === speaker) return;
    if (this.#nowMs - (this.#speaksSinceMs.get(speaker) ?? this.#nowMs) < steadyMs) return;
    if (shown !== undefined && speakers.includes(shown) && this.#nowMs - this.#switchedMs < leastMs) return;
    this.#switch?.switchTo(speaker, this.#nowMs);
    this.#switchedMs = this.#nowMs;
  }

  /** Who waits, or can neither hear nor be heard, isn't in the room yet. */
  #isShowable(member: VideoMember | undefined): boolean {
    if (member?.leg === undefined || !member.transport.mayReceive) return false;
    const controls = this.#controls.get(member.id);
    return controls === undefined || (!controls.waiting && !(controls.muted && controls.deaf));
  }

  #maySee(id: string): boolean {
    const controls = this.#controls.get(id);
    return controls === undefined || (!controls.waiting && !controls.deaf);
  }
}
