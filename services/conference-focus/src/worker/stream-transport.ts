import { isIP } from 'node:net';
import { isRtcp, RtpView, type SrtpRefusal } from '@ringdown/media';
import type { MediaAddress, StreamLeg } from '../ports/mixer.js';
import { PacketBudget } from './packet-budget.js';
import { noRefusals, type Refusals } from './refusals.js';
import { closeSocketPair, type SocketPair } from './socket-pair.js';
import { SourceLatch } from './source-latch.js';
import { StreamKeys } from './stream-keys.js';
import type { ThreadTime } from './thread-time.js';

/** Whose stream it is. */
export interface StreamOwner {
  /** Whether a payload type has been agreed on. */
  takes(payloadType: number): boolean;
  /** A packet of the member; good for this call. */
  taken(packet: RtpView, nowMs: number): void;
  /** An RTCP compound of the member, opened; good for this call. */
  takenRtcp(compound: Uint8Array, length: number, nowMs: number): void;
  /** The first packet has come, or packets come from elsewhere than before. */
  latched(): void;
}

/** One packet at a time is looked at on a thread. */
const view = new RtpView();

/** The way of one stream in and out: its ports, whose packets are taken, and their protection. Nothing that comes throws; what is refused is counted. */
export class StreamTransport {
  readonly refused: Refusals = noRefusals();
  readonly latch = new SourceLatch();
  /** When anything came that was the member's; 0 before. */
  lastMs = 0;
  readonly #owner: StreamOwner;
  readonly #time: ThreadTime;
  readonly #budget: PacketBudget;
  readonly #keys = new StreamKeys();
  #sockets: SocketPair | undefined;
  #leg: StreamLeg | undefined;
  #mayReceive = false;
  /** Where RTCP comes from, if it isn't where the description says. */
  #rtcpFrom: MediaAddress | undefined;

  constructor(owner: StreamOwner, time: ThreadTime, packetsPerTick: number) {
    this.#owner = owner;
    this.#time = time;
    this.#budget = new PacketBudget(packetsPerTick, () => this.#sockets?.rtp);
  }

  /** Whether what comes is taken at all. */
  get mayReceive(): boolean {
    return this.#mayReceive;
  }

  /** Whether anything is to be sent. */
  get maySend(): boolean {
    return this.#leg?.direction === 'sendrecv' || this.#leg?.direction === 'sendonly';
  }

  opened(sockets: SocketPair): void {
    this.#sockets = sockets;
  }

  /** After an offer and answer. */
  configure(leg: StreamLeg | undefined): void {
    this.#leg = leg;
    this.#mayReceive = leg?.direction === 'sendrecv' || leg?.direction === 'recvonly';
    const isElsewhere = this.latch.describe(reachable(leg?.remote), this.#time.now());
    if (isElsewhere) this.#rtcpFrom = undefined;
    this.#keys.configure(leg?.srtp, isElsewhere);
  }

  /** A datagram on the port of RTP. */
  readonly received = (bytes: Buffer, host: string, port: number, nowMs: number): void => {
    if (!this.#budget.admits(this.#time.tick)) {
      this.refused.flood++;
      return;
    }
    if (isRtcp(bytes)) this.#takeRtcp(bytes, host, port, nowMs, this.#leg?.rtcp === 'mux');
    else if (this.#mayReceive) this.#take(bytes, host, port, nowMs);
  };

  /** A datagram on the port of RTCP. */
  readonly receivedRtcp = (bytes: Buffer, host: string, port: number, nowMs: number): void => {
    if (this.#budget.admits(this.#time.tick)) this.#takeRtcp(bytes, host, port, nowMs, this.#leg?.rtcp !== 'mux');
    else this.refused.flood++;
  };

  /** Sends the RTP packet in 0 … `length`, which has room for SRTP behind it. The bytes must stay as they are until the next one. */
  send(packet: Uint8Array, length: number): boolean {
    const { remote } = this.latch;
    if (remote === undefined || this.#sockets === undefined) return false;
    const { sender } = this.#keys;
    const end = sender === undefined ? length : sender.protectRtp(packet, length);
    if (typeof end !== 'number') return false;
    this.#sockets.rtp.send(this.#sized(packet, end), remote.host, remote.port);
    return true;
  }

  /** Sends the RTCP compound in 0 … `length`, which has room for SRTP behind it. */
  sendRtcp(compound: Uint8Array, length: number): void {
    const sockets = this.#sockets;
    const to = this.#rtcpRemote();
    if (sockets === undefined || to === undefined) return;
    const { sender } = this.#keys;
    const end = sender === undefined ? length : sender.protectRtcp(compound, length);
    if (typeof end !== 'number') return;
    const socket = this.#leg?.rtcp === 'mux' ? sockets.rtp : sockets.rtcp;
    socket.send(compound.subarray(0, end), to.host, to.port);
  }

  /** Once a tick. */
  afterTick(nowMs: number): void {
    this.#budget.check(nowMs, this.latch.latched);
  }

  /** Resolves when its ports are free. */
  async close(): Promise<void> {
    const sockets = this.#sockets;
    this.#sockets = undefined;
    if (sockets !== undefined) await closeSocketPair(sockets);
  }

  #take(bytes: Buffer, host: string, port: number, nowMs: number): void {
    const { receiver } = this.#keys;
    const length = receiver === undefined ? bytes.length : receiver.unprotectRtp(bytes, bytes.length);
    if (typeof length !== 'number') {
      this.#refuse(length);
      return;
    }
    if (view.read(bytes, length) !== undefined) {
      this.refused.malformed++;
      return;
    }
    if (!this.#owner.takes(view.payloadType)) {
      this.refused['payload-type']++;
      return;
    }
    const { latched } = this.latch;
    if (!this.latch.accept(host, port, view.ssrc, view.sequenceNumber, nowMs, receiver !== undefined)) {
      this.refused.source++;
      return;
    }
    this.#budget.isMembers();
    this.lastMs = nowMs;
    if (this.latch.latched !== latched) this.#owner.latched();
    this.#owner.taken(view, nowMs);
  }

  #takeRtcp(bytes: Buffer, host: string, port: number, nowMs: number, isExpected: boolean): void {
    const { receiver } = this.#keys;
    const from = this.latch.remote;
    // Who isn't authentic must be where media comes from; its port is often another.
    if (!isExpected || (receiver === undefined && from?.host !== host)) {
      this.refused.source++;
      return;
    }
    const length = receiver === undefined ? bytes.length : receiver.unprotectRtcp(bytes, bytes.length);
    if (typeof length !== 'number') {
      this.#refuse(length);
      return;
    }
    this.#budget.isMembers();
    this.lastMs = nowMs;
    if (this.#leg?.rtcp !== 'mux' && (this.#rtcpFrom?.port !== port || this.#rtcpFrom.host !== host))
      this.#rtcpFrom = { host, port };
    this.#owner.takenRtcp(bytes, length, nowMs);
  }

  #refuse(refusal: SrtpRefusal): void {
    this.refused[refusal === 'exhausted' ? 'authentication' : refusal]++;
  }

  #rtcpRemote(): MediaAddress | undefined {
    const { remote } = this.latch;
    const rtcp = this.#leg?.rtcp;
    if (rtcp === 'mux') return remote;
    if (this.#rtcpFrom !== undefined) return this.#rtcpFrom;
    if (rtcp !== undefined) return reachable(rtcp);
    return remote === undefined ? undefined : { host: remote.host, port: remote.port + 1 };
  }

  #memory: Uint8Array = new Uint8Array(0);
  #view: Uint8Array = this.#memory;

  /** The same view as long as packets are as long as the one before, which audio's are. */
  #sized(packet: Uint8Array, length: number): Uint8Array {
    if (this.#memory !== packet || this.#view.length !== length) {
      this.#memory = packet;
      this.#view = packet.subarray(0, length);
    }
    return this.#view;
  }
}

/** Undefined for what no packet can be sent to: a name, no port, or the address that means hold (RFC 3264 §8.4). */
function reachable(remote: MediaAddress | undefined): MediaAddress | undefined {
  if (remote === undefined || remote.port === 0 || isIP(remote.host) === 0) return undefined;
  return remote.host === '0.0.0.0' || remote.host === '::' ? undefined : remote;
}
