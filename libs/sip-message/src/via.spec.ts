import { expect, it } from 'vitest';
import { parseVia, type Via } from './via.js';

it.each<[string, Partial<Via>]>([
  [
    'SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds',
    { transport: 'UDP', host: 'pc33.atlanta.com', branch: 'z9hG4bK776asdhds' },
  ],
  ['SIP/2.0/udp H:5061', { transport: 'UDP', host: 'h', port: 5061, branch: undefined, rport: undefined }],
  ['sip/2.0/Tls-SCTP h', { protocol: 'SIP/2.0', transport: 'TLS-SCTP' }],
  ['SIP / 2.0 / TCP h : 5060 ; branch = z9 ; rport', { transport: 'TCP', port: 5060, branch: 'z9', rport: true }],
  ['SIP/2.0/UDP h;rport=5062;received=192.0.2.1', { rport: 5062, received: '192.0.2.1' }],
  ['SIP/2.0/UDP h;received=[2001:db8::1]', { received: '2001:db8::1' }],
  ['SIP/2.0/UDP h;received=2001:db8::1', { received: '2001:db8::1' }],
  [
    'SIP/2.0/UDP [2001:DB8::9]:5070;maddr=224.2.0.1;ttl=16',
    { host: '[2001:db8::9]', port: 5070, maddr: '224.2.0.1', ttl: 16 },
  ],
  ['SIP/2.0/UDP h;BRANCH=x;RPort', { branch: 'x', rport: true }],
  ['SIP/2.0/UDP h;extra="a,b;c"', { host: 'h' }],
  ['SIP/3.0/UDP h', { protocol: 'SIP/3.0' }],
])('%s', (text, parts) => {
  expect(parseVia(text)).toMatchObject({ kind: 'via', ...parts });
});

it('gives all parameters in order, values as written', () => {
  const via = parseVia('SIP/2.0/UDP h;branch=z9hG4bKx ; Extra = "a;b";flag') as Via;
  expect(via.params.entries()).toEqual([
    ['branch', 'z9hG4bKx'],
    ['Extra', '"a;b"'],
    ['flag', ''],
  ]);
  expect(via.params.get('extra')).toBe('"a;b"');
});

it.each([
  ['', 0],
  ['SIP/2.0', 7],
  ['SIP/2.0/UDP', 11],
  ['SIP/2.0/UDP ', 12],
  ['SIP//UDP h', 4],
  ['SIP/2.0/UDP h:99999', 14],
  ['SIP/2.0/UDP h:', 14],
  ['SIP/2.0/UDP 2001:db8::1', 12],
  ['SIP/2.0/UDP h;;', 14],
  ['SIP/2.0/UDP h;branch=', 21],
  ['SIP/2.0/UDP h;branch', 14],
  ['SIP/2.0/UDP h;branch=a;branch=b', 23],
  ['SIP/2.0/UDP h;rport=x', 14],
  ['SIP/2.0/UDP h;rport;rport', 20],
  ['SIP/2.0/UDP h;received', 14],
  ['SIP/2.0/UDP h;ttl=256', 14],
  ['SIP/2.0/UDP h;x="a', 16],
  ['SIP/2.0/UDP h branch=x', 14],
  ['SIP/2.0/UDP h, SIP/2.0/UDP i', 13],
])('%j fails at %i', (text, offset) => {
  expect(parseVia(text)).toMatchObject({ kind: 'failure', code: 'via-syntax', offset });
});
