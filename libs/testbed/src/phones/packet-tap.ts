import { type Child, startChild } from '../child-process.js';

const startMs = 10_000;
const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const ethernetBytes = 14;
const udpBytes = 8;

/** Sees the UDP datagrams over IPv4 that come to some ports of the loopback interface, whoever has these ports: by tcpdump, which needs root. */
export class PacketTap {
  private unread = Buffer.alloc(0);
  private isPastHeader = false;

  /** Resolves when it sees. `take` gets the payload of each datagram, in the order of arrival. */
  static async open(firstPort: number, lastPort: number, take: (payload: Buffer) => void): Promise<PacketTap> {
    const filter = `ip and udp and dst portrange ${firstPort}-${lastPort}`;
    const child = startChild('tcpdump', ['-i', 'lo', '-n', '-U', '--immediate-mode', '-s', '0', '-w', '-', filter]);
    const tap = new PacketTap(child, take);
    await child.printed(/listening on lo/, startMs);
    return tap;
  }

  private constructor(
    private readonly child: Child,
    private readonly take: (payload: Buffer) => void,
  ) {
    child.process.stdout?.on('data', (chunk: Buffer) => this.read(chunk));
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
      const packet = this.unread.subarray(recordHeaderBytes + ethernetBytes, end);
      const ipBytes = ((packet[0] ?? 0) & 0x0f) * 4;
      this.take(packet.subarray(ipBytes + udpBytes));
      this.unread = this.unread.subarray(end);
    }
  }
}
