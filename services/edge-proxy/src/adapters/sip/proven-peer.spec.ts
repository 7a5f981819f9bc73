import { expect, it } from 'vitest';
import type { Locate } from './locator.js';
import { provePeer } from './proven-peer.js';

const locate: Locate = (_, located) =>
  located([
    { kind: 'address', address: { transport: 'TLS', host: '192.0.2.1', port: 5061, serverName: 'trunk.test' } },
  ]);

it.each([
  ['192.0.2.1', undefined, true],
  ['192.0.2.2', undefined, false],
  ['192.0.2.2', ['trunk.test'], true],
  ['192.0.2.2', ['sip:trunk.test'], true],
  ['192.0.2.2', ['other.test'], false],
  ['192.0.2.1', ['other.test'], true],
] as const)('from %s with the certificate of %j: %s', (host, peerNames, expected) => {
  let proven: boolean | undefined;
  provePeer({ peerNames, remote: { host, port: 40_000 } }, 'sip:trunk.test;transport=tls', locate, (isPeer) => {
    proven = isPeer;
  });
  expect(proven).toBe(expected);
});
