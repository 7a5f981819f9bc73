import { parseUri, type SipUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { type ListeningAddress, OwnAddresses } from './own-addresses.js';

const listening: readonly ListeningAddress[] = [
  { transport: 'UDP', family: 4, host: '192.0.2.1', port: 5060, local: { name: 'udp4' } },
  { transport: 'TCP', family: 6, host: '[2001:db8::1]', port: 5070, local: { name: 'tcp6' } },
  { transport: 'UDP', family: 4, host: '10.0.0.1', port: 5060, local: { name: 'inner udp4' } },
  { transport: 'TLS', family: 4, host: 'Edge.example.com', port: 5061, local: { name: 'tls4' } },
  { transport: 'WS', family: 4, host: 'edge.example.com', port: 5080, local: { name: 'ws4' } },
  { transport: 'WSS', family: 4, host: 'edge.example.com', port: 443, local: { name: 'wss4' } },
];
const own = new OwnAddresses();
for (const each of listening) own.add(each);
own.addAlias('203.0.113.9', 5060);
const flow = (name: string) => {
  const found = listening.find(({ local }) => (local as { name: string }).name === name);
  return { transport: found?.transport ?? 'SIPLINK', local: found?.local ?? {} };
};

describe('an edge’s own addresses', () => {
  it.each([
    ['sip:192.0.2.1', true],
    ['sip:192.0.2.1:5060;lr', true],
    ['sip:token@192.0.2.1:5060;lr', true],
    ['sip:[2001:db8::1]:5070;transport=tcp;lr', true],
    ['sip:192.0.2.1:5061', false],
    ['sips:192.0.2.1', false],
    ['sip:[2001:db8::1]', false],
    ['sip:example.com', false],
    ['sip:203.0.113.9;lr', true],
    ['sips:edge.example.com;lr', true],
    ['sip:EDGE.example.com;transport=TLS;lr', true],
    ['sip:edge.example.com:5080;transport=ws;lr', true],
    ['sip:edge.example.com;transport=ws;lr', false],
    ['sips:edge.example.com;transport=ws;lr', true],
    ['sip:edge.example.com;transport=wss;lr', true],
    ['sip:edge.example.com;lr', false],
  ])('%s: %s', (text, expected) => {
    expect(own.isOwn(parseUri(text) as SipUri)).toBe(expected);
  });

  it.each([
    ['192.0.2.1', true],
    ['[2001:db8::1]', true],
    ['edge.example.com', true],
    ['192.0.2.2', false],
  ])('is responsible for maddr=%s: %s', (host, expected) => {
    expect(own.isResponsibleFor(host)).toBe(expected);
  });

  it.each([
    ['udp4', 'sip', '192.0.2.1', 5060, 'UDP'],
    ['inner udp4', 'sip', '10.0.0.1', 5060, 'UDP'],
    ['tcp6', 'sip', '[2001:db8::1]', 5070, 'TCP'],
    ['wss4', 'sip', 'edge.example.com', 443, 'WSS'],
    ['no listener’s', 'sip', '192.0.2.1', 5060, 'UDP'],
  ])('over the %s flow it is seen at %s:%s:%i', (name, scheme, host, port, transport) => {
    expect(own.side(flow(name), false)).toEqual({ scheme, host, port, transport });
  });

  it.each([
    ['tls4', 'sips', 'Edge.example.com', 5061, 'TLS'],
    ['wss4', 'sips', 'edge.example.com', 443, 'WSS'],
    ['ws4', 'sips', 'edge.example.com', 443, 'WSS'],
    ['udp4', 'sips', 'Edge.example.com', 5061, 'TLS'],
    // No listener over IPv6 has TLS.
    ['tcp6', 'sip', '[2001:db8::1]', 5070, 'TCP'],
  ])('in a dialog by sips, over the %s flow, at %s:%s:%i', (name, scheme, host, port, transport) => {
    expect(own.side(flow(name), true)).toEqual({ scheme, host, port, transport });
  });

  it.each([
    ['UDP', '198.51.100.1', '192.0.2.1', 'UDP'],
    ['TCP', '2001:db8::7', '[2001:db8::1]', 'TCP'],
    ['WSS', '198.51.100.1', 'edge.example.com', 'WSS'],
    ['TCP', '198.51.100.1', '[2001:db8::1]', 'TCP'],
    ['UDP', '2001:db8::7', '192.0.2.1', 'UDP'],
  ])('a phone over %s at %s that another edge holds sees %s over %s', (transport, peer, host, seen) => {
    expect(own.sideTowards(transport, peer, false)).toMatchObject({ host, transport: seen });
  });

  it('answers with the same object each time: it is asked with every call', () => {
    expect(own.side(flow('udp4'), false)).toBe(own.side(flow('udp4'), false));
  });

  it('has at least one', () => {
    expect(() => new OwnAddresses().side(flow('udp4'), false)).toThrow('at least one');
  });
});
