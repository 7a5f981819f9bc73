import { PacketTap } from './packet-tap.js';
import { linearOf } from './pcmu.js';
import type { Sound } from './tone-file.js';

const rtpBytes = 12;
const pcmuPayloadType = 0;
const sampleRate = 8_000;

/**
 * Hears what comes to the ports of a phone by plain RTP with PCMU, whatever the phone does with it; needs root. In the order of arrival; where packets come late
 * or not at all there is nothing.
 */
export class WireEar {
  private tap: PacketTap | undefined;
  private readonly heard: number[] = [];

  /** Resolves when it listens. */
  static async open(firstPort: number, lastPort: number): Promise<WireEar> {
    const ear = new WireEar();
    ear.tap = await PacketTap.open(firstPort, lastPort, (packet) => ear.hear(packet));
    return ear;
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
    await this.tap?.close();
  }

  private hear(rtp: Buffer): void {
    if (rtp.length < rtpBytes || ((rtp[1] ?? 0) & 0x7f) !== pcmuPayloadType) return;
    const sources = ((rtp[0] ?? 0) & 0x0f) * 4;
    for (const byte of rtp.subarray(rtpBytes + sources)) this.heard.push(linearOf(byte));
  }
}
