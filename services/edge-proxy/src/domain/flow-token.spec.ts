import { describe, expect, it } from 'vitest';
import { flowToken, parseFlowToken } from './flow-token.js';

describe('flow tokens', () => {
  it.each([
    ['udp/192.0.2.1/5060', { kind: 'udp', host: '192.0.2.1', port: 5060 }],
    ['udp/2001:db8::1/40000', { kind: 'udp', host: '2001:db8::1', port: 40_000 }],
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
  ])('%j is none of ours', (text) => {
    expect(parseFlowToken(text)).toBeUndefined();
  });
});
