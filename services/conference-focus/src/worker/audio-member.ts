import { DtmfReceiver, MixMember, type MixOutput, type RtpView } from '@ringdown/media';
import type { AudioLeg, MemberControls, MemberStatistics, RoomMediaEvent } from '../ports/mixer.js';
import { costOf } from './room-phase.js';
import { StreamRtcp } from './stream-rtcp.js';
import { type StreamOwner, StreamTransport } from './stream-transport.js';
import type { ThreadTime } from './thread-time.js';
import { VoiceIn } from './voice-in.js';
import { VoiceOut } from './voice-out.js';

/** Of audio: 200 ms of packets of 10 ms that have waited somewhere, and some more. */
const packetsPerTick = 48;
/** After so long without a packet a member is reported as silent. */
const silentAfterMs = 10_000;

/** One member of a room: what it says and hears, and the ports that this comes and goes by. */
export class AudioMember extends MixMember implements StreamOwner {
  readonly transport: StreamTransport;
  /** Of a tick, see `costOf`. */
  cost = 1;
  readonly #rtcp: StreamRtcp;
  readonly #in: VoiceIn;
  readonly #out = new VoiceOut();
  readonly #dtmf = new DtmfReceiver();
  readonly #time: ThreadTime;
  readonly #tell: (event: RoomMediaEvent) => void;
  #dtmfPayloadType = -1;
  #silentSinceMs = 0;
  #isSilent = false;
  /** Whether anybody may hear it: else nothing of its voice is kept and decoded. */
  #isWanted = true;

  constructor(id: string, cname: string, time: ThreadTime, tell: (event: RoomMediaEvent) => void) {
    super(id);
    this.#time = time;
    this.#tell = tell;
    this.#in = new VoiceIn(time.codecs);
    this.transport = new StreamTransport(this, time, packetsPerTick);
    this.#rtcp = new StreamRtcp(
      this.transport,
      {
        bye: (ssrc) => this.transport.latch.ended(ssrc),
        lost: (percent) => this.output?.noteLoss(percent),
        pictureLost: () => undefined,
      },
      { ssrc: this.#out.ssrc, cname, clockRate: this.#out.clockRate },
    );
  }

  /** After an offer and answer; `roomMs`: the room's time. */
  update(leg: AudioLeg | undefined, roomMs: number): void {
    const codec = leg === undefined ? undefined : this.#time.codecs[leg.codec.encoding];
    this.#dtmfPayloadType = leg?.dtmf?.receivePayloadType ?? -1;
    this.transport.configure(leg);
    this.#in.configure(leg);
    this.profile = undefined;
    this.cost = costOf(leg);
    if (leg !== undefined && codec !== undefined) {
      this.#out.configure(leg.codec.sendPayloadType, codec.clockRate, roomMs);
      this.#rtcp.session.setClockRate(codec.clockRate);
      if (this.transport.maySend) this.profile = this.#profileOf(leg);
    }
    if (!this.transport.mayReceive) this.#in.forget();
    this.speaksBy(this.transport.mayReceive ? this.#in : undefined);
    this.#silentSinceMs = this.#time.now();
    this.#isSilent = false;
  }

  override control(controls: MemberControls): void {
    super.control(controls);
    this.#isWanted = !controls.muted && !controls.waiting;
  }

  takes(payloadType: number): boolean {
    return payloadType === this.#dtmfPayloadType || this.#in.takes(payloadType);
  }

  taken(packet: RtpView, nowMs: number): void {
    this.#in.count(packet, nowMs);
    if (packet.payloadType === this.#dtmfPayloadType) {
      const digit = this.#dtmf.put(packet, nowMs);
      if (digit !== undefined) this.#tell({ type: 'dtmf', member: this.id, digit });
    } else if (this.#isWanted && this.#in.put(packet, nowMs)) this.speaksBy(this.#in);
  }

  takenRtcp(compound: Uint8Array, length: number, nowMs: number): void {
    this.#rtcp.read(compound, length, nowMs);
  }

  latched(): void {
    const { latched } = this.transport.latch;
    if (latched !== undefined) this.#tell({ type: 'latched', member: this.id, remote: { ...latched } });
  }

  /** One packet of what it is to hear. */
  send(output: MixOutput, index: number, nowMs: number): void {
    const payloadLength = output.lengths[index] as number;
    // Nothing, or next to nothing: Opus says that it is silent by not being sent (RFC 7587 §3.1.3).
    if (payloadLength === 0 || (payloadLength <= 2 && output.profile.options.dtx === true)) return;
    const length = this.#out.write(output, index);
    if (!this.transport.send(this.#out.packet, length)) return;
    this.#rtcp.session.sent(this.#out.timestampAt(output.startMs), payloadLength, nowMs);
  }

  /** Once a tick, after it was mixed. */
  afterTick(nowMs: number): void {
    this.transport.afterTick(nowMs);
    if (!this.#isWanted && this.gainBefore === 0) this.#in.forget();
    if (this.transport.maySend || this.transport.mayReceive)
      this.#rtcp.report(nowMs, this.#in.ssrc, this.#in.statistics);
  }

  /** Once a second. */
  checkSilence(nowMs: number): void {
    const since = Math.max(this.#silentSinceMs, this.transport.lastMs);
    const silentMs = this.transport.mayReceive ? nowMs - since : 0;
    if (silentMs < silentAfterMs) this.#isSilent = false;
    else if (!this.#isSilent) {
      this.#isSilent = true;
      this.#tell({ type: 'silent', member: this.id, silentMs: Math.round(silentMs) });
    }
  }

  get statistics(): MemberStatistics {
    const { statistics } = this.#in;
    return {
      packetsReceived: statistics?.packetsReceived ?? 0,
      packetsLost: statistics?.packetsLost ?? 0,
      packetsSent: this.#rtcp.session.packetsSent,
      jitterMs: statistics?.jitterMs ?? 0,
      roundTripMs: this.#rtcp.session.roundTripMs,
      refused: { ...this.transport.refused },
    };
  }

  /** Resolves when its ports are free. */
  close(): Promise<void> {
    this.#rtcp.end(this.#time.now());
    this.#in.forget();
    return this.transport.close();
  }

  #profileOf(leg: AudioLeg): MixMember['profile'] {
    const codec = this.#time.codecs[leg.codec.encoding];
    if (codec === undefined) return undefined;
    const { opus, ptimeMs } = leg.codec;
    return this.#time.profiles.of(codec, ptimeMs, {
      bitrate: opus?.maxAverageBitrate,
      inbandFec: opus?.inbandFec,
      dtx: opus?.dtx,
    });
  }
}
