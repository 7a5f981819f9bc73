import { parseUri } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { DirectoryLookups } from '../ports/lookups.js';
import { acme, twoTenants } from '../testing/acme.js';
import { directoryOf } from '../testing/assembled-edge.js';
import { byDomain, byPrefix, routeOf, tenantOf, toNextHop, toSession } from '../testing/tables.js';
import { type FoundDestination, findDestination } from './find-destination.js';

function tables() {
  const owning = twoTenants();
  owning.numbers.set('+4930123', { tenantId: 'acme', username: 'bob' });
  owning.numbers.set('+4930124', { tenantId: 'globex', username: 'dave' });
  owning.numbers.set('+4930125', { tenantId: 'acme', username: undefined });
  owning.add(tenantOf('closed', 'closed.test', { enabled: false }), []);
  owning.numbers.set('+4930126', { tenantId: 'closed', username: 'x' });
  owning.routes.set('acme', [
    routeOf(byPrefix('+44'), toSession('b2bua')),
    routeOf(byDomain('peer.test'), toNextHop('sip:gw.test')),
    routeOf(byDomain('urn:service:sos'), toNextHop('sip:psap.test')),
  ]);
  return directoryOf(owning);
}

type Over = Partial<{ method: string; route: string; outside: boolean; fromService: boolean }>;

function find(
  uri: string,
  { method = 'INVITE', route, outside = false, fromService = false }: Over = {},
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
      nextRoute: next?.kind === 'sip' ? next : undefined,
      caller: outside ? undefined : acme,
      callerHost: outside ? 'peer.test' : 'example.com',
      localHost: '192.0.2.10',
      fromService,
    },
    (destination) => found.push(destination),
  );
  expect(found).toHaveLength(1);
  return found[0] as FoundDestination;
}

const bob = { kind: 'bindings', username: 'bob', addressOfRecord: 'sip:bob@example.com' };
const refused = (statusCode: number) => ({ kind: 'refused', statusCode });

describe('where a request goes', () => {
  it.each<readonly [string, Over, object]>([
    ['sip:bob@acme.test', {}, bob],
    ['sip:acme.test', { method: 'OPTIONS' }, { kind: 'self' }],
    ['sip:example.com', { method: 'REGISTER' }, { kind: 'registrar' }],
    ['sip:example.net', { method: 'REGISTER' }, refused(404)],
    ['sip:x@peer.test', {}, { kind: 'outside', nextHop: 'sip:gw.test' }],
    ['sip:x@peer.test', { route: 'sip:other.test;lr' }, refused(403)],
    ['sip:x@other.test', { route: 'sip:peer.test;lr' }, { kind: 'outside' }],
    ['sip:+4930123@example.com', {}, bob],
    ['sip:+4930124@example.com', {}, { kind: 'bindings', addressOfRecord: 'sip:dave@example.net' }],
    ['sip:+4930125@example.com', {}, { kind: 'bindings', username: '+4930125' }],
    ['sip:+4930126@example.com', {}, { kind: 'bindings', username: '+4930126' }],
    ['sip:+4930123@192.0.2.10', {}, bob],
    ['sip:+4930123@192.0.2.11', {}, refused(403)],
    ['sip:+441@example.com', {}, { kind: 'session', service: 'b2bua' }],
    ['sip:+441@example.com', { fromService: true }, { kind: 'bindings', username: '+441' }],
    ['tel:+4930123', {}, bob],
    ['tel:+4930999', {}, refused(403)],
    ['tel:112;phone-context=+49', {}, refused(404)],
    ['urn:service:sos.fire', {}, { kind: 'outside', nextHop: 'sip:psap.test' }],
    ['urn:service:counseling', {}, refused(404)],
    ['sip:bob@example.com', { outside: true }, bob],
    ['sip:+4930123@192.0.2.10', { outside: true }, bob],
    ['sip:+4930124@192.0.2.10', { outside: true }, refused(403)],
    ['sip:+4930124@example.com', { outside: true }, { kind: 'bindings', username: '+4930124' }],
    ['sip:dave@example.net', { outside: true }, refused(403)],
    ['tel:+4930123', { outside: true }, refused(403)],
    ['sip:bob@example.com', { outside: true, route: 'sip:other.test;lr' }, refused(403)],
  ])('%s, %o: %o', (uri, over, expected) => {
    expect(find(uri, over)).toMatchObject(expected);
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
      name: 'the routes of an emergency call',
      over: { routes: (_: string, answered: Parameters<typeof away>[0]) => away(answered) },
      uri: 'urn:service:sos',
    },
  ])('$name', ({ over, uri }) => {
    expect(find(uri, {}, { ...tables(), ...over })).toEqual({ kind: 'directory-unavailable' });
  });
});
