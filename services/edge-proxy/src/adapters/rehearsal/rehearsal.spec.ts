import { beforeEach, describe, expect, it } from 'vitest';
import type { OwningServices } from '../../testing/owning-services.js';
import { rehearsed, routedTenants, told } from '../../testing/rehearsed-calls.js';
import type { RehearsedCall } from './rehearsed-request.js';

describe('a rehearsed request', () => {
  let owning: OwningServices;
  beforeEach(() => {
    owning = routedTenants();
  });

  it('is told from the domain to the phone', async () => {
    const call = await rehearsed(owning);
    expect(call.outcome).toEqual({ kind: 'forwarded', targets: ['sip:bob@192.0.2.20:5062'] });
    expect(told(call).split('\n')).toEqual([
      "domain: example.com is tenant acme's [domain example.com, its canonical one]",
      'subscriber: subscriber alice is enabled [subscriber alice of tenant acme]',
      'caller: calls as sip:alice@example.com, once it has answered a challenge (SHA-256, MD5) [the address of subscriber alice]',
      'admission: a call of tenant acme may begin now [tenant acme has limits.maxCallsPerSec unlimited]',
      expect.stringContaining('routes: tenant acme has 4 routes, the most specific first [route sales of tenant acme'),
      'destination: the phones of sip:bob@example.com (tenant acme) [no route of tenant acme is for it, and its policy is redirectMode: proxy]',
      'bindings: 1 registered for sip:bob@example.com [sip:bob@192.0.2.20:5062]',
      'subscriber: subscriber bob is enabled [subscriber bob of tenant acme]',
      'target: sip:bob@192.0.2.20:5062, q 1: its flow at edge edge-1 is gone [registered from UDP 127.0.0.1:5060 by test]',
      'media: direct to sip:bob@192.0.2.20:5062 [both sides understand and reach each other]',
      'trust: no identity is asserted to it [a phone is outside of the trust domain (RFC 3325)]',
      'outcome: forwarded to sip:bob@192.0.2.20:5062',
    ]);
  });

  it.each<readonly [string, Partial<RehearsedCall>, object, string]>([
    [
      'a forward by a number route',
      { to: 'sip:+4930123@example.com' },
      { kind: 'service', service: 'redirect' },
      'destination: the caller is forwarded: 302 with the bindings as contacts [route sales of tenant acme (number prefix +4930: redirect 302)]',
    ],
    [
      'a number that goes out by a trunk',
      { to: 'tel:+4940123' },
      { kind: 'forwarded', targets: ['tel:+4940123'] },
      'destination: outside, to sip:gw.test [route gateway of tenant acme (number prefix +49: next hop sip:gw.test)]\ntarget: tel:+4940123: UDP to gw.test:5060 [route gateway]',
    ],
    [
      'who a trusted trunk is told of',
      { to: 'tel:+4940123' },
      {},
      'trust: <sip:alice@example.com> is asserted to it [route gateway is within the trust domain (RFC 3325)]',
    ],
    [
      'a session service',
      { to: 'sip:+44123@example.com' },
      { kind: 'service', service: 'b2bua' },
      'destination: the session service b2bua [route ivr of tenant acme (number prefix +44: service b2bua)]',
    ],
    [
      'a number that is a subscriber’s',
      { to: 'sip:+33123@example.com' },
      { kind: 'forwarded', targets: ['sip:bob@192.0.2.20:5062'] },
      '[number +33123 is assigned to subscriber bob of tenant acme]',
    ],
    [
      'a number of another tenant',
      { to: 'sip:+33199@example.com' },
      { kind: 'answered', statusCode: 480 },
      "number: +33199 is tenant globex's, assigned to subscriber dave [number +33199]",
    ],
    [
      'another tenant’s subscriber, who is not registered',
      { to: 'sip:dave@example.net' },
      { kind: 'answered', statusCode: 480 },
      'outcome: answered 480 Temporarily Unavailable [no phone of dave is registered]',
    ],
    [
      'a missing user',
      { to: 'sip:zoe@example.com' },
      { kind: 'answered', statusCode: 404 },
      'conference: tenant acme has no room zoe\noutcome: answered 404 Not Found [there is no subscriber and no room zoe]',
    ],
    [
      'a room',
      { to: 'sip:standup@example.com' },
      { kind: 'service', service: 'conference-focus' },
      'conference: tenant acme has a room standup; pod focus-1 answers for it',
    ],
    [
      'a caller who does not exist',
      { from: 'sip:mallory@example.com' },
      { kind: 'answered', statusCode: 407 },
      'outcome: answered 407 Proxy Authentication Required [tenant acme has no subscriber mallory: it is challenged again whatever it answers]',
    ],
    [
      'a caller who claims somebody else’s identity',
      { from: 'sip:bob@example.com', username: 'alice' },
      { kind: 'answered', statusCode: 403 },
      '[alice may not act as sip:bob@example.com]',
    ],
    [
      'a domain that no route leads to',
      { to: 'sip:x@elsewhere.test' },
      { kind: 'answered', statusCode: 403 },
      'destination: refused: 403 Forbidden [tenant acme has no route to elsewhere.test]',
    ],
    [
      'a caller from a peer',
      { from: 'sip:x@peer.test' },
      { kind: 'forwarded' },
      'caller: tenant acme takes calls from peer.test [route partner of tenant acme (domain peer.test: next hop sip:203.0.113.9)]',
    ],
    [
      'a peer from where its route leads',
      { from: 'sip:x@peer.test', source: { host: '203.0.113.9', port: 5060 } },
      { kind: 'forwarded' },
      "domain: peer.test is nobody's here [no tenant has this domain]",
    ],
    [
      'a peer from elsewhere',
      { from: 'sip:x@peer.test', source: { host: '198.51.100.1', port: 5060 } },
      { kind: 'answered', statusCode: 403 },
      'outcome: answered 403 Forbidden [the route of acme to peer.test does not lead to where this comes from]',
    ],
    [
      'a stranger',
      { from: 'sip:x@stranger.test' },
      { kind: 'answered', statusCode: 403 },
      '[acme takes no calls from stranger.test: it has no route there]',
    ],
    [
      'a trunk that is another tenant’s',
      { from: 'sip:dave@example.net', to: 'sip:+4940123@example.com' },
      { kind: 'answered', statusCode: 403 },
      'destination: refused: 403 Forbidden [a subscriber of globex asked for route gateway of acme, which leads outside]',
    ],
    [
      'a registration',
      { method: 'REGISTER', to: 'sip:example.com' },
      { kind: 'service', service: 'registrar' },
      'destination: the registrar [REGISTER for a domain of tenant acme]',
    ],
    [
      'a browser that calls a phone without a relay',
      { transport: 'WSS' },
      { kind: 'forwarded' },
      'this edge has no relay: it goes direct all the same [one side is a browser and the other none]',
    ],
  ])('names the rule of %s', async (_name, over, outcome, line) => {
    const call = await rehearsed(owning, over);
    expect(call.outcome).toMatchObject(outcome);
    expect(told(call)).toContain(line);
  });
});
