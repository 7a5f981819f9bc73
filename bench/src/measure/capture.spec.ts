import { expect, it } from 'vitest';
import { readPcap } from './capture.js';

/** A pcap file with nanoseconds, with UDP over IPv4 on Ethernet, the IP header with a number of 32-bit words. */
function pcap(
  records: readonly { sec: number; nanos: number; from: number; to: number; text: string; ipWords?: number }[],
) {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d);
  const packets = records.map(({ sec, nanos, from, to, text, ipWords = 5 }) => {
    const packet = Buffer.alloc(14 + ipWords * 4 + 8 + text.length);
    packet[14] = 0x40 | ipWords;
    const udp = 14 + ipWords * 4;
    packet.writeUInt16BE(from, udp);
    packet.writeUInt16BE(to, udp + 2);
    packet.write(text, udp + 8, 'latin1');
    const record = Buffer.alloc(16);
    record.writeUInt32LE(sec);
    record.writeUInt32LE(nanos, 4);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return Buffer.concat([record, packet]);
  });
  return Buffer.concat([header, ...packets]);
}

it('reads ports, times and texts of datagrams', () => {
  const file = pcap([
    { sec: 1_700_000_000, nanos: 999_999_000, from: 5070, to: 5060, text: 'INVITE' },
    { sec: 1_700_000_001, nanos: 1_500, from: 5060, to: 5080, text: 'SIP/2.0 180', ipWords: 6 },
  ]);
  expect(readPcap(file)).toEqual([
    { atNanos: 999_999_000, sourcePort: 5070, destinationPort: 5060, text: 'INVITE' },
    { atNanos: 1_000_001_500, sourcePort: 5060, destinationPort: 5080, text: 'SIP/2.0 180' },
  ]);
});

it('takes no other file for one', () => {
  expect(() => readPcap(Buffer.alloc(24))).toThrow('this is no pcap file');
});

it('ends at a record that was cut', () => {
  const file = pcap([{ sec: 1, nanos: 0, from: 1, to: 2, text: 'BYE' }]);
  expect(readPcap(Buffer.concat([file, Buffer.alloc(10)]))).toHaveLength(1);
});
