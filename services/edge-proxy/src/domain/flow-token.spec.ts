import { describe, expect, it } from 'vitest';
import { flowToken, isSecureToken, parseFlowToken, tokenInLife, tokenOfLife } from './flow-token.js';

describe('flow tokens', () => {
  it.each([
    ['udp/192.0.2.1/5060', { kind: 'udp', host: '192.0.2.1', port: 5060 }],
    ['udp/2001:db8::1/40000', { kind: 'udp', host: '2001:db8::1', port: 40_000 }],
    ['udp/192.0.2.1/5060/10.0.0.1:5070', { kind: 'udp', host: '192.0.2.1', port: 5060, listener: '10.0.0.1:5070' }],
    [
      'udp/2001:db8::1/5060/[2001:db8::9]:5070',
      { kind: 'udp', host: '2001:db8::1', port: 5060, listener: '[2001:db8::9]:5070' },
    ],
    [
      'udp/192.0.2.1/5060/sip.example.com:5060',
      { kind: 'udp', host: '192.0.2.1', port: 5060, listener: 'sip.example.com:5060' },
    ],
    ['wss#4', { kind: 'connection', transport: 'WSS', id: 4 }],
    ['tcp#17', { kind: 'connection', transport: 'TCP', id: 17 }],
    ['siplink#1', { kind: 'connection', transport: 'SIPLINK', id: 1 }],
  ] as const)('%s', (text, reference) => {
    expect(parseFlowToken(text)).toEqual(reference);
    expect(flowToken(reference)).toBe(text);
  });

  it.each([
    '',
    'udp/192.0.2.1',
    'udp/192.0.2.1/0',
    'udp/192.0.2.1/65536',
    'udp/host.test/5060',
    'tcp#',
    'tcp#x',
    'TCP#1',
    'tcp#1\r\n',
    'udp/192.0.2.1/5060/',
    'udp/192.0.2.1/5060/a b',
  ])('%j is none of ours', (text) => {
    expect(parseFlowToken(text)).toBeUndefined();
  });

  it('are told to an edge with the life that is meant', () => {
    expect(tokenInLife('now', 'tcp#5')).toBe('now:tcp#5');
  });

  it.each([
    ['now:tcp#5', 'tcp#5'],
    ['now:udp/2001:db8::1/40000', 'udp/2001:db8::1/40000'],
    ['before:tcp#5', undefined],
    ['tcp#5', undefined],
    ['', undefined],
  ])('%j told to this life means %j', (text, token) => {
    expect(tokenOfLife('now', text)).toBe(token);
  });
});

it.each([
  ['tls#1', true],
  ['wss#1', true],
  ['1f0a:tls#1', true],
  ['1f0a:tcp#1', false],
  ['tcp#1', false],
  ['ws#1', false],
  ['udp/192.0.2.1/5061', false],
])('%s is encrypted: %s', (token, expected) => {
  expect(isSecureToken(token)).toBe(expected);
});
