import { describe, expect, it } from 'vitest';
import { transportFor } from './transport-choice.js';

describe('transportFor (RFC 3261 §18.1.1)', () => {
  it.each([
    ['UDP', 1_300, true, 'UDP'],
    ['UDP', 1_301, true, 'TCP'],
    ['UDP', 1_301, false, 'UDP'],
    ['TCP', 1_301, true, 'TCP'],
    ['TLS', 1_301, true, 'TLS'],
  ] as const)('%s for %i bytes, TCP taken: %s, gives %s', (transport, bytes, peerTakesTcp, expected) => {
    const target = { transport, host: '192.0.2.1', port: 5060, serverName: 'example.com' };
    expect(transportFor(target, bytes, peerTakesTcp)).toEqual({ ...target, transport: expected });
  });
});
