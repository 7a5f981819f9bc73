import { isIP } from 'node:net';
import { isRtcp, MixMember, type MixOutput } from '@ringdown/media';
import type { AudioLeg, MediaAddress, MemberControls, MemberStatistics, RoomMediaEvent } from '../ports/mixer.js';
import { codecOf } from './audio-codecs.js';
import { AudioReceiver, type AudioReceiverEvents } from './audio-receiver.js';
import { AudioSender } from './audio-sender.js';
import { PacketBudget } from './packet-budget.js';
import { closeSocketPair, type SocketPair } from './socket-pair.js';
import type { ThreadTime } from './thread-time.js';

/** Of audio: 200 ms of packets of 10 ms that have waited somewhere, and some more. */
const packetsPerTick = 48;
/** After so long without a packet a member is reported as silent. */
const silentAfterMs = 10_000;

/** One member of a room, with the socket that its audio comes and goes by. */
export class AudioMember extends MixMember implements AudioReceiverEvents {
  readonly sender = new AudioSender();
  readonly receiver = new AudioReceiver(this);
  readonly budget: PacketBudget;
  #sockets: SocketPair | undefined;
  #silentSinceMs = 0;
  #isSilent = false;

  constructor(
    id: string,
    private readonly time: ThreadTime,
    private readonly tell: (event: RoomMediaEvent) => void,
  ) {
    super(id);
    this.budget = new PacketBudget(packetsPerTick, () => this.#sockets?.rtp);
  }

  get sockets(): SocketPair | undefined {
    return this.#sockets;
  }

  opened(sockets: SocketPair): void {
    this.#sockets = sockets;
  }

  /** Resolves when its ports are free. */
  async close(): Promise<void> {
    this.receiver.forget();
    const sockets = this.#sockets;
    this.#sockets = undefined;
    if (sockets !== undefined) await closeSocketPair(sockets);
  }

  /** After an offer and answer; `roomMs`: the room's time. */
  update(leg: AudioLeg | undefined, roomMs: number): void {
    const { nowMs } = this.time;
    const codec = leg === undefined ? undefined : codecOf(leg.codec);
    this.receiver.configure(leg);
    const isElsewhere = this.receiver.latch.describe(reachable(leg?.remote), nowMs);
    if (leg !== undefined && codec !== undefined) {
      this.sender.configure(leg.codec.sendPayloadType, codec.clockRate, leg.srtp, roomMs, isElsewhere);
      const { opus, ptimeMs } = leg.codec;
      const sends = leg.direction === 'sendrecv' || leg.direction === 'sendonly';
      this.profile = sends
        ? this.time.profiles.of(codec, ptimeMs, {
            bitrate: opus?.maxAverageBitrate,
            inbandFec: opus?.inbandFec,
            dtx: opus?.dtx,
          })
        : undefined;
    } else this.profile = undefined;
    this.speaksBy(this.receiver.mayReceive ? this.receiver : undefined);
    this.#silentSinceMs = nowMs;
    this.#isSilent = false;
  }

  override control(controls: MemberControls): void {
    super.control(controls);
    this.receiver.isWanted = !controls.muted && !controls.waiting;
    if (!this.receiver.isWanted && this.gainBefore === 0) this.receiver.forget();
  }

  /** A datagram on the port of RTP. */
  readonly received = (bytes: Buffer, host: string, port: number): void => {
    if (!this.budget.admits(this.time.tick)) {
      this.receiver.refused.flood++;
      return;
    }
    if (isRtcp(bytes)) return;
    if (this.receiver.receive(bytes, host, port, this.time.now())) this.budget.isMembers();
  };

  /** A datagram on the port of RTCP. */
  readonly receivedRtcp = (_bytes: Buffer, _host: string, _port: number): void => {};

  /** One packet of what it is to hear. */
  send(output: MixOutput, index: number): void {
    const { remote } = this.receiver.latch;
    const length = output.lengths[index] as number;
    if (this.#sockets === undefined || remote === undefined || length === 0) return;
    const { ptimeMs } = output.profile;
    this.sender.send(
      this.#sockets.rtp,
      remote,
      output.payloads[index] as Uint8Array,
      length,
      output.startMs + index * ptimeMs,
      ptimeMs,
    );
  }

  /** Once a tick, after it was mixed. */
  afterTick(nowMs: number): void {
    this.budget.check(nowMs, this.receiver.latch.latched);
    if (!this.receiver.isWanted && this.gainBefore === 0) this.receiver.forget();
  }

  /** Once a second. */
  checkSilence(nowMs: number): void {
    const since = Math.max(this.#silentSinceMs, this.receiver.lastMs);
    const silentMs = this.receiver.mayReceive ? nowMs - since : 0;
    if (silentMs < silentAfterMs) this.#isSilent = false;
    else if (!this.#isSilent) {
      this.#isSilent = true;
      this.tell({ type: 'silent', member: this.id, silentMs: Math.round(silentMs) });
    }
  }

  latched(): void {
    const { latched } = this.receiver.latch;
    if (latched !== undefined) this.tell({ type: 'latched', member: this.id, remote: { ...latched } });
  }

  voiceChanged(): void {
    this.speaksBy(this.receiver);
  }

  telephoneEvent(): void {}

  get statistics(): MemberStatistics {
    const { statistics, refused } = this.receiver;
    return {
      packetsReceived: statistics?.packetsReceived ?? 0,
      packetsLost: statistics?.packetsLost ?? 0,
      packetsSent: this.sender.packetsSent,
      jitterMs: statistics?.jitterMs ?? 0,
      roundTripMs: undefined,
      refused: { ...refused },
    };
  }
}

/** Undefined for what no packet can be sent to: a name, no port, or the address that means hold (RFC 3264 §8.4). */
function reachable(remote: MediaAddress | undefined): MediaAddress | undefined {
  if (remote === undefined || remote.port === 0 || isIP(remote.host) === 0) return undefined;
  return remote.host === '0.0.0.0' || remote.host === '::' ? undefined : remote;
}
