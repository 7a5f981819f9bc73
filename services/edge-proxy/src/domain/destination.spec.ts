import { directory } from '@ringdown/contracts';
import { describe, expect, it } from 'vitest';
import { policies } from '../testing/tables.js';
import {
  type Destination,
  e164Of,
  localDestination,
  numberDestination,
  outsideDestination,
  refused,
  routeBackTo,
  withinReach,
} from './destination.js';

const tenant = (over: Partial<directory.Tenant> = {}): directory.Tenant => ({
  tenantId: 'demo',
  canonicalDomain: 'demo.test',
  realm: 'demo.test',
  digestAlgorithms: [],
  enabled: true,
  version: 1,
  ...over,
});
const route = (match: directory.Route['match'], action: directory.Route['action']): directory.Route => ({
  tenantId: 'demo',
  routeId: 'r',
  match,
  action,
  trustClass: directory.TrustClass.UNTRUSTED,
  version: 1,
});
const hop = (uri: string): directory.Route['action'] => ({ $case: 'nextHop', value: { uri } });
const redirect: directory.Route['action'] = { $case: 'redirect', value: { statusCode: 302, contacts: [] } };
const domain = (value: string): directory.Route['match'] => ({ $case: 'domain', value });
const prefix = (value: string): directory.Route['match'] => ({ $case: 'numberPrefix', value });
const redirectMode = policies({ redirectMode: directory.RedirectMode.REDIRECT });

describe('where a request for an own domain goes', () => {
  it.each([
    { name: 'REGISTER goes to the registrar', method: 'REGISTER', user: '', expected: { kind: 'registrar' } },
    {
      name: 'a user to its bindings',
      user: 'bob',
      expected: { kind: 'bindings', addressOfRecord: 'sip:bob@demo.test' },
    },
    { name: 'no user is nobody', user: '', expected: { kind: 'refused', statusCode: 404 } },
    {
      name: 'a disabled tenant refuses',
      tenant: tenant({ enabled: false }),
      user: 'bob',
      expected: { kind: 'refused', statusCode: 403 },
    },
    { name: 'redirect mode', tenant: tenant({ policies: redirectMode }), user: 'bob', expected: { kind: 'redirect' } },
    {
      name: 'REGISTER is not redirected',
      method: 'REGISTER',
      tenant: tenant({ policies: redirectMode }),
      user: '',
      expected: { kind: 'registrar' },
    },
    {
      name: 'a number by its prefix',
      user: '+4930123',
      routes: [route(prefix('+49'), hop('sip:gw.test'))],
      expected: { kind: 'outside', nextHop: 'sip:gw.test' },
    },
    {
      name: 'a prefix in redirect mode',
      user: '+4930123',
      routes: [route(prefix('+49'), redirect)],
      expected: { kind: 'redirect' },
    },
    {
      name: 'a prefix before the domain',
      user: '+4930123',
      routes: [route(domain('demo.test'), hop('sip:pbx.test')), route(prefix('+49'), redirect)],
      expected: { kind: 'redirect' },
    },
    {
      name: 'another prefix does not match',
      user: '+4330123',
      routes: [route(prefix('+49'), redirect)],
      expected: { kind: 'bindings' },
    },
    {
      name: '"*" is not the own domain',
      user: 'bob',
      routes: [route(domain('*'), hop('sip:gw.test'))],
      expected: { kind: 'bindings' },
    },
    {
      name: 'the own domain by name',
      user: 'bob',
      routes: [route(domain('demo.test'), redirect)],
      expected: { kind: 'redirect' },
    },
    {
      name: 'a number that leads to conferences names a room by its digits',
      method: 'INVITE',
      user: '+44123',
      routes: [route(prefix('+44'), { $case: 'session', value: { service: 'conference-focus' } })],
      expected: { kind: 'conference', room: '44123' },
    },
    {
      name: 'a domain of conferences has a room of every name',
      method: 'INVITE',
      user: 'standup',
      routes: [route(domain('demo.test'), { $case: 'session', value: { service: 'conference-focus' } })],
      expected: { kind: 'conference', room: 'standup' },
    },
    {
      name: 'a session service',
      user: 'bob',
      routes: [route(domain('demo.test'), { $case: 'session', value: { service: 'b2b' } })],
      expected: { kind: 'session', service: 'b2b' },
    },
  ])('$name', ({ method = 'INVITE', user, routes = [], expected, ...rest }) => {
    expect(
      localDestination(method, rest.tenant ?? tenant(), 'demo.test', { username: user, e164: e164Of(user) }, routes),
    ).toMatchObject(expected);
  });
});

describe('where a request for a foreign domain goes', () => {
  it.each([
    {
      name: 'nobody relays for an unauthenticated caller',
      caller: undefined,
      routes: [route(domain('*'), hop(''))],
      expected: { kind: 'refused', statusCode: 403 },
    },
    { name: 'nor without a route', caller: tenant(), routes: [], expected: { kind: 'refused', statusCode: 403 } },
    {
      name: 'nor by a route to elsewhere',
      caller: tenant(),
      routes: [route(domain('other.test'), hop(''))],
      expected: { kind: 'refused', statusCode: 403 },
    },
    {
      name: 'an exact route, the URI says where',
      caller: tenant(),
      routes: [route(domain('peer.test'), hop(''))],
      expected: { kind: 'outside', nextHop: undefined },
    },
    {
      name: 'a wildcard',
      caller: tenant(),
      routes: [route(domain('*.test'), hop('sip:gw'))],
      expected: { kind: 'outside', nextHop: 'sip:gw' },
    },
    {
      name: 'the first that matches',
      caller: tenant(),
      routes: [route(domain('peer.test'), hop('sip:a')), route(domain('*'), hop('sip:b'))],
      expected: { kind: 'outside', nextHop: 'sip:a' },
    },
  ])('$name', ({ caller, routes, expected }) => {
    expect(outsideDestination(caller, 'peer.test', { username: 'bob', e164: undefined }, routes)).toMatchObject(
      expected,
    );
  });
});

describe('the route back to a caller from outside', () => {
  const peer = route(domain('peer.test'), hop('sip:peer'));
  const tail = route(domain('*.peer.test'), hop('sip:tail'));
  const everything = route(domain('*'), hop('sip:gw'));
  it.each<readonly [string, string, readonly directory.Route[], directory.Route | undefined]>([
    ['a domain by name', 'peer.test', [peer], peer],
    ['a subdomain is another domain', 'a.peer.test', [peer], undefined],
    ['a domain by a pattern', 'a.peer.test', [peer, tail], tail],
    ['a pattern speaks of what is below', 'peer.test', [tail], undefined],
    ['another domain', 'other.test', [peer, tail], undefined],
    ['"*" lets nobody in', 'other.test', [everything], undefined],
    ['"*" hides nobody', 'peer.test', [everything, peer], peer],
    ['"*" is no host', '*', [everything], undefined],
    ['a number is no domain', '+49', [route(prefix('+49'), hop('sip:gw'))], undefined],
  ])('%s: %s', (_, host, routes, expected) => {
    expect(routeBackTo(host, routes)).toBe(expected);
  });
});

describe('where its owner’s routes lead a number', () => {
  const routes = [
    route(prefix('+4930'), redirect),
    route(prefix('+49'), hop('sip:gw.test')),
    route(domain('demo.test'), hop('sip:pbx.test')),
    route(domain('*'), hop('sip:world.test')),
  ];
  it.each<readonly [string, object]>([
    ['+4930123', { kind: 'redirect' }],
    ['+4940123', { kind: 'outside', nextHop: 'sip:gw.test' }],
  ])('%s: %o', (e164, expected) => {
    expect(numberDestination(tenant(), e164, routes)).toMatchObject(expected);
  });

  it('no route by domain leads a number', () => {
    expect(numberDestination(tenant(), '+15551', routes)).toBeUndefined();
  });
});

describe('who leaves by a tenant’s routes', () => {
  const demo = tenant();
  const way: Destination = {
    kind: 'outside',
    tenant: demo,
    route: route(prefix('+'), hop('sip:gw')),
    nextHop: 'sip:gw',
  };
  const others: readonly Destination[] = [
    {
      kind: 'session',
      tenant: demo,
      service: 'b2bua',
      route: route(prefix('+'), { $case: 'session', value: { service: 'b2bua' } }),
    },
    { kind: 'redirect', tenant: demo },
    { kind: 'bindings', tenant: demo, username: 'bob', addressOfRecord: 'sip:bob@demo.test' },
    { kind: 'self' },
    refused(404, 'Not Found', ''),
  ];
  const stranger = undefined;
  it.each([
    { name: 'its own subscriber', caller: tenant({ version: 2 }), expected: way },
    {
      name: 'another tenant’s subscriber does not',
      caller: tenant({ tenantId: 'acme' }),
      expected: { kind: 'refused', statusCode: 403, why: expect.stringMatching(/subscriber of acme .* r of demo/) },
    },
    {
      name: 'nor does a caller from outside',
      caller: stranger,
      expected: { kind: 'refused', statusCode: 403, why: expect.stringMatching(/from outside .* r of demo/) },
    },
  ])('$name', ({ caller, expected }) => {
    expect(withinReach(way, caller)).toMatchObject(expected);
  });

  it.each(others)('$kind is for everybody', (destination) => {
    for (const caller of [demo, tenant({ tenantId: 'acme' }), stranger])
      expect(withinReach(destination, caller)).toBe(destination);
  });
});

describe('e164Of', () => {
  it.each([
    ['+4930123', '+4930123'],
    ['+49-(30).123', '+4930123'],
    ['+4930123;phone-context=x', '+4930123'],
    ['030123', undefined],
    ['+0123', undefined],
    ['+1234567890123456', undefined],
    ['bob', undefined],
  ])('%s is %s', (user, number) => {
    expect(e164Of(user)).toBe(number);
  });
});
