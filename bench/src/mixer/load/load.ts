import { type DatagramPort, type Flow, openUdpPort } from '@ringdown/sip-transport';
import type { Address } from '../systems/mixing-system.js';
import { codecOf, payloadsOf } from './codecs.js';
import { Listener } from './listener.js';
import type { Heard, LoadCounts, LoadPlan } from './load-questions.js';
import { Network } from './network.js';
import { Participant } from './participant.js';
import { background, speech } from './speech.js';

const host = '127.0.0.1';
const packetMs = 20;
const speakingMs = 2000;
const reportMs = 5000;
const bufferBytes = 8 * 1024 * 1024;
/** More than this behind, packets are left out instead of sent in a burst. */
const mostBehindMs = 200;

/**
 * All participants of one run, at one socket: a system has a port for each of them and tells them apart by it. What they send is spread over the 20 ms
 * of a packet, in steps of a millisecond.
 */
export class Load {
  #port!: DatagramPort;
  #plan: LoadPlan | undefined;
  #participants: readonly Participant[] = [];
  #spoken: readonly Uint8Array[] = [];
  #background: readonly Uint8Array[] = [];
  #network = new Network(undefined);
  #listener: Listener | undefined;
  #listenerPort = -1;
  #timer: NodeJS.Timeout | undefined;
  #startMs = 0;
  #doneMs = 0;
  #sent = 0;
  #received = 0;
  #receivedRtcp = 0;

  static async open(): Promise<Load> {
    const load = new Load();
    const opened = await openUdpPort({
      host,
      port: 0,
      receiveBufferBytes: bufferBytes,
      sendBufferBytes: bufferBytes,
      events: {
        message: (raw, flow) => load.received(raw, flow),
        malformed: () => undefined,
        flowClosed: () => undefined,
        // A system that has closed a port already.
        sendFailed: () => undefined,
      },
    });
    load.#port = opened.port;
    return load;
  }

  get address(): Address {
    return { host, port: this.#port.address.port };
  }

  get counts(): LoadCounts {
    return { sent: this.#sent, received: this.#received, receivedRtcp: this.#receivedRtcp };
  }

  async begin(plan: LoadPlan): Promise<void> {
    const codec = await codecOf(plan.kind);
    const { sampleRate } = codec;
    this.#plan = plan;
    this.#spoken = payloadsOf(codec, speech(sampleRate, plan.speechSec, 1));
    this.#background = payloadsOf(codec, background(sampleRate, 2, 2));
    this.#network = new Network(plan.impairment);
    this.#participants = plan.places.map((place, index) => {
      const flowTo = (port: number): Flow => this.#port.flowTo({ host: place.host, port });
      const rtcp = place.rtcpPort === undefined ? undefined : flowTo(place.rtcpPort);
      return new Participant(flowTo(place.rtpPort), rtcp, place, codec, index);
    });
    this.#listener = plan.listener === undefined ? undefined : new Listener(codec);
    this.#listenerPort = plan.places[plan.listener ?? -1]?.rtpPort ?? -1;
    this.#sent = this.#received = this.#receivedRtcp = 0;
    this.#startMs = performance.now();
    this.#doneMs = 0;
    this.#timer = setTimeout(this.#run, 1);
  }

  end(): Heard | undefined {
    clearTimeout(this.#timer);
    const heard = this.#listener?.heard();
    this.#listener = undefined;
    this.#participants = [];
    return heard;
  }

  close(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#port.close();
  }

  /** A datagram of the system's. */
  received(raw: string, from: Flow): void {
    const type = raw.charCodeAt(1);
    if (type >= 192 && type <= 223) {
      this.#receivedRtcp += 1;
      return;
    }
    this.#received += 1;
    if (from.remote.port === this.#listenerPort) this.#listener?.received(raw);
  }

  readonly #run = (): void => {
    const nowMs = Math.floor(performance.now() - this.#startMs);
    if (nowMs - this.#doneMs > mostBehindMs) this.#doneMs = nowMs - mostBehindMs;
    for (; this.#doneMs < nowMs; this.#doneMs += 1) this.#millisecond(this.#doneMs);
    this.#timer = setTimeout(this.#run, 1);
  };

  #millisecond(ms: number): void {
    this.#network.deliver(ms);
    const frame = Math.floor(ms / packetMs);
    const fifth = Math.floor(ms / speakingMs) % 5;
    const isFirstAlone = this.#plan?.speaking === 'the first';
    // Neighbours are of one room; so they are 7 ms apart (7 times 3 is 1 in 20).
    for (let index = (3 * (ms % packetMs)) % packetMs; index < this.#participants.length; index += packetMs) {
      const participant = this.#participants[index] as Participant;
      const speaks = isFirstAlone ? index === 0 : index % 5 === fifth;
      const payloads = speaks ? this.#spoken : this.#background;
      const offset = isFirstAlone ? 0 : index * 37;
      const payload = payloads[(frame + offset) % payloads.length] as Uint8Array;
      this.#network.send(participant.rtp, participant.packet(payload, speaks), ms);
      this.#sent += 1;
      if (participant.rtcp !== undefined && (ms + index * packetMs) % reportMs < packetMs)
        participant.rtcp.send(participant.report());
    }
  }
}
