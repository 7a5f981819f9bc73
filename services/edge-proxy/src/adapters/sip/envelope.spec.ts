import { directory } from '@ringdown/contracts';
import type { Ingress } from '@ringdown/sip-runtime';
import type { Flow } from '@ringdown/sip-transport';
import { describe, expect, it } from 'vitest';
import { type Origin, stranger } from '../../domain/request-in-hand.js';
import { subscriberOf, tenantOf } from '../../testing/tables.js';
import { envelopeFor } from './envelope.js';
import { flowTokensOf } from './flow-tokens.js';

const { PEER, UNTRUSTED } = directory.TrustClass;
const tenant = tenantOf('acme', 'example.com');
const tokens = flowTokensOf({ id: 'edge-1', incarnation: 'i1' });
const alice: Origin = {
  ...stranger(UNTRUSTED),
  tenant,
  subscriber: subscriberOf(tenant, 'alice'),
  addressOfRecord: 'sip:alice@example.com',
};
const remote = { host: '198.51.100.7', port: 5062 };
const local = { host: '192.0.2.10', port: 5060 };
const on = (transport: Flow['transport'], envelope?: Ingress['envelope']): Ingress => ({
  flow: { id: 3, transport, remote, local } as Flow,
  envelope,
  receivedAt: 0,
});

describe('what travels beside a request', () => {
  it.each([
    {
      name: 'from a phone over UDP',
      ingress: on('UDP'),
      origin: alice,
      expected: {
        ingressTransport: 'UDP',
        source: remote,
        local,
        flowToken: 'udp/198.51.100.7/5062',
        edge: { id: 'edge-1', incarnation: 'i1' },
        trustClass: 'subscriber',
        originatingTenantId: 'acme',
        authenticated: { addressOfRecord: 'sip:alice@example.com', username: 'alice' },
      },
    },
    {
      name: 'from a subscriber with a limit of contacts of its own',
      ingress: on('UDP'),
      origin: {
        ...alice,
        subscriber: { ...alice.subscriber, limits: { maxContactsPerAor: 2 } } as directory.Subscriber,
      },
      expected: { authenticated: { addressOfRecord: 'sip:alice@example.com', username: 'alice', maxContacts: 2 } },
    },
    {
      name: 'from a phone over TCP',
      ingress: on('TCP'),
      origin: alice,
      expected: { ingressTransport: 'TCP', flowToken: 'tcp#3' },
    },
    {
      name: 'from a stranger',
      ingress: on('UDP'),
      origin: stranger(UNTRUSTED),
      expected: { trustClass: 'untrusted', authenticated: undefined, originatingTenantId: undefined },
    },
    { name: 'from a peer', ingress: on('UDP'), origin: stranger(PEER), expected: { trustClass: 'peer' } },
    {
      name: 'from another edge: what that one said stays',
      ingress: on('SIPLINK', {
        ingressTransport: 'TCP',
        flowToken: 'tcp#9',
        edge: { id: 'edge-2', incarnation: 'x' },
        originatingTenantId: 'globex',
        targetFlowToken: 'tcp#1',
      }),
      origin: stranger(PEER),
      expected: {
        ingressTransport: 'TCP',
        flowToken: 'tcp#9',
        edge: { id: 'edge-2', incarnation: 'x' },
        originatingTenantId: 'globex',
        targetFlowToken: undefined,
      },
    },
  ])('$name', ({ ingress, origin, expected }) => {
    expect(envelopeFor(ingress, origin, undefined, tokens, undefined, undefined)).toMatchObject(expected);
  });

  it('the flow to leave on, the trace and whom it is for are the sender’s to say', () => {
    expect(envelopeFor(on('UDP'), alice, 'globex', tokens, 'tcp#5', '00-a-b-01')).toMatchObject({
      targetFlowToken: 'tcp#5',
      traceparent: '00-a-b-01',
      terminatingTenantId: 'globex',
    });
  });
});
