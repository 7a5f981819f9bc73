import { randomFillSync } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { MediaTarget } from '@ringdown/testbed';

const packetMs = 20;
const payloadBytes = 160;
const headerBytes = 12;
/** Of the packets that are due when the clock has stood still for a while, no more. */
const mostAtOnce = 10;

interface Voice {
  readonly socket: Socket;
  readonly packet: Buffer;
  readonly speaks: boolean;
  target: MediaTarget | undefined;
  sequence: number;
}

/** The media of many members: a port each. Some speak with PCMU while they have somebody to speak to, the others only listen. */
export class Chatter {
  private readonly voices: Voice[] = [];
  private readonly timer: NodeJS.Timeout;
  private readonly beganMs = performance.now();
  private turns = 0;
  packetsHeard = 0;

  static async open(members: number, speaks: (member: number) => boolean): Promise<Chatter> {
    const chatter = new Chatter();
    for (let member = 0; member < members; member += 1) await chatter.add(speaks(member));
    return chatter;
  }

  private constructor() {
    this.timer = setInterval(() => this.speak(), packetMs);
  }

  portOf(member: number): number {
    return this.voices[member]?.socket.address().port ?? 0;
  }

  /** Speaks to a place from now on, or to nobody. */
  talkTo(member: number, target: MediaTarget | undefined): void {
    const voice = this.voices[member];
    if (voice !== undefined) voice.target = target;
  }

  close(): void {
    clearInterval(this.timer);
    for (const { socket } of this.voices) socket.close();
  }

  private async add(speaks: boolean): Promise<void> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    // Where a port is closed already, the answer to what was sent there is an error.
    socket.on('error', () => {});
    socket.on('message', () => {
      this.packetsHeard += 1;
    });
    const packet = Buffer.alloc(headerBytes + payloadBytes);
    packet[0] = 0x80;
    packet.writeUInt32BE(socket.address().port, 8);
    // A hoarse voice, but loud enough to be taken for one.
    randomFillSync(packet, headerBytes);
    this.voices.push({ socket, packet, speaks, target: undefined, sequence: 0 });
  }

  private speak(): void {
    const due = Math.floor((performance.now() - this.beganMs) / packetMs);
    const packets = Math.min(due - this.turns, mostAtOnce);
    this.turns = due;
    for (const voice of this.voices) {
      if (voice.target !== undefined && voice.speaks)
        for (let count = 0; count < packets; count += 1) send(voice, voice.target);
    }
  }
}

function send(voice: Voice, { host, port }: MediaTarget): void {
  voice.sequence = (voice.sequence + 1) & 0xffff;
  voice.packet.writeUInt16BE(voice.sequence, 2);
  voice.packet.writeUInt32BE((voice.sequence * payloadBytes) >>> 0, 4);
  voice.socket.send(Buffer.from(voice.packet), port, host);
}
