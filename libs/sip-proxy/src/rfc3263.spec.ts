import { parseUri, type SipUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import {
  type DnsAnswer,
  type DnsQuestion,
  type LocateOptions,
  type LocateStep,
  locate,
  type NaptrRecord,
} from './rfc3263.js';

function sipUri(text: string): SipUri {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') throw new Error(`${text} is no sip URI`);
  return uri;
}

const naptr = (order: number, preference: number, service: string, replacement: string): NaptrRecord => ({
  order,
  preference,
  flags: 's',
  service,
  regexp: '',
  replacement,
});

/** A zone: `TYPE name` → answer. What it lacks does not exist. */
type Zone = Readonly<Record<string, DnsAnswer>>;

const ZONE: Zone = {
  'NAPTR example.com': {
    type: 'NAPTR',
    records: [
      naptr(20, 1, 'SIP+D2U', '_sip._udp.late.example.com'),
      naptr(10, 60, 'SIP+D2U', '_sip._udp.example.com.'),
      naptr(10, 50, 'sip+d2t', '_sip._tcp.example.com'),
      naptr(10, 10, 'SIPS+D2T', '_sips._tcp.example.com'),
      naptr(10, 1, 'SIP+D2S', '_sip._sctp.example.com'),
      naptr(10, 2, 'E2U+sip', '_other.example.com'),
      { ...naptr(10, 4, 'SIP+D2U', 'one.example.com'), flags: 'a' },
      { ...naptr(10, 5, 'SIP+D2U', '_sip._udp.rewritten.example.com'), regexp: '!.*!x!' },
      { ...naptr(10, 3, 'SIP+D2U', ''), flags: 'u', regexp: '!.*!sip:x@y!' },
    ],
  },
  'SRV _sip._udp.example.com': {
    type: 'SRV',
    records: [
      { priority: 2, weight: 0, port: 5070, target: 'two.example.com' },
      { priority: 1, weight: 0, port: 5060, target: 'one.example.com.' },
    ],
  },
  'SRV _sip._tcp.example.com': {
    type: 'SRV',
    records: [{ priority: 1, weight: 0, port: 5080, target: 'one.example.com' }],
  },
  'SRV _sips._tcp.example.com': {
    type: 'SRV',
    records: [{ priority: 1, weight: 0, port: 5061, target: 'one.example.com' }],
  },
  'A one.example.com': { type: 'A', addresses: ['192.0.2.1', '192.0.2.2'] },
  'AAAA one.example.com': { type: 'AAAA', addresses: ['2001:db8::1'] },
  'A two.example.com': { type: 'A', addresses: ['192.0.2.3'] },
  'A example.com': { type: 'A', addresses: ['192.0.2.80'] },
  'A plain.example.net': { type: 'A', addresses: ['198.51.100.1'] },
  'SRV _sip._udp.srvonly.net': {
    type: 'SRV',
    records: [{ priority: 1, weight: 0, port: 5062, target: 'two.example.com' }],
  },
  'SRV _sip._tcp.srvonly.net': {
    type: 'SRV',
    records: [{ priority: 1, weight: 0, port: 5063, target: 'two.example.com' }],
  },
  'SRV _sip._udp.refused.net': { type: 'SRV', records: [{ priority: 0, weight: 0, port: 0, target: '.' }] },
  'A refused.net': { type: 'A', addresses: ['192.0.2.99'] },
  'SRV _sip._udp.down.net': { type: 'unavailable' },
  'A down.net': { type: 'unavailable' },
  'AAAA down.net': { type: 'unavailable' },
  'SRV _sip._udp.literal.net': {
    type: 'SRV',
    records: [{ priority: 1, weight: 0, port: 5064, target: '203.0.113.9' }],
  },
};

const EMPTY: Readonly<Record<DnsQuestion['type'], DnsAnswer>> = {
  NAPTR: { type: 'NAPTR', records: [] },
  SRV: { type: 'SRV', records: [] },
  A: { type: 'A', addresses: [] },
  AAAA: { type: 'AAAA', addresses: [] },
};

function resolve(uri: string, options: Partial<LocateOptions> = {}): { result: string; asked: string[] } {
  const asked: string[] = [];
  let step: LocateStep = locate(sipUri(uri), {
    transports: ['UDP', 'TCP'],
    families: ['A'],
    random: () => 0,
    ...options,
  });
  for (let rounds = 0; step.kind === 'ask' && rounds < 5; rounds++) {
    const answers = step.questions.map((question) => {
      const key = `${question.type} ${question.name}`;
      asked.push(key);
      return ZONE[key] ?? EMPTY[question.type];
    });
    step = step.resume(answers);
  }
  if (step.kind === 'ask') throw new Error('the search does not end');
  if (step.kind === 'failure') return { result: step.code, asked };
  return { result: step.targets.map((t) => `${t.transport} ${t.host} ${t.port}`).join(', '), asked };
}

describe('RFC 3263 §4', () => {
  it.each<{ name: string; uri: string; options?: Partial<LocateOptions>; result: string; asked?: string[] }>([
    {
      name: '§4.1 numeric host: UDP and the default port',
      uri: 'sip:bob@192.0.2.7',
      result: 'UDP 192.0.2.7 5060',
      asked: [],
    },
    { name: '§4.1 numeric host with port', uri: 'sip:192.0.2.7:5090', result: 'UDP 192.0.2.7 5090', asked: [] },
    { name: '§4.1 IPv6 reference', uri: 'sip:[2001:db8::7]:5090', result: 'UDP 2001:db8::7 5090', asked: [] },
    {
      name: '§4.1 numeric sips host: TLS',
      uri: 'sips:192.0.2.7',
      options: { transports: ['TLS'] },
      result: 'TLS 192.0.2.7 5061',
      asked: [],
    },
    {
      name: '§4.1 transport parameter wins',
      uri: 'sip:192.0.2.7;transport=TCP',
      result: 'TCP 192.0.2.7 5060',
      asked: [],
    },
    {
      name: '§4 maddr is the target',
      uri: 'sip:bob@example.com;maddr=192.0.2.8',
      result: 'UDP 192.0.2.8 5060',
      asked: [],
    },
    {
      name: '§4.2 port given: addresses, no SRV',
      uri: 'sip:plain.example.net:5070',
      result: 'UDP 198.51.100.1 5070',
      asked: ['A plain.example.net'],
    },
    {
      name: '§4.2 transport given: its SRV only',
      uri: 'sip:example.com;transport=tcp',
      result: 'TCP 192.0.2.1 5080, TCP 192.0.2.2 5080',
      asked: ['SRV _sip._tcp.example.com', 'A one.example.com'],
    },
    {
      name: '§4.2 transport given, no SRV: addresses and default port',
      uri: 'sip:plain.example.net;transport=tcp',
      result: 'TCP 198.51.100.1 5060',
    },
    {
      name: '§4.1 NAPTR: supported services by order and preference, then SRV by priority',
      uri: 'sip:bob@example.com',
      result: 'TCP 192.0.2.1 5080, TCP 192.0.2.2 5080, UDP 192.0.2.1 5060, UDP 192.0.2.2 5060, UDP 192.0.2.3 5070',
      asked: [
        'NAPTR example.com',
        'SRV _sip._tcp.example.com',
        'SRV _sip._udp.example.com',
        'A one.example.com',
        'A two.example.com',
      ],
    },
    {
      name: '§4.1 NAPTR: a client without TCP skips its record',
      uri: 'sip:example.com',
      options: { transports: ['UDP'] },
      result: 'UDP 192.0.2.1 5060, UDP 192.0.2.2 5060, UDP 192.0.2.3 5070',
    },
    {
      name: '§4.1 NAPTR: sips keeps SIPS services only',
      uri: 'sips:example.com',
      options: { transports: ['UDP', 'TCP', 'TLS'] },
      result: 'TLS 192.0.2.1 5061, TLS 192.0.2.2 5061',
    },
    {
      name: '§4.1 NAPTR: a sip URI may use a SIPS service',
      uri: 'sip:example.com',
      options: { transports: ['TLS'] },
      result: 'TLS 192.0.2.1 5061, TLS 192.0.2.2 5061',
    },
    {
      name: '§4.1 no NAPTR: SRV of each transport, the preferred first',
      uri: 'sip:srvonly.net',
      options: { transports: ['TCP', 'UDP'] },
      result: 'TCP 192.0.2.3 5063, UDP 192.0.2.3 5062',
    },
    {
      name: '§4.1 neither NAPTR nor SRV: UDP to the addresses',
      uri: 'sip:plain.example.net',
      result: 'UDP 198.51.100.1 5060',
    },
    { name: 'a trailing dot is no part of the name', uri: 'sip:plain.example.net.', result: 'UDP 198.51.100.1 5060' },
    {
      name: 'both families in the order of preference',
      uri: 'sip:example.com;transport=tcp',
      options: { families: ['AAAA', 'A'] },
      result: 'TCP 2001:db8::1 5080, TCP 192.0.2.1 5080, TCP 192.0.2.2 5080',
    },
    {
      name: 'an SRV target that is an address',
      uri: 'sip:literal.net;transport=udp',
      result: 'UDP 203.0.113.9 5064',
      asked: ['SRV _sip._udp.literal.net'],
    },
    {
      name: 'RFC 2782: SRV target "." refuses, and the name itself is not tried',
      uri: 'sip:refused.net;transport=udp',
      result: 'service-refused',
    },
    { name: 'no such name', uri: 'sip:nowhere.test', result: 'no-address' },
    {
      name: 'a DNS that does not answer is told from a name that does not exist',
      uri: 'sip:down.net;transport=udp',
      result: 'dns-unavailable',
    },
    {
      name: 'a transport nobody speaks',
      uri: 'sip:192.0.2.7;transport=carrier-pigeon',
      result: 'transport-not-supported',
      asked: [],
    },
    {
      name: 'a transport this element does not speak',
      uri: 'sip:192.0.2.7;transport=ws',
      result: 'transport-not-supported',
      asked: [],
    },
    {
      name: '§26.2.2 sips never goes over UDP',
      uri: 'sips:192.0.2.7;transport=udp',
      options: { transports: ['UDP', 'TLS'] },
      result: 'transport-not-supported',
      asked: [],
    },
    {
      name: 'sips over TCP is TLS',
      uri: 'sips:192.0.2.7;transport=tcp',
      options: { transports: ['TCP', 'TLS'] },
      result: 'TLS 192.0.2.7 5061',
      asked: [],
    },
    { name: 'sips without TLS at hand', uri: 'sips:plain.example.net', result: 'transport-not-supported' },
  ])('$name', ({ uri, options, result, asked }) => {
    const found = resolve(uri, options);
    expect(found.result).toBe(result);
    expect(found.asked).toEqual(asked ?? found.asked);
  });

  it('bounds what a hostile zone can make it ask and return', () => {
    const records = Array.from({ length: 500 }, (_, index) => ({
      priority: 1,
      weight: 1,
      port: 5060,
      target: `h${index}.test`,
    }));
    const step = locate(sipUri('sip:big.test;transport=udp'), {
      transports: ['UDP'],
      families: ['A', 'AAAA'],
      random: () => 0.5,
    });
    if (step.kind !== 'ask') throw new Error(step.kind);
    const next = step.resume([{ type: 'SRV', records }]);
    if (next.kind !== 'ask') throw new Error(next.kind);
    expect(next.questions).toHaveLength(16);
    const addresses = Array.from({ length: 100 }, (_, index) => `192.0.2.${index}`);
    const last = next.resume(next.questions.map(() => ({ type: 'A', addresses })));
    expect(last.kind === 'targets' ? last.targets.length : last.kind).toBe(16);
  });
});
