import { describe, expect, it } from 'vitest';
import { hepChunks } from '../../testing/hep-chunks.js';
import { type HepMessage, hepPacket } from './hep-packet.js';

const message: HepMessage = {
  source: { host: '198.51.100.7', port: 41_000 },
  destination: { host: '192.0.2.1', port: 5060 },
  transport: 'UDP',
  atUs: 1_763_800_000_123_456,
  raw: 'BYE sip:a SIP/2.0\r\nCall-ID: a@b\r\n\r\n\u00ff',
  correlationId: 'a@b',
};
const agent = { id: 2_001, nodeName: 'edge-1', password: 'secret' };

function hex(packet: Buffer): Readonly<Record<string, string>> {
  return Object.fromEntries([...hepChunks(packet)].map(([type, content]) => [type, content.toString('hex')]));
}

describe('hepPacket', () => {
  it('has every chunk that a capture server wants', () => {
    expect(hex(hepPacket(message, agent))).toEqual({
      1: '02',
      2: '11',
      3: 'c6336407',
      4: 'c0000201',
      7: 'a028',
      8: '13c4',
      9: '692173c0',
      10: '0001e240',
      11: '01',
      12: '000007d1',
      14: Buffer.from('secret').toString('hex'),
      15: Buffer.from(message.raw, 'latin1').toString('hex'),
      17: Buffer.from('a@b').toString('hex'),
      19: Buffer.from('edge-1').toString('hex'),
    });
  });

  it.each([
    ['2001:db8::7', '::1', '20010db8000000000000000000000007', '00000000000000000000000000000001'],
    ['fe80::1%eth0', '2001:db8:1:2:3:4:5:6', 'fe800000000000000000000000000001', '20010db8000100020003000400050006'],
    ['::', '192.0.2.1', '00000000000000000000000000000000', '00000000000000000000ffffc0000201'],
    ['::ffff:192.0.2.1', 'sip.example.com', '00000000000000000000ffffc0000201', '00000000000000000000000000000000'],
  ])('writes %s to %s over IPv6', (from, to, source, destination) => {
    const packet = hepPacket(
      { ...message, source: { host: from, port: 1 }, destination: { host: to, port: 2 } },
      agent,
    );
    expect(hex(packet)).toMatchObject({ 1: '0a', 5: source, 6: destination });
  });

  it('writes zeros for a name among IPv4 addresses', () => {
    expect(hex(hepPacket({ ...message, destination: { host: 'sip.example.com', port: 5060 } }, agent))).toMatchObject({
      1: '02',
      4: '00000000',
    });
  });

  it.each(['TCP', 'TLS', 'WS', 'WSS'] as const)('says TCP for %s', (transport) => {
    expect(hex(hepPacket({ ...message, transport }, agent))).toMatchObject({ 2: '06' });
  });

  it('has no password where there is none, and cuts what does not fit', () => {
    const packet = hepPacket({ ...message, raw: 'x'.repeat(65_535) }, { ...agent, password: undefined });
    expect(packet).toHaveLength(65_000);
    expect(hepChunks(packet).has(14)).toBe(false);
  });
});
