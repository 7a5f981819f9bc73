import { type Child, startChild } from '../child-process.js';
import type { Sound } from './tone-file.js';

const startMs = 10_000;
const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const ethernetBytes = 14;
const udpBytes = 8;
const rtpBytes = 12;
const pcmuPayloadType = 0;
const sampleRate = 8_000;

/**
 * Hears what comes to the ports of a phone by plain RTP with PCMU, whatever the phone does with it: by tcpdump on the loopback interface, which needs root. In
 * the order of arrival; where packets come late or not at all there is nothing.
 */
export class WireEar {
  private unread = Buffer.alloc(0);
  private isPastHeader = false;
  private readonly heard: number[] = [];

  /** Resolves when it listens. */
  static async open(first: number, last: number): Promise<WireEar> {
    const filter = `udp and dst portrange ${first}-${last}`;
    const child = startChild('tcpdump', ['-i', 'lo', '-n', '-U', '--immediate-mode', '-s', '0', '-w', '-', filter]);
    const ear = new WireEar(child);
    await child.printed(/listening on lo/, startMs);
    return ear;
  }

  private constructor(private readonly child: Child) {
    child.process.stdout?.on('data', (chunk: Buffer) => this.read(chunk));
  }

  /** How many samples have come so far. */
  get samples(): number {
    return this.heard.length;
  }

  /** What has come since there were so many samples. */
  since(samples: number): Sound {
    return { sampleRate, samples: Int16Array.from(this.heard.slice(samples)) };
  }

  async close(): Promise<void> {
    await this.child.end();
  }

  /** A file of pcap in the byte order of this machine: a header, then for each packet a header with its length, and its bytes. */
  private read(chunk: Buffer): void {
    this.unread = Buffer.concat([this.unread, chunk]);
    if (!this.isPastHeader) {
      if (this.unread.length < fileHeaderBytes) return;
      this.unread = this.unread.subarray(fileHeaderBytes);
      this.isPastHeader = true;
    }
    while (this.unread.length >= recordHeaderBytes) {
      const end = recordHeaderBytes + this.unread.readUInt32LE(8);
      if (this.unread.length < end) return;
      this.hear(this.unread.subarray(recordHeaderBytes, end));
      this.unread = this.unread.subarray(end);
    }
  }

  private hear(frame: Buffer): void {
    const ipBytes = ((frame[ethernetBytes] ?? 0) & 0x0f) * 4;
    const rtp = frame.subarray(ethernetBytes + ipBytes + udpBytes);
    if (rtp.length < rtpBytes || ((rtp[1] ?? 0) & 0x7f) !== pcmuPayloadType) return;
    const sources = ((rtp[0] ?? 0) & 0x0f) * 4;
    for (const byte of rtp.subarray(rtpBytes + sources)) this.heard.push(linearOf(byte));
  }
}

/** ITU-T G.711, µ-law. */
function linearOf(byte: number): number {
  const inverted = ~byte & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted & 0x70) >> 4)) - 0x84;
  return (inverted & 0x80) === 0 ? magnitude : -magnitude;
}
