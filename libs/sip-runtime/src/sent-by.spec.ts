import { parseVia, type Via } from '@ringdown/sip-message';
import type { Flow, HostPort } from '@ringdown/sip-transport';
import { describe, expect, it } from 'vitest';
import { SentBy } from './sent-by.js';

const udp4: HostPort = { host: '192.0.2.1', port: 5060 };
const udp6: HostPort = { host: '2001:db8::1', port: 5060 };
const wss: HostPort = { host: 'Edge.example.com', port: 443 };
const sentBy = new SentBy('edge-1');
for (const address of [udp4, udp6, wss]) sentBy.add(address);

const flow = (transport: Flow['transport'], local: HostPort) => ({ transport, local }) as unknown as Flow;

describe('the sent-by of an element with several addresses', () => {
  it.each([
    [flow('UDP', udp4), 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport'],
    [flow('UDP', udp6), 'SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1;rport'],
    [flow('WSS', wss), 'SIP/2.0/WSS Edge.example.com:443;branch=z9hG4bK1'],
    [flow('TLS', { host: '192.0.2.9', port: 5061 }), 'SIP/2.0/TLS 192.0.2.9:5061;branch=z9hG4bK1'],
    [flow('SIPLINK', udp4), 'SIP/2.0/SIPLINK edge-1.siplink.invalid;branch=z9hG4bK1'],
    [flow('UDP', udp4), 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport'],
  ])('is that of the flow (%#)', (on, via) => {
    expect(sentBy.via(on, 'z9hG4bK1')).toBe(via);
  });

  it.each([
    ['SIP/2.0/UDP 192.0.2.1:5060', true],
    ['SIP/2.0/UDP 192.0.2.1', true],
    ['SIP/2.0/UDP [2001:db8::1]:5060', true],
    ['SIP/2.0/WSS edge.example.com:443', true],
    ['SIP/2.0/SIPLINK edge-1.siplink.invalid', true],
    ['SIP/2.0/TLS edge.example.com', false],
    ['SIP/2.0/UDP 192.0.2.1:5061', false],
  ])('knows its own in a response: %s, %s', (text, own) => {
    expect(sentBy.isOwn(parseVia(`${text};branch=z9hG4bK1`) as Via)).toBe(own);
  });
});
