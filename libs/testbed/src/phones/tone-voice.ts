import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { byteOf } from './pcmu.js';
import { SrtpSender } from './srtp-sender.js';

const packetMs = 20;
const packetSamples = 160;
const samplesPerSecond = 8_000;
const headerBytes = 12;

/** Where media goes. */
export interface MediaTarget {
  readonly host: string;
  readonly port: number;
}

export interface ToneVoiceOptions {
  readonly toneHertz: number;
  readonly amplitude?: number;
  /** Where it sends from; loopback unless told. */
  readonly host?: string;
  /** Master key and salt of AES_CM_128_HMAC_SHA1_80, 30 bytes; plain RTP unless told. */
  readonly srtpKey?: Buffer;
}

/** A mouth without a phone: it sends a tone as RTP with PCMU from a port of its own to wherever it is told, and takes no notice of what comes. */
export class ToneVoice {
  /** What it has sent last, as it went out. */
  latest: Buffer = Buffer.alloc(0);
  ssrc = randomBytes(4).readUInt32BE();
  private readonly sender: SrtpSender | undefined;
  private sequence = randomBytes(2).readUInt16BE() >> 2;
  private samples = 0;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  static async open(options: ToneVoiceOptions): Promise<ToneVoice> {
    const { host = '127.0.0.1' } = options;
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    // Where a port is closed already, the answer to what was sent there is an error.
    socket.on('error', () => {});
    return new ToneVoice(socket, options);
  }

  private constructor(
    private readonly socket: Socket,
    private readonly options: ToneVoiceOptions,
  ) {
    this.sender = options.srtpKey === undefined ? undefined : new SrtpSender(options.srtpKey);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** The next 20 ms of the tone. */
  next(): Buffer {
    const { toneHertz, amplitude = 8_000 } = this.options;
    const packet = Buffer.alloc(headerBytes + packetSamples);
    packet[0] = 0x80;
    packet.writeUInt16BE(this.sequence, 2);
    packet.writeUInt32BE(this.samples, 4);
    packet.writeUInt32BE(this.ssrc, 8);
    for (let i = 0; i < packetSamples; i += 1) {
      const sample = amplitude * Math.sin((2 * Math.PI * toneHertz * (this.samples + i)) / samplesPerSecond);
      packet[headerBytes + i] = byteOf(Math.round(sample));
    }
    this.sequence = (this.sequence + 1) & 0xffff;
    this.samples += packetSamples;
    this.latest = this.sender?.protect(packet) ?? packet;
    return this.latest;
  }

  /** Sends any bytes; nothing any more once it is closed. */
  send(bytes: Buffer, { host, port }: MediaTarget): void {
    if (!this.isClosed) this.socket.send(bytes, port, host);
  }

  /** Speaks at the pace of time until `hush`. */
  speakTo(target: MediaTarget): void {
    this.hush();
    const began = performance.now();
    let sent = 0;
    this.timer = setInterval(() => {
      const due = Math.floor((performance.now() - began) / packetMs);
      for (; sent < due; sent += 1) this.send(this.next(), target);
    }, packetMs);
  }

  hush(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  close(): void {
    this.hush();
    this.isClosed = true;
    this.socket.close();
  }
}
