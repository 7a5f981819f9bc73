import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { acme, globex } from '../../testing/acme.js';
import { bobPhone, Exchange, outsidePhone } from '../../testing/exchange.js';
import { byDomain, limits, routeOf, toNextHop } from '../../testing/tables.js';

const elsewhere = { host: '203.0.113.1', port: 5060 } as const;
const alice = {
  originatingTenantId: 'acme',
  authenticated: { addressOfRecord: 'sip:alice@example.com', username: 'alice' },
} as const;

describe('an edge that drains', () => {
  it.each([
    { name: 'a call', over: {}, drained: true },
    { name: 'a message', over: { method: 'MESSAGE' }, drained: true },
    {
      name: 'an emergency call of a peer’s',
      over: { headers: ['Resource-Priority: esnet.0'] },
      trust: 'peer',
      drained: false,
    },
    {
      name: 'the same of a stranger’s',
      over: { headers: ['Resource-Priority: esnet.0'] },
      trust: 'untrusted',
      drained: true,
    },
    {
      name: 'another priority of a peer’s',
      over: { headers: ['Resource-Priority: dsn.flash'] },
      trust: 'peer',
      drained: true,
    },
  ] as const)('$name: refused $drained', ({ over, drained, ...rest }) => {
    const exchange = new Exchange();
    exchange.edge.admission.drain(true);
    const request = exchange.request(over);
    if ('trust' in rest) exchange.edge.receiveOverLink(outsidePhone, request.raw, { trustClass: rest.trust });
    else exchange.send(outsidePhone, request);
    expect(exchange.heard(bobPhone)).toEqual(drained ? [] : ['INVITE']);
    expect(exchange.heard(outsidePhone)).toEqual(drained ? ['503'] : []);
  });

  it('says when to come back', () => {
    const exchange = new Exchange();
    exchange.edge.admission.drain(true);
    exchange.send(outsidePhone, exchange.request());
    const retryAfterSec = Number(exchange.answer(outsidePhone, 503).value(Header.RetryAfter));
    expect(retryAfterSec).toBeGreaterThanOrEqual(3);
    expect(retryAfterSec).toBeLessThanOrEqual(10);
  });

  it('takes an emergency call by its service, and lets what is under way end', () => {
    const exchange = new Exchange();
    exchange.owning.routes.set('acme', [
      routeOf(byDomain('urn:service:sos'), toNextHop(`sip:${elsewhere.host}`)),
      routeOf(byDomain('peer.test'), toNextHop(`sip:${outsidePhone.host}`)),
    ]);
    exchange.send(outsidePhone, exchange.request());
    const invite = exchange.taken(bobPhone, 'INVITE');
    exchange.edge.admission.drain(true);
    const sos = exchange.request({ uri: 'urn:service:sos.police', callId: 'sos' });
    exchange.edge.receiveOverLink(outsidePhone, sos.raw, alice);
    expect(exchange.taken(elsewhere, 'INVITE').requestUri).toBe('urn:service:sos.police');
    exchange.reply(bobPhone, invite, 200, { headers: [[Header.Contact, '<sip:bob@192.0.2.20:5062>']] });
    const answer = exchange.answer(outsidePhone, 200);
    const bye = exchange.request({
      method: 'BYE',
      cseq: 2,
      uri: 'sip:bob@192.0.2.20:5062',
      to: answer.value(Header.To) ?? '',
      headers: [`Route: ${answer.list(Header.RecordRoute).join(', ')}`],
    });
    exchange.send(outsidePhone, bye);
    expect(exchange.heard(bobPhone)).toContain('BYE');
  });
});

describe('calls from outside', () => {
  it('count for the tenant that they are for, which alone is held to its limit', () => {
    const exchange = new Exchange();
    exchange.owning.add({ ...acme, limits: limits({ maxCallsPerSec: 2 }) }, []);
    const results = ['a', 'b', 'c'].map((callId) => {
      exchange.send(outsidePhone, exchange.request({ callId }));
      return exchange.heard(outsidePhone);
    });
    expect(results).toEqual([[], [], ['503']]);
    exchange.send(outsidePhone, exchange.request({ callId: 'd', uri: `sip:dave@${globex.canonicalDomain}` }));
    expect(exchange.heard(outsidePhone)).toEqual(['480']);
    exchange.clock.advance(exchange.edge.stack, 500);
    exchange.heard(outsidePhone);
    exchange.send(outsidePhone, exchange.request({ callId: 'e' }));
    expect(exchange.heard(outsidePhone)).toEqual([]);
  });
});

describe('what another part of the platform vouches for', () => {
  it.each([
    { name: 'a subscriber is not asked again', envelope: alice, uri: 'sip:bob@example.com', arrives: 'INVITE' },
    {
      name: 'one who is nobody any more is refused',
      envelope: { ...alice, authenticated: { addressOfRecord: 'sip:gone@example.com', username: 'gone' } },
      uri: 'sip:bob@example.com',
      statusCode: '403',
    },
    { name: 'nobody in particular is as from outside', envelope: {}, uri: 'sip:z@elsewhere.test', statusCode: '403' },
  ])('$name', ({ envelope, uri, arrives, statusCode }) => {
    const exchange = new Exchange();
    exchange.edge.receiveOverLink(outsidePhone, exchange.request({ uri }).raw, envelope);
    expect(exchange.heard(bobPhone)).toEqual(arrives === undefined ? [] : [arrives]);
    expect(exchange.heard(outsidePhone)).toEqual(statusCode === undefined ? [] : [statusCode]);
  });

  it('an envelope on a wire flow would mean nothing: the wire has none', () => {
    const exchange = new Exchange();
    exchange.send(outsidePhone, exchange.request({ headers: ['P-Asserted-Identity: <sip:boss@example.com>'] }));
    expect(exchange.taken(bobPhone, 'INVITE').has(Header.PAssertedIdentity)).toBe(false);
  });
});

describe('a tenant’s registrations', () => {
  const registered = (exchange: Exchange, callId: string, headers: readonly string[] = []): void =>
    exchange.send(outsidePhone, exchange.request({ method: 'REGISTER', uri: 'sip:example.com', callId, headers }));
  const credentials = 'Authorization: Digest username="bob", realm="example.com", nonce="x", uri="sip:x", response="y"';

  it('beyond its rate are told when to come back, before any digest', () => {
    const exchange = new Exchange();
    exchange.owning.add({ ...acme, limits: limits({ maxRegistrationsPerSec: 1 }) }, []);
    for (const callId of ['r1', 'r2', 'r3']) registered(exchange, callId);
    const answers = [401, 503, 503].map((statusCode) => exchange.answer(outsidePhone, statusCode));
    expect(answers.map((answer) => answer.value(Header.RetryAfter))).toEqual([undefined, '1', '2']);
    // Who has been challenged has a place of its own, though these credentials are no good.
    registered(exchange, 'r4', [credentials]);
    registered(exchange, 'r5', [credentials]);
    expect(exchange.heard(outsidePhone)).toEqual(['400', '503']);
  });

  it('don’t count for its calls', () => {
    const exchange = new Exchange();
    exchange.owning.add({ ...acme, limits: limits({ maxRegistrationsPerSec: 1, maxCallsPerSec: 1 }) }, []);
    for (const callId of ['r1', 'r2']) registered(exchange, callId);
    exchange.send(outsidePhone, exchange.request());
    expect(exchange.heard(bobPhone)).toEqual(['INVITE']);
  });
});
