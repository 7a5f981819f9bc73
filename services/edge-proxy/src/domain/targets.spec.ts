import { directory } from '@ringdown/contracts';
import { type ContactValue, parseContacts, parseMessage } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { byDomain, routeOf, tenantOf, toNextHop } from '../testing/tables.js';
import { nextHopOf, recursionWithin, targetByFlow, targetByService, targetByUri, targetOutside } from './targets.js';

const tenant = tenantOf('acme', 'example.com');
const { PEER, UNTRUSTED } = directory.TrustClass;
const flow = (flowToken: string) => ({ kind: 'flow', flowToken, edgeId: 'e', incarnation: 'i' }) as const;

describe('targets', () => {
  const route = routeOf(byDomain('peer.test'), toNextHop('sip:gw.test'), PEER);
  it.each([
    {
      name: 'by URI',
      target: targetByUri('sip:a@b'),
      expected: { hopCount: 0, failover: 'addresses', trustClass: UNTRUSTED },
    },
    {
      name: 'by flows',
      target: targetByFlow('sip:a@b', flow('udp/192.0.2.1/1'), flow('tcp#2')),
      expected: { hopCount: 2, failover: 'flows' },
    },
    {
      name: 'a service, which is trusted and found again',
      target: targetByService('sip:a@b', 'b2bua'),
      expected: {
        hops: [{ kind: 'service', service: 'b2bua' }],
        leg: { kind: 'service', service: 'b2bua' },
        trustClass: PEER,
      },
    },
    {
      name: 'a peer by its route',
      target: targetOutside('sip:a@b', { kind: 'outside', tenant, route, nextHop: 'sip:gw.test' }),
      expected: { nextHop: 'sip:gw.test', trustClass: PEER, leg: { kind: 'trunk', routeId: 'route' } },
    },
  ])('$name', ({ target, expected }) => {
    expect(target).toMatchObject({ uri: 'sip:a@b', ...expected });
  });

  it('a route without a next hop leaves it to the Request-URI', () => {
    const target = targetOutside('sip:a@b', { kind: 'outside', tenant, route, nextHop: undefined });
    expect('nextHop' in target).toBe(false);
  });
});

describe('redirects that are followed (RFC 3261 §16.7 step 4)', () => {
  const policy = recursionWithin(tenant, ['example.com', 'alias.test']);
  const contactOf = (value: string): ContactValue => {
    const response = parseMessage(
      `SIP/2.0 302 Moved\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: ${value}\r\nContent-Length: 0\r\n\r\n`,
    );
    const contacts = response.kind === 'failure' ? '*' : parseContacts(response);
    if (contacts === '*' || 'code' in contacts) throw new Error('no contact');
    return contacts[0] as ContactValue;
  };
  it.each([
    ['<sip:carol@example.com>', 'sip:carol@example.com'],
    ['<sip:carol@alias.test>', 'sip:carol@example.com'],
    ['<sip:carol@elsewhere.test>', undefined],
    ['<tel:+4930123>', undefined],
    ['<sip:carol@example.com;gr=urn:uuid:1>', undefined],
    ['<sip:opaque@example.com;gr>', undefined],
  ])('%s: %s', (contact, addressOfRecord) => {
    expect(policy(contactOf(contact))?.addressOfRecord).toBe(addressOfRecord);
  });
});

describe('the next hop (RFC 3261 §16.6 steps 6 and 7)', () => {
  const route = routeOf(byDomain('peer.test'), toNextHop('sip:gw.test'));
  const through = (nextHop: string | undefined) =>
    targetOutside('sip:a@b', { kind: 'outside', tenant, route, nextHop });
  it.each([
    { name: 'the Request-URI', target: through(undefined), routes: [], expected: 'sip:a@b' },
    { name: 'the sender’s Route', target: through(undefined), routes: ['<sip:r;lr>'], expected: '<sip:r;lr>' },
    {
      name: 'the tenant’s next hop before it',
      target: through('sip:gw.test'),
      routes: ['<sip:r;lr>'],
      expected: 'sip:gw.test',
    },
    {
      name: 'the Path of a binding',
      target: { ...targetByUri('sip:a@b'), routes: ['<sip:p;lr>'] },
      routes: [],
      expected: '<sip:p;lr>',
    },
  ])('$name', ({ target, routes, expected }) => {
    expect(nextHopOf({ routes }, target)).toBe(expected);
  });
});
