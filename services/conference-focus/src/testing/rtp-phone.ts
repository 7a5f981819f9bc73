import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  type AudioDecoder,
  type AudioEncoder,
  type Codec,
  eventOfDigit,
  isRtcp,
  PCMU,
  RtpView,
  SRTP_SUITES,
  SrtpReceiver,
  SrtpSender,
  type SrtpSuite,
  writeRtpHeader,
  writeTelephoneEvent,
} from '@ringdown/media';
import type { AudioLeg, MediaAddress, MemberMedia, SrtpKeys } from '../ports/mixer.js';

/** Static payload types, and one of many for opus. */
const payloadTypes = { PCMU: 0, PCMA: 8, G722: 9, opus: 111 } as const;

/**
 * A phone without a clock: it says 20 ms of its tone whenever it is sent a packet, so that it runs at the mixer's pace however slow the machine is.
 * It keeps what it hears.
 */
export class RtpPhone {
  ssrc: number;
  /** Told of each packet of sound. */
  onPacket: (() => void) | undefined;
  /** Told of RTCP on the port of RTP. */
  onRtcp: ((bytes: Buffer) => void) | undefined;
  hertz: number;
  amplitude = 8000;
  /** Where it sends to. */
  target: MediaAddress | undefined;
  /** Answers each packet that comes; else it only hears. */
  talks = true;
  heard: number[] = [];
  readonly sources = new Set<number>();
  readonly markers: number[] = [];
  packets = 0;
  sequence = 65_000;
  #socket: Socket;
  readonly #view = new RtpView();
  readonly #codec: Codec;
  readonly #decoder: AudioDecoder;
  readonly #encoder: AudioEncoder;
  readonly #samples: Int16Array;
  readonly #payload = new Uint8Array(400);
  #timestamp = 0;
  #position = 0;
  #protector: SrtpSender | undefined;
  #opener: SrtpReceiver | undefined;
  #last: Uint8Array = new Uint8Array(0);
  #waiting: { readonly packets: number; readonly done: () => void }[] = [];

  private constructor(socket: Socket, hertz: number, ssrc: number, codec: Codec) {
    this.#socket = socket;
    this.#codec = codec;
    this.#decoder = codec.createDecoder();
    this.#encoder = codec.createEncoder();
    this.#samples = new Int16Array(codec.sampleRate / 50);
    this.hertz = hertz;
    this.ssrc = ssrc;
    socket.on('message', (bytes) => this.received(bytes));
  }

  static async open(hertz: number, ssrc: number, host = '127.0.0.1', codec: Codec = PCMU): Promise<RtpPhone> {
    return new RtpPhone(await bound(host), hertz, ssrc, codec);
  }

  get address(): MediaAddress {
    const { address, port } = this.#socket.address();
    return { host: address, port };
  }

  /** What offer and answer have agreed on with it. */
  media(changes: Partial<AudioLeg> = {}): MemberMedia {
    const { name } = this.#codec;
    const payloadType = payloadTypes[name];
    const codec = { encoding: name, sendPayloadType: payloadType, receivePayloadType: payloadType, ptimeMs: 20 };
    return {
      audio: {
        remote: this.address,
        direction: 'sendrecv',
        rtcp: undefined,
        srtp: undefined,
        codec,
        accepted: [codec],
        dtmf: { sendPayloadType: 101, receivePayloadType: 101, clockRate: 8000 },
        ...changes,
      },
      video: undefined,
    };
  }

  /** Resolves when it has heard so many more packets. */
  hear(packets: number): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ packets: this.packets + packets, done });
    });
  }

  /** Resolves when something is so, looked at every 10 packets that it hears; or after 20 s of them, when it isn't. */
  async hearUntil(isSo: () => boolean): Promise<void> {
    for (let look = 0; look < 100 && !isSo(); look++) await this.hear(10);
  }

  /** How loud a tone is in the last 200 ms: the median of 40 ms each, since a jitter buffer may stretch one of them. */
  hears(hertz: number): number {
    const { sampleRate } = this.#codec;
    const length = sampleRate / 25;
    const amplitudes = [1, 2, 3, 4, 5].map((part) => {
      const end = this.heard.length - (part - 1) * length;
      return amplitudeOf(this.heard.slice(end - length, end), hertz, sampleRate);
    });
    return amplitudes.toSorted((one, other) => one - other)[2] as number;
  }

  /** Says 20 ms of its tone. */
  say(): void {
    const { sampleRate, clockRate, name } = this.#codec;
    for (let index = 0; index < this.#samples.length; index++, this.#position++)
      this.#samples[index] = this.amplitude * Math.sin((2 * Math.PI * this.hertz * this.#position) / sampleRate);
    const length = this.#encoder.encode(this.#samples, this.#payload);
    const packet = Buffer.alloc(12 + length);
    writeRtpHeader(packet, 0, payloadTypes[name], false, this.sequence++, this.#timestamp, this.ssrc);
    this.#timestamp += clockRate / 50;
    packet.set(this.#payload.subarray(0, length), 12);
    this.send(packet);
  }

  /** A packet that nobody has asked for, of its own source. */
  stray(payloadType: number): void {
    const packet = Buffer.alloc(172, 0x55);
    writeRtpHeader(packet, 0, payloadType, false, this.sequence, this.#timestamp, this.ssrc);
    this.send(packet);
  }

  /** Presses a key: one packet of an event that has just begun (RFC 4733). */
  press(digit: string): void {
    const packet = Buffer.alloc(16);
    writeRtpHeader(packet, 0, 101, true, this.sequence++, this.#timestamp, this.ssrc);
    writeTelephoneEvent(packet, 12, eventOfDigit(digit) ?? 0, false, 10, 160);
    this.send(packet);
  }

  /** From now on it speaks SRTP. Returns what offer and answer have agreed on, as the mixer sees it. */
  protect(suite: SrtpSuite): SrtpKeys {
    const { keyBytes, saltBytes } = SRTP_SUITES[suite];
    const [own, mixers] = [randomBytes(keyBytes + saltBytes), randomBytes(keyBytes + saltBytes)];
    this.#protector = new SrtpSender(suite, own);
    this.#opener = new SrtpReceiver(suite, mixers);
    return { suite, send: mixers, receive: own };
  }

  /** Sends what it has sent last once more, from here or from another socket. */
  again(from: RtpPhone = this): void {
    from.#transmit(this.#last, this.target);
  }

  send(packet: Uint8Array): void {
    const memory = Buffer.alloc(packet.length + 32);
    memory.set(packet);
    const length = this.#protector?.protectRtp(memory, packet.length) ?? packet.length;
    if (typeof length !== 'number') throw new Error(length);
    this.#last = memory.subarray(0, length);
    this.#transmit(this.#last, this.target);
  }

  /** Sends an RTCP compound to the port after RTP's. */
  sendRtcp(compound: Uint8Array): void {
    if (this.target !== undefined) this.#transmit(compound, { ...this.target, port: this.target.port + 1 });
  }

  #transmit(bytes: Uint8Array, to: MediaAddress | undefined): void {
    if (to !== undefined) this.#socket.send(bytes, to.port, to.host);
  }

  /** Goes on from another port, as behind a NAT that has forgotten it. */
  async move(): Promise<void> {
    const before = this.#socket;
    this.#socket = await bound(before.address().address);
    this.#socket.on('message', (bytes) => this.received(bytes));
    before.removeAllListeners('message');
    before.close();
  }

  close(): void {
    this.#decoder.free();
    this.#encoder.free();
    this.#socket.close();
  }

  /** Takes one packet of the mixer's. */
  received(bytes: Buffer): void {
    if (isRtcp(bytes)) {
      this.onRtcp?.(bytes);
      return;
    }
    const length = this.#opener?.unprotectRtp(bytes, bytes.length) ?? bytes.length;
    if (typeof length !== 'number' || this.#view.read(bytes, length) !== undefined) return;
    const samples = new Int16Array(2880);
    const { payloadOffset, payloadLength } = this.#view;
    const count = this.#decoder.decode(bytes.subarray(payloadOffset, payloadOffset + payloadLength), samples);
    this.heard.push(...samples.subarray(0, count));
    this.heard = this.heard.slice(-48_000);
    this.sources.add(this.#view.ssrc);
    if (this.#view.marker) this.markers.push(this.packets);
    this.packets++;
    if (this.talks) this.say();
    this.onPacket?.();
    for (const waiting of this.#waiting) if (this.packets >= waiting.packets) waiting.done();
    this.#waiting = this.#waiting.filter(({ packets }) => this.packets < packets);
  }
}

function amplitudeOf(samples: readonly number[], hertz: number, sampleRate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hertz) / sampleRate);
  let [one, two] = [0, 0];
  for (const sample of samples) [one, two] = [sample + coefficient * one - two, one];
  return (2 * Math.sqrt(Math.max(0, one * one + two * two - coefficient * one * two))) / samples.length;
}

async function bound(host: string): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  return socket;
}
