import { parseVia, type Via } from '@ringdown/sip-message';
import type { Flow, HostPort, SipLinkFlow } from '@ringdown/sip-transport';
import { describe, expect, it } from 'vitest';
import type { Hop } from '../../domain/hop.js';
import { Outbound, type OutboundOptions } from './outbound.js';

const flow = (name: string) => ({ name }) as unknown as Flow & { readonly name: string };
const link = (name: string) => ({ name }) as unknown as SipLinkFlow & { readonly name: string };

const aliases: string[] = [];
const options: OutboundOptions = {
  edgeId: 'edge-1',
  incarnation: 'now',
  wires: {
    udp: ({ host, port }: HostPort, listener) =>
      host.includes(':') ? undefined : flow(`udp ${host}:${port}${listener === undefined ? '' : ` from ${listener}`}`),
    stream: (transport, { host, port }, serverName) =>
      transport === 'WS' ? undefined : flow(`${transport} ${host}:${port} as ${serverName}`),
    alias: (from, { host, port }) => void aliases.push(`${(from as unknown as { name: string }).name} ${host}:${port}`),
    connection: (transport, id) => (transport === 'TCP' && id === 7 ? flow('connection 7') : undefined),
  },
  links: {
    service: (name, method) => (name === 'registrar' ? link(`${name} for ${method}`) : undefined),
    edge: (id, incarnation) => ((id === 'edge-2' || id === 'edge-5') && incarnation === 'now' ? link(id) : undefined),
    isOver: (id, incarnation) => id === 'edge-4' && incarnation !== 'now',
    isLeaving: (id, incarnation) => id === 'edge-5' && incarnation === 'now',
  },
};
const outbound = new Outbound(options);
const byFlow = (flowToken: string, edgeId: string, incarnation: string): Hop => ({
  kind: 'flow',
  flowToken,
  edgeId,
  incarnation,
});
const byAddress = (transport: 'UDP' | 'TCP' | 'TLS' | 'WS', host = '192.0.2.1'): Hop => ({
  kind: 'address',
  address: { transport, host, port: 5060, serverName: 'peer.test' },
});

describe('the way that a hop means', () => {
  it.each([
    ['an address over UDP', byAddress('UDP'), 'wire', 'udp 192.0.2.1:5060'],
    ['an address over TCP', byAddress('TCP'), 'wire', 'TCP 192.0.2.1:5060 as peer.test'],
    ['an address over TLS', byAddress('TLS'), 'wire', 'TLS 192.0.2.1:5060 as peer.test'],
    ['an address over WebSocket, which a server can’t open', byAddress('WS'), 'unreachable', undefined],
    ['an address of a family that is not spoken', byAddress('UDP', '2001:db8::1'), 'unreachable', undefined],
    ['a service', { kind: 'service', service: 'registrar' }, 'link', 'registrar for INVITE'],
    ['a service that is away', { kind: 'service', service: 'redirect' }, 'unreachable', undefined],
    ['an own pinhole', byFlow('udp/192.0.2.1/5062', 'edge-1', 'now'), 'wire', 'udp 192.0.2.1:5062'],
    [
      'an own pinhole of one of several listeners',
      byFlow('udp/192.0.2.1/5062/10.0.0.1:5060', 'edge-1', 'now'),
      'wire',
      'udp 192.0.2.1:5062 from 10.0.0.1:5060',
    ],
    [
      'an own pinhole of a family that is not spoken any more',
      byFlow('udp/2001:db8::1/5062', 'edge-1', 'now'),
      'flow-gone',
      undefined,
    ],
    [
      'a pinhole of a family that only an absent edge speaks',
      byFlow('udp/2001:db8::1/5062', 'edge-3', 'now'),
      'owner-away',
      undefined,
    ],
    ['a connection’s id under another transport', byFlow('tls#7', 'edge-1', 'now'), 'flow-gone', undefined],
    ['an own connection', byFlow('tcp#7', 'edge-1', 'now'), 'wire', 'connection 7'],
    ['an own connection that is gone', byFlow('tcp#8', 'edge-1', 'now'), 'flow-gone', undefined],
    ['a connection of an earlier life', byFlow('tcp#7', 'edge-1', 'before'), 'flow-gone', undefined],
    ['another edge’s', byFlow('tcp#3', 'edge-2', 'now'), 'link', 'edge-2'],
    ['another edge’s pinhole', byFlow('udp/192.0.2.1/5062', 'edge-2', 'now'), 'link', 'edge-2'],
    ['a connection of an edge that is not known', byFlow('tcp#3', 'edge-3', 'now'), 'owner-away', undefined],
    ['a connection of an earlier life of an edge', byFlow('tcp#3', 'edge-4', 'before'), 'flow-gone', undefined],
    [
      'a pinhole of an edge that is gone: any edge may try (D3)',
      byFlow('udp/192.0.2.1/5062', 'edge-3', 'now'),
      'wire',
      'udp 192.0.2.1:5062',
    ],
    ['a pinhole of an edge that leaves', byFlow('udp/192.0.2.1/5062', 'edge-5', 'now'), 'wire', 'udp 192.0.2.1:5062'],
    [
      'a pinhole of a family that only an edge speaks which leaves',
      byFlow('udp/2001:db8::1/5062', 'edge-5', 'now'),
      'link',
      'edge-5',
    ],
    ['a connection of an edge that leaves', byFlow('tcp#3', 'edge-5', 'now'), 'link', 'edge-5'],
    ['a token that is none', byFlow('?', 'edge-1', 'now'), 'flow-gone', undefined],
  ] as const)('%s: %s', (_, hop, kind, name) => {
    const way = outbound.find(hop, 'INVITE');
    expect(way.kind).toBe(kind);
    expect('flow' in way ? (way.flow as unknown as { name: string }).name : undefined).toBe(name);
    const token = way.kind === 'link' ? way.targetFlowToken : undefined;
    expect(token).toBe(way.kind === 'link' && hop.kind === 'flow' ? `now:${hop.flowToken}` : undefined);
  });

  it.each([
    ['an own one', 'edge-1', 'now', 'wire'],
    ['another edge’s', 'edge-2', 'now', 'link'],
    ['that of an edge that leaves', 'edge-5', 'now', 'link'],
    ['that of an edge that is away', 'edge-3', 'now', 'owner-away'],
    ['that of an earlier life', 'edge-4', 'before', 'flow-gone'],
  ])('a pinhole where each edge has its own: %s', (_, edgeId, incarnation, kind) => {
    const way = new Outbound({ ...options, pinholes: 'owned' }).find(
      byFlow('udp/192.0.2.1/5062', edgeId, incarnation),
      'INVITE',
    );
    expect(way.kind).toBe(kind);
  });
});

describe('a peer that asks for an alias (RFC 5923)', () => {
  const peerNames = ['trunk.test'];
  it.each([
    ['TLS', peerNames, 'SIP/2.0/TLS trunk.test;alias;branch=z9hG4bK1', ['flow trunk.test:5061']],
    ['TLS', peerNames, 'SIP/2.0/TLS trunk.test:5071;alias;branch=z9hG4bK1', ['flow trunk.test:5071']],
    ['TLS', peerNames, 'SIP/2.0/TLS trunk.test;branch=z9hG4bK1', []],
    ['TLS', undefined, 'SIP/2.0/TLS trunk.test;alias;branch=z9hG4bK1', []],
    ['TCP', peerNames, 'SIP/2.0/TCP trunk.test;alias;branch=z9hG4bK1', []],
  ])('over %s with the names %j: %s, %j', (transport, names, via, expected) => {
    aliases.length = 0;
    const from = { name: 'flow', transport, peerNames: names } as unknown as Flow;
    outbound.received(from, parseVia(via) as Via);
    expect(aliases).toEqual(expected);
  });
});
