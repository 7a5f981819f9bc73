import { parseNameAddr, parseUri, type SipUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { register } from '../testing/requests.js';
import { contactFlow, type SentBy, senderSentBy } from './contact-flow.js';

const nat: SentBy = { host: '10.0.0.5', port: 5062 };

function reached(contact: string, transport: string, host: string, port: number, sentBy: SentBy | undefined): string {
  const address = parseNameAddr(contact);
  if (!('uri' in address)) throw new Error(contact);
  const flow = {
    flowToken: 'token',
    edgeId: 'e1',
    incarnation: 'i1',
    receivedTransport: transport,
    receivedHost: host,
    receivedPort: port,
  };
  const found = contactFlow(parseUri(address.uri) as SipUri, address.params, flow, sentBy);
  expect(found).toEqual({ ...flow, flowToken: found.flowToken });
  return found.flowToken === '' ? 'the contact' : 'the flow';
}

describe('contactFlow', () => {
  it.each<[string, string, string, string, number, SentBy | undefined, 'the flow' | 'the contact']>([
    ['the source itself', '<sip:a@192.0.2.4:5062>', 'UDP', '192.0.2.4', 5062, undefined, 'the flow'],
    ['the source at the default port', '<sip:a@192.0.2.4>', 'UDP', '192.0.2.4', 5060, undefined, 'the flow'],
    ['the source at another port', '<sip:a@192.0.2.4:5070>', 'UDP', '192.0.2.4', 5062, undefined, 'the contact'],
    ['no port where the source has one', '<sip:a@192.0.2.4>', 'UDP', '192.0.2.4', 5062, undefined, 'the contact'],
    ['another host', '<sip:a@192.0.2.9:5062>', 'UDP', '192.0.2.4', 5062, undefined, 'the contact'],
    ['a host name', '<sip:a@pc.example>', 'UDP', '192.0.2.4', 5060, undefined, 'the contact'],
    ['behind a NAT', '<sip:a@10.0.0.5:5062>', 'UDP', '203.0.113.1', 40_001, nat, 'the flow'],
    ['behind a NAT, another port', '<sip:a@10.0.0.5:5064>', 'UDP', '203.0.113.1', 40_001, nat, 'the contact'],
    ['behind a NAT, its neighbour', '<sip:a@10.0.0.6:5062>', 'UDP', '203.0.113.1', 40_001, nat, 'the contact'],
    [
      'a default port on either side',
      '<sip:a@10.0.0.5:5060>',
      'UDP',
      '203.0.113.1',
      40_001,
      { host: '10.0.0.5', port: undefined },
      'the flow',
    ],
    [
      'a name that it calls itself',
      '<sip:a@PC.example.>',
      'UDP',
      '192.0.2.4',
      5060,
      { host: 'pc.example', port: undefined },
      'the flow',
    ],
    [
      'TCP, where it listens',
      '<sip:a@192.0.2.4:5060;transport=tcp>',
      'TCP',
      '192.0.2.4',
      51_000,
      undefined,
      'the flow',
    ],
    [
      'TLS behind a NAT',
      '<sips:a@10.0.0.5:5061>',
      'TLS',
      '203.0.113.1',
      40_001,
      { host: '10.0.0.5', port: 5071 },
      'the flow',
    ],
    ['TCP, another host', '<sip:a@192.0.2.9:5060>', 'TCP', '192.0.2.4', 51_000, nat, 'the contact'],
    [
      'a browser (RFC 7118 §5)',
      '<sip:x@df7jal23ls0d.invalid;transport=ws>',
      'WSS',
      '192.0.2.4',
      51_000,
      { host: 'df7jal23ls0d.invalid', port: undefined },
      'the flow',
    ],
    ['outbound', '<sip:a@192.0.2.9:5070>;reg-id=1;+sip.instance="<urn:x>"', 'UDP', '192.0.2.4', 5062, nat, 'the flow'],
    ['outbound by its URI', '<sip:a@192.0.2.9:5070;ob>', 'UDP', '192.0.2.4', 5062, nat, 'the flow'],
    ['IPv6 without brackets', '<sip:a@[2001:db8::1]:5062>', 'UDP', '2001:db8::1', 5062, undefined, 'the flow'],
    ['IPv6 written otherwise', '<sip:a@[2001:DB8:0::1]:5062>', 'TCP', '2001:db8::1', 9, undefined, 'the flow'],
  ])('%s', (_, contact, transport, host, port, sentBy, way) => {
    expect(reached(contact, transport, host, port, sentBy)).toBe(way);
  });
});

describe('senderSentBy', () => {
  it.each<[string, string[], SentBy | undefined]>([
    ['below the edge’s', ['SIP/2.0/UDP edge;branch=z9hG4bK1', 'SIP/2.0/UDP 10.0.0.5:5062;rport;branch=z9hG4bK2'], nat],
    ['on one line', ['SIP/2.0/UDP edge;branch=z9hG4bK1, SIP/2.0/UDP 10.0.0.5:5062;branch=z9hG4bK2'], nat],
    [
      'of the last hop before the platform',
      ['SIP/2.0/TCP edge;branch=z9hG4bK1', 'SIP/2.0/TCP p1;branch=z9hG4bK2', 'SIP/2.0/UDP ua;branch=z9hG4bK3'],
      { host: 'p1', port: undefined },
    ],
    ['none', ['SIP/2.0/UDP edge;branch=z9hG4bK1'], undefined],
    ['one that can not be read', ['SIP/2.0/UDP edge;branch=z9hG4bK1', 'nonsense'], undefined],
  ])('%s', (_, vias, expected) => {
    const { request } = { request: register([], { vias: vias.join('\r\nVia: ') }) };
    expect(senderSentBy(request)).toEqual(expected);
  });
});
