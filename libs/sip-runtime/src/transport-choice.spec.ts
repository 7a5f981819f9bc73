import type { ResolvedTarget } from '@ringdown/sip-proxy';
import { describe, expect, it } from 'vitest';
import { streamsFirst } from './transport-choice.js';

const target = (text: string): ResolvedTarget => {
  const [transport = '', host = ''] = text.split(' ');
  return { transport: transport as ResolvedTarget['transport'], host, port: 5060, serverName: 'example.com' };
};

describe('streamsFirst (RFC 3261 §18.1.1)', () => {
  it.each([
    { bytes: 1_300, targets: ['UDP a', 'TCP a'], order: ['UDP a', 'TCP a'] },
    { bytes: 1_301, targets: ['UDP a', 'TCP a'], order: ['TCP a', 'UDP a'] },
    { bytes: 1_301, targets: ['UDP a'], order: ['UDP a'] },
    { bytes: 1_301, targets: ['UDP a', 'TCP b'], order: ['UDP a', 'TCP b'] },
    { bytes: 1_301, targets: ['UDP a', 'UDP b', 'TCP b', 'TCP a'], order: ['TCP a', 'UDP a', 'TCP b', 'UDP b'] },
    { bytes: 1_301, targets: ['TLS a', 'UDP a', 'TCP a'], order: ['TLS a', 'TCP a', 'UDP a'] },
    { bytes: 1_301, targets: ['TCP a', 'UDP a'], order: ['TCP a', 'UDP a'] },
  ])('$bytes bytes to $targets: $order', ({ bytes, targets, order }) => {
    const given = targets.map(target);
    expect(streamsFirst(given, bytes).map(({ transport, host }) => `${transport} ${host}`)).toEqual(order);
  });
});
