import { directory } from '@ringdown/contracts';
import { parseUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { deviceAsked, type OpenGruu } from '../domain/device.js';
import type { DirectoryLookups } from '../ports/lookups.js';
import { acme, globex, twoTenants } from '../testing/acme.js';
import { directoryOf } from '../testing/assembled-edge.js';
import {
  byDomain,
  byPrefix,
  policies,
  routeOf,
  tenantOf,
  toNextHop,
  toRedirect,
  toSession,
} from '../testing/tables.js';
import { type FoundDestination, findDestination } from './find-destination.js';

function tables() {
  const owning = twoTenants();
  owning.numbers.set('+4930123', { tenantId: 'acme', username: 'bob' });
  owning.numbers.set('+4930124', { tenantId: 'globex', username: 'dave' });
  owning.numbers.set('+4420', { tenantId: 'acme', username: 'bob' });
  for (const e164 of ['+4930125', '+4930127', '+4930128', '+1900128'])
    owning.numbers.set(e164, { tenantId: 'acme', username: undefined });
  owning.add(tenantOf('closed', 'closed.test', { enabled: false }), []);
  owning.numbers.set('+4930126', { tenantId: 'closed', username: 'x' });
  owning.numbers.set('+4930129', { tenantId: 'closed', username: undefined });
  owning.routes.set('closed', [routeOf(byPrefix('+'), toSession('ivr'))]);
  owning.routes.set('acme', [
    routeOf(byPrefix('+4930127'), toSession('ivr')),
    routeOf(byPrefix('+4930128'), toNextHop('sip:gw.test')),
    routeOf(byPrefix('+1900128'), toNextHop('sip:gw.test')),
    routeOf(byPrefix('+44'), toSession('b2bua')),
    routeOf(byDomain('peer.test'), toNextHop('sip:gw.test')),
    routeOf(byDomain('urn:service:sos'), toNextHop('sip:psap.test')),
  ]);
  owning.routes.set('globex', [
    routeOf(byPrefix('+1900'), toNextHop('sip:gw.globex.test')),
    routeOf(byPrefix('+1800'), toSession('conference')),
    routeOf(byPrefix('+1700'), toRedirect),
    routeOf(byDomain('*'), toNextHop('sip:world.globex.test')),
  ]);
  return directoryOf(owning);
}

/** `stranger`: somebody at peer.test, whom nobody has authenticated. */
type Caller = directory.Tenant | 'stranger';
type Over = Partial<{ method: string; route: string; caller: Caller; fromService: boolean }>;

function find(
  uri: string,
  { method = 'INVITE', route, caller = acme, fromService = false }: Over = {},
  lookups: DirectoryLookups = tables(),
) {
  const parsed = parseUri(uri);
  const next = route === undefined ? undefined : parseUri(route);
  const found: FoundDestination[] = [];
  findDestination(
    lookups,
    {
      method,
      requestUri: uri,
      requestSipUri: parsed.kind === 'sip' ? parsed : undefined,
      device: parsed.kind === 'sip' ? deviceAsked(parsed, open) : undefined,
      nextRoute: next?.kind === 'sip' ? next : undefined,
      caller: caller === 'stranger' ? undefined : caller,
      callerHost: caller === 'stranger' ? 'peer.test' : caller.canonicalDomain,
      localHost: '192.0.2.10',
      fromService,
    },
    (destination) => found.push(destination),
  );
  expect(found).toHaveLength(1);
  return found[0] as FoundDestination;
}

/** Temporary GRUUs of acme's bob and globex's dave. */
const open: OpenGruu = (user) => {
  const owner = { 'temp-bob': ['acme', 'bob'], 'temp-dave': ['globex', 'dave'] }[user];
  return owner && { tenantId: owner[0]!, user: owner[1]!, instance: '<urn:uuid:1>', registration: 'r1' };
};
const bob = { kind: 'bindings', username: 'bob', addressOfRecord: 'sip:bob@example.com' };
const dave = { kind: 'bindings', username: 'dave', addressOfRecord: 'sip:dave@example.net' };
const refused = (statusCode: number) => ({ kind: 'refused', statusCode });
const stranger = { caller: 'stranger' } as const;
const register = { method: 'REGISTER' } as const;

describe('where a request goes', () => {
  it.each<readonly [string, Over, object]>([
    ['sip:bob@acme.test', {}, bob],
    ['sip:acme.test', { method: 'OPTIONS' }, { kind: 'self' }],
    ['sip:example.com', register, { kind: 'registrar' }],
    ['sip:example.net', register, refused(404)],
    ['sip:x@peer.test', {}, { kind: 'outside', nextHop: 'sip:gw.test' }],
    ['sip:x@peer.test', { route: 'sip:other.test;lr' }, refused(403)],
    ['sip:x@other.test', { route: 'sip:peer.test;lr' }, { kind: 'outside' }],
    ['tel:112;phone-context=+49', {}, refused(404)],
    ['urn:service:sos.fire', {}, { kind: 'outside', nextHop: 'sip:psap.test' }],
    ['urn:service:counseling', {}, refused(404)],
    ['sip:bob@example.com', stranger, bob],
    ['sip:bob@example.com', { ...stranger, route: 'sip:other.test;lr' }, refused(403)],
  ])('%s, %o: %o', (uri, over, expected) => {
    expect(find(uri, over)).toMatchObject(expected);
  });
});

describe('a number: its subscriber, then routes by number, then what any user part is', () => {
  it.each<readonly [string, Over, object]>([
    ['sip:+4930123@example.com', {}, bob],
    ['sip:+4930124@example.com', {}, dave],
    ['sip:+4930126@example.com', {}, { kind: 'bindings', username: '+4930126' }],
    ['sip:+4930123@192.0.2.11', {}, refused(403)],
    ['sip:+4930123@closed.test', {}, refused(403)],
    // The subscriber before the route for +44.
    ['sip:+4420@example.com', {}, bob],
    ['tel:+4420', {}, bob],
    ['sip:+441@example.com', {}, { kind: 'session', service: 'b2bua' }],
    ['sip:+441@example.com', { fromService: true }, { kind: 'bindings', username: '+441' }],
    ['tel:+441', { fromService: true }, { kind: 'bindings', username: '+441' }],
    // "*" is for domains.
    ['tel:+4930999', { caller: globex }, { kind: 'bindings', addressOfRecord: 'sip:+4930999@example.net' }],
    ['sip:+4930123@example.com', register, { kind: 'registrar' }],
    ['sip:+4930123@192.0.2.10', register, refused(403)],
    ['tel:+4930123', register, refused(404)],
    ['urn:service:sos', register, refused(404)],
  ])('%s, %o: %o', (uri, over, expected) => {
    expect(find(uri, over)).toMatchObject(expected);
  });

  const spellings: readonly (readonly [string, directory.Tenant, object])[] = [
    ['+4930123', acme, bob],
    ['+4930123', globex, bob],
    ['+4930124', acme, dave],
    ['+4930125', acme, { kind: 'bindings', addressOfRecord: 'sip:+4930125@example.com' }],
    ['+4930126', acme, { kind: 'bindings', addressOfRecord: 'sip:+4930126@example.com' }],
    ['+4930127', acme, { kind: 'session', service: 'ivr' }],
    ['+4930128', acme, { kind: 'outside', nextHop: 'sip:gw.test' }],
    ['+4930128', globex, { kind: 'bindings', addressOfRecord: 'sip:+4930128@example.net' }],
    ['+4420', acme, bob],
    ['+441', acme, { kind: 'session', service: 'b2bua' }],
    ['+1900', globex, { kind: 'outside', nextHop: 'sip:gw.globex.test' }],
    ['+1700', globex, { kind: 'redirect' }],
    ['+4930999', acme, { kind: 'bindings', addressOfRecord: 'sip:+4930999@example.com' }],
  ];
  it.each(spellings)('%s is the same to $tenantId in every spelling', (number, caller, expected) => {
    const host = caller.canonicalDomain;
    for (const uri of [`tel:${number}`, `sip:${number}@${host}`, `sip:${number}@192.0.2.10`])
      expect.soft(find(uri, { caller }), uri).toMatchObject(expected);
  });
});

describe('a number that its owner’s routes decide', () => {
  const ivr = { kind: 'session', service: 'ivr', tenant: { tenantId: 'acme' } };
  const out = { kind: 'outside', nextHop: 'sip:gw.test', tenant: { tenantId: 'acme' } };
  const toGlobex = { caller: globex };
  it.each<readonly [string, Over, object]>([
    ['tel:+4930127', {}, ivr],
    ['sip:+4930127@example.net', {}, ivr],
    ['tel:+4930127', toGlobex, ivr],
    ['sip:+4930127@example.net', toGlobex, ivr],
    ['sip:+4930127@example.com', toGlobex, ivr],
    ['sip:+4930127@example.com', stranger, ivr],
    ['sip:+4930127@192.0.2.10', stranger, ivr],
    // The owner's way out is for the owner's subscribers, at whatever domain they ask.
    ['tel:+4930128', {}, out],
    ['sip:+4930128@example.net', {}, out],
    ['sip:+4930128@example.com', toGlobex, refused(403)],
    ['sip:+4930128@example.com', stranger, refused(403)],
    ['sip:+4930128@192.0.2.10', stranger, refused(403)],
    // Others leave by a way of their own, if they have one.
    ['tel:+1900128', toGlobex, { kind: 'outside', nextHop: 'sip:gw.globex.test', tenant: { tenantId: 'globex' } }],
    // No route matches.
    ['sip:+4930125@example.net', {}, { kind: 'bindings', addressOfRecord: 'sip:+4930125@example.net' }],
    ['sip:+4930125@192.0.2.10', stranger, refused(403)],
    ['sip:+4930125@example.com', stranger, { kind: 'bindings', username: '+4930125' }],
    // The owner is disabled.
    ['sip:+4930129@example.com', {}, { kind: 'bindings', username: '+4930129' }],
  ])('%s, %o: %o', (uri, over, expected) => {
    expect(find(uri, over)).toMatchObject(expected);
  });

  it('leads a stranger nowhere whose domain the owner has no route to', () => {
    const owning = twoTenants();
    owning.numbers.set('+4930127', { tenantId: 'globex', username: undefined });
    owning.routes.set('globex', [
      routeOf(byPrefix('+49'), toSession('ivr')),
      routeOf(byDomain('*'), toNextHop('sip:world.globex.test')),
    ]);
    expect(find('sip:+4930127@192.0.2.10', stranger, directoryOf(owning))).toMatchObject(refused(403));
  });
});

describe('a tenant’s ways out are its own subscribers’', () => {
  it.each<readonly [string, Over, object]>([
    ['sip:+1900123@example.net', { caller: globex }, { kind: 'outside', nextHop: 'sip:gw.globex.test' }],
    ['sip:+1900123@example.net', {}, { ...refused(403), why: expect.stringContaining('subscriber of acme') }],
    ['sip:+1900123@example.net', { fromService: true }, refused(403)],
    ['sip:+1800123@example.net', {}, { kind: 'session', service: 'conference', tenant: globex }],
    ['sip:+1700123@example.net', {}, { kind: 'redirect', tenant: globex }],
    ['sip:dave@example.net', {}, dave],
  ])('%s, %o: %o', (uri, over, expected) => {
    expect(find(uri, over)).toMatchObject(expected);
  });

  it('also where the tenant’s whole domain lies outside', () => {
    const owning = twoTenants();
    owning.routes.set('globex', [routeOf(byDomain('example.net'), toNextHop('sip:pbx.globex.test'))]);
    const lookups = directoryOf(owning);
    expect(find('sip:dave@example.net', {}, lookups)).toMatchObject(refused(403));
    expect(find('sip:dave@example.net', { caller: globex }, lookups)).toMatchObject({ kind: 'outside' });
  });
});

describe('whom a caller from outside reaches', () => {
  it.each<readonly [string, object]>([
    ['sip:+4930123@192.0.2.10', bob],
    ['sip:+4930123@example.com', bob],
    ['sip:+4420@example.com', bob],
    ['sip:+441@example.com', { kind: 'session', service: 'b2bua' }],
    // "*" is no route back to peer.test.
    ['sip:dave@example.net', refused(403)],
    ['sip:+4930124@192.0.2.10', refused(403)],
    ['sip:+4930124@example.com', { kind: 'bindings', username: '+4930124' }],
    ['sip:+4930999@192.0.2.10', refused(403)],
    ['tel:+4930123', refused(403)],
  ])('%s: %o', (uri, expected) => {
    expect(find(uri, stranger)).toMatchObject(expected);
  });
});

describe('a directory that is away in the middle', () => {
  const away = (answered: (answer: { readonly kind: 'unavailable' }) => void): void =>
    answered({ kind: 'unavailable' });
  it.each([
    {
      name: 'the domain',
      over: { tenantByDomain: (_: string, answered: Parameters<typeof away>[0]) => away(answered) },
      uri: 'sip:bob@example.com',
    },
    {
      name: 'the routes',
      over: { routes: (_: string, answered: Parameters<typeof away>[0]) => away(answered) },
      uri: 'sip:bob@example.com',
    },
    {
      name: 'the number',
      over: { tenantByNumber: (_: string, answered: Parameters<typeof away>[0]) => away(answered) },
      uri: 'tel:+4930123',
    },
    {
      name: 'the number’s tenant',
      over: { tenant: (_: string, answered: Parameters<typeof away>[0]) => away(answered) },
      uri: 'tel:+4930123',
    },
    {
      name: 'the routes of a number’s owner',
      over: { routes: (_: string, answered: Parameters<typeof away>[0]) => away(answered) },
      uri: 'tel:+4930127',
    },
    {
      name: 'the routes of an emergency call',
      over: { routes: (_: string, answered: Parameters<typeof away>[0]) => away(answered) },
      uri: 'urn:service:sos',
    },
  ])('$name', ({ over, uri }) => {
    expect(find(uri, {}, { ...tables(), ...over })).toEqual({ kind: 'directory-unavailable' });
  });
});

describe('a GRUU (RFC 5627 §5.4)', () => {
  const device = { kind: 'public', instance: '<urn:uuid:1>' };
  const temporary = { kind: 'temporary', tenantId: 'acme', user: 'bob', instance: '<urn:uuid:1>', registration: 'r1' };

  it.each<[string, string, Over, object]>([
    ['a public one', 'sip:bob@example.com;gr=urn:uuid:1', {}, { ...bob, device }],
    ['at an alias of the domain', 'sip:bob@acme.test;gr=urn:uuid:1', {}, { ...bob, device }],
    ['a temporary one', 'sip:temp-bob@example.com;gr', {}, { ...bob, device: temporary }],
    ['for a stranger that may call here', 'sip:temp-bob@example.com;gr', stranger, { ...bob, device: temporary }],
    ['for another stranger', 'sip:dave@example.net;gr=urn:uuid:1', stranger, refused(403)],
    ['one that nobody made', 'sip:temp-x@example.com;gr', {}, refused(404)],
    ['one of another tenant’s', 'sip:temp-dave@example.com;gr', {}, refused(404)],
    ['one at a disabled tenant', 'sip:x@closed.test;gr=urn:uuid:1', {}, refused(403)],
    ['a number’s, past its routes', 'sip:+4930128@example.com;gr=urn:uuid:1', {}, { kind: 'bindings', device }],
    ['of a REGISTER means nothing', 'sip:bob@example.com;gr=urn:uuid:1', register, { kind: 'registrar' }],
  ])('%s', (_, uri, over, expected) => {
    expect(find(uri, over)).toMatchObject(expected);
  });

  it('asks a redirecting tenant for the device all the same', () => {
    const owning = twoTenants({
      policies: policies({ redirectMode: directory.RedirectMode.REDIRECT }),
    });
    expect(find('sip:bob@example.com;gr=urn:uuid:1', {}, directoryOf(owning))).toMatchObject({ ...bob, device });
  });
});
