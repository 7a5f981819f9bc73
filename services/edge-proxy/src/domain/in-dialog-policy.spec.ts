import { directory } from '@ringdown/contracts';
import type { RoutedRequest } from '@ringdown/sip-proxy';
import { describe, expect, it } from 'vitest';
import { instanceHash, type KnownCall, type KnownLeg, sourceHash } from './call-token.js';
import { cameThrough, comesFromEnd, isTooOld, trunkNextHop, wasAt } from './in-dialog-policy.js';

const call = { callId: '0123456789abcdef' };
const other = { callId: 'fedcba9876543210' };
const phone = { host: '192.0.2.7', port: 5060 };
const binding: Extract<KnownLeg, { kind: 'binding' }> = {
  kind: 'binding',
  username: 'alice',
  instanceHash: instanceHash(call.callId, 'sip:alice@192.0.2.7:5060'),
  sourceHash: sourceHash(call.callId, phone),
};

describe('whether a request comes from an end of the call', () => {
  it.each<{ name: string; leg: KnownLeg; source: typeof phone; proven: boolean }>([
    { name: 'from the same address and port', leg: binding, source: phone, proven: true },
    { name: 'from another port', leg: binding, source: { ...phone, port: 5061 }, proven: false },
    { name: 'from another host', leg: binding, source: { ...phone, host: '192.0.2.8' }, proven: false },
    { name: 'nothing was sealed to compare with', leg: { ...binding, sourceHash: '' }, source: phone, proven: false },
    {
      name: 'a trunk proves nothing by its address',
      leg: { kind: 'trunk', routeId: 'r' },
      source: phone,
      proven: false,
    },
  ])('$name: $proven', ({ leg, source, proven }) => {
    expect(comesFromEnd(call, leg, source)).toBe(proven);
  });
});

describe('a token', () => {
  it.each([
    [86_400, false],
    [86_401, true],
  ])('that is %d s old is too old: %s', (ageSec, tooOld) => {
    expect(isTooOld({ startTimeSec: 1_000 } as KnownCall, 1_000 + ageSec)).toBe(tooOld);
  });
});

describe('a proxy in the route set', () => {
  it.each([
    ['<sip:192.0.2.7;lr>', true],
    ['<sip:token@192.0.2.7:5060;lr>', true],
    ['<sip:192.0.2.7:5070;lr>', true],
    ['<sip:192.0.2.8;lr>', false],
    ['<sip:[2001:db8::7];lr>', false],
    ['<tel:+4930>', false],
  ])('%s is the end’s own: %s', (route, own) => {
    expect(cameThrough(call, binding, route)).toBe(own);
  });
});

describe('a name in the route set is no address, whatever it is sealed like', () => {
  it('is not the end’s own', () => {
    const leg = { ...binding, sourceHash: sourceHash(call.callId, { host: 'proxy.test', port: 5060 }) };
    expect(cameThrough(call, leg, '<sip:proxy.test;lr>')).toBe(false);
  });
});

describe('a phone that is not bound any more', () => {
  const elsewhere = 'sip:alice@198.51.100.1';
  const leg = (contact: string): typeof binding => ({ ...binding, instanceHash: instanceHash(call.callId, contact) });
  it.each([
    { name: 'at its contact', leg: binding, requestUri: 'sip:alice@192.0.2.7:5060', may: true },
    { name: 'at another one', leg: binding, requestUri: elsewhere, may: false },
    { name: 'at a contact that was never where it sent from', leg: leg(elsewhere), requestUri: elsewhere, may: false },
    {
      name: 'at its contact where nothing was sealed of its place',
      leg: { ...binding, sourceHash: '' },
      requestUri: 'sip:alice@192.0.2.7:5060',
      may: false,
    },
  ])('may be looked for $name: $may', ({ leg: known, requestUri, may }) => {
    expect(wasAt(call, known, requestUri)).toBe(may);
  });
});

it('what one call has sealed says nothing of the same end in another', () => {
  expect(comesFromEnd(other, binding, phone)).toBe(false);
  expect(wasAt(other, binding, 'sip:alice@192.0.2.7:5060')).toBe(false);
});

describe('where a request goes on the side of a route', () => {
  const route = (match: directory.Route['match'], nextHop = 'sip:192.0.2.1:5070'): directory.Route => ({
    tenantId: 't',
    routeId: 'r',
    match,
    action: { $case: 'nextHop', value: { uri: nextHop } },
    trustClass: directory.TrustClass.UNTRUSTED,
    version: 1,
  });
  const peer = route({ $case: 'domain', value: 'peer.test' });
  const below = route({ $case: 'domain', value: '*.peer.test' });
  const everywhere = route({ $case: 'domain', value: '*' });
  const number = route({ $case: 'numberPrefix', value: '+49' });
  it.each([
    {
      name: "the peer's own proxy by the next hop's host",
      route: peer,
      routes: ['<sip:token@192.0.2.1:5080;lr>'],
      to: '<sip:token@192.0.2.1:5080;lr>',
    },
    { name: 'by the domain of the route', route: peer, routes: ['<sip:peer.test;lr>'], to: '<sip:peer.test;lr>' },
    {
      name: 'below the domain of the route',
      route: below,
      routes: ['<sip:edge.peer.test;lr>'],
      to: '<sip:edge.peer.test;lr>',
    },
    { name: 'the remote target itself', route: number, routes: [], to: 'sip:bob@192.0.2.1', uri: 'sip:bob@192.0.2.1' },
    {
      name: 'a place that only the sender names gives way to the next hop',
      route: peer,
      routes: ['<sip:evil.test;lr>'],
      to: 'sip:192.0.2.1:5070',
    },
    { name: '"*" covers no place', route: everywhere, routes: ['<sip:evil.test;lr>'], to: 'sip:192.0.2.1:5070' },
    {
      name: 'a remote target elsewhere goes to the next hop',
      route: number,
      routes: [],
      to: 'sip:192.0.2.1:5070',
      uri: 'sip:bob@198.51.100.9',
    },
    { name: 'a route that is gone leads nowhere', route: undefined, routes: [], to: undefined },
  ])('$name', ({ route: used, routes, to, uri = 'sip:bob@198.51.100.9' }) => {
    expect(trunkNextHop(used, { routes, requestUri: uri } as unknown as RoutedRequest)).toBe(to);
  });
});
