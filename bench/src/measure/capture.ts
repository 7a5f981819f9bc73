import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, startChild } from '@ringdown/testbed';
import { pin } from './cores.js';

/** A datagram as the kernel saw it on loopback. */
export interface SeenDatagram {
  /** Nanoseconds since any moment, alike in one capture. */
  readonly atNanos: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly text: string;
}

/** Room for several seconds of datagrams, in KiB: tcpdump must lose none. */
const bufferKiB = 65_536;
const snapLength = 1_500;
const handOverMs = 1_200;

/** A tcpdump on loopback that writes every UDP datagram from and to one port. The times are the kernel's, whoever is busy. */
export class Capture {
  private constructor(
    private readonly child: Child,
    private readonly folder: string,
  ) {}

  /** Resolves when it captures; rejects with what tcpdump said where it may not. */
  static async start(port: number, core: number): Promise<Capture> {
    const folder = mkdtempSync(join(tmpdir(), 'ringdown-capture-'));
    const output = ['--time-stamp-precision=nano', '-w', join(folder, 'pcap'), '-Z', 'root'];
    const args = ['-i', 'lo', '-n', '-s', String(snapLength), '-B', String(bufferKiB), ...output, `udp port ${port}`];
    const child = startChild('tcpdump', args);
    try {
      await child.printed(/listening on/, 10_000);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
    pin(child.process.pid ?? -1, core);
    return new Capture(child, folder);
  }

  /** Ends it and returns what it has seen. */
  async stop(): Promise<readonly SeenDatagram[]> {
    // The kernel hands captured datagrams over once a second, or when a block is full.
    await delay(handOverMs);
    await this.child.end('SIGINT');
    const lost = Number(/(\d+) packets? dropped by kernel/.exec(this.child.output())?.[1] ?? 0);
    const datagrams = readPcap(readFileSync(join(this.folder, 'pcap')));
    rmSync(this.folder, { recursive: true, force: true });
    if (lost > 0) throw new Error(`tcpdump lost ${lost} datagrams`);
    return datagrams;
  }
}

const pcapHeaderBytes = 24;
const recordHeaderBytes = 16;
const ethernetBytes = 14;
const udpBytes = 8;
/** Of a file with nanoseconds, as this machine's order of bytes writes it. */
const nanosecondMagic = 0xa1b23c4d;

/** The datagrams of a pcap file with nanoseconds, of IPv4 on Ethernet, which is how loopback looks. Throws on any other file. */
export function readPcap(file: Buffer): readonly SeenDatagram[] {
  if (file.readUInt32LE(0) !== nanosecondMagic) throw new Error('this is no pcap file with nanoseconds');
  const datagrams: SeenDatagram[] = [];
  const firstSec = file.length > pcapHeaderBytes ? file.readUInt32LE(pcapHeaderBytes) : 0;
  for (let at = pcapHeaderBytes; at + recordHeaderBytes <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    const ip = at + recordHeaderBytes + ethernetBytes;
    const udp = ip + ((file[ip] ?? 0) & 0x0f) * 4;
    const end = at + recordHeaderBytes + length;
    datagrams.push({
      atNanos: (file.readUInt32LE(at) - firstSec) * 1e9 + file.readUInt32LE(at + 4),
      sourcePort: file.readUInt16BE(udp),
      destinationPort: file.readUInt16BE(udp + 2),
      text: file.toString('latin1', udp + udpBytes, end),
    });
    at = end;
  }
  return datagrams;
}
