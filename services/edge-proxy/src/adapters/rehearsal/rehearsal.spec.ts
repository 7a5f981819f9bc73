import { directory } from '@ringdown/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { Admission } from '../../domain/admission.js';
import type { ConferenceLookups } from '../../ports/conferences.js';
import { acme, twoTenants } from '../../testing/acme.js';
import type { OwningServices } from '../../testing/owning-services.js';
import { rehearsalOver } from '../../testing/rehearsed-edge.js';
import {
  bindingOf,
  byDomain,
  byPrefix,
  limits,
  policies,
  routeOf,
  subscriberOf,
  toNextHop,
  toRedirect,
  toSession,
} from '../../testing/tables.js';
import type { RehearsalOptions, Rehearsed } from './rehearsal.js';
import type { RehearsedCall } from './rehearsed-request.js';

const call: RehearsedCall = {
  method: 'INVITE',
  from: 'sip:alice@example.com',
  to: 'sip:bob@example.com',
  transport: 'UDP',
  source: undefined,
  username: undefined,
};

const named = (routeId: string, route: directory.Route): directory.Route => ({ ...route, routeId, tenantId: 'acme' });
const phone = { edgeId: 'edge-1', incarnation: 'i1', flowToken: 'udp/192.0.2.20/5062' };
const rooms: ConferenceLookups = {
  place: ({ room }, answered) =>
    answered(
      room === 'standup'
        ? { kind: 'pod', pod: { podId: 'focus-1', incarnation: 'f', mediaHosts: ['192.0.2.30'] } }
        : { kind: 'absent' },
    ),
  placeInstead: () => undefined,
};

describe('a rehearsed request', () => {
  let owning: OwningServices;
  beforeEach(() => {
    owning = twoTenants();
    owning.bind('acme', 'sip:bob@example.com', [bindingOf('sip:bob@192.0.2.20:5062', phone)]);
    owning.routes.set('acme', [
      named('sales', routeOf(byPrefix('+4930'), toRedirect)),
      named('gateway', routeOf(byPrefix('+49'), toNextHop('sip:gw.test'), directory.TrustClass.PEER)),
      named('ivr', routeOf(byPrefix('+44'), toSession('b2bua'))),
      named('partner', routeOf(byDomain('peer.test'), toNextHop('sip:203.0.113.9'))),
    ]);
    owning.numbers.set('+33123', { tenantId: 'acme', username: 'bob' });
    owning.numbers.set('+33199', { tenantId: 'globex', username: 'dave' });
  });

  async function run(over: Partial<RehearsedCall> = {}, options: Partial<RehearsalOptions> = {}): Promise<Rehearsed> {
    const rehearsed = await rehearsalOver(owning, { conferences: rooms, ...options }).run({ ...call, ...over });
    if ('problem' in rehearsed) throw new Error(rehearsed.problem);
    return rehearsed;
  }

  /** What is told, one decision a line, with the rule behind it. */
  function lines({ steps }: Rehearsed): string {
    return steps
      .map(({ step, decision, rule }) => `${step}: ${decision}${rule === undefined ? '' : ` [${rule}]`}`)
      .join('\n');
  }

  it('is told from the domain to the phone', async () => {
    const rehearsed = await run();
    expect(rehearsed.outcome).toEqual({ kind: 'forwarded', targets: ['sip:bob@192.0.2.20:5062'] });
    expect(lines(rehearsed).split('\n')).toEqual([
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
  ])('names the rule of %s', async (_name, over, outcome, told) => {
    const rehearsed = await run(over);
    expect(rehearsed.outcome).toMatchObject(outcome);
    expect(lines(rehearsed)).toContain(told);
  });

  it.each<readonly [string, () => Partial<RehearsalOptions>, object, string]>([
    [
      'a disabled callee',
      () => {
        owning.add(acme, [subscriberOf(acme, 'bob', { enabled: false })]);
        return {};
      },
      { statusCode: 480 },
      'subscriber: subscriber bob is disabled [subscriber bob of tenant acme]\noutcome: answered 480 Temporarily Unavailable [subscriber bob is disabled]',
    ],
    [
      'a disabled caller',
      () => {
        owning.add(acme, [subscriberOf(acme, 'alice', { enabled: false })]);
        return {};
      },
      { statusCode: 407 },
      'subscriber alice is disabled: it is challenged again',
    ],
    [
      'a disabled tenant',
      () => {
        owning.add({ ...acme, enabled: false }, []);
        return {};
      },
      { statusCode: 403 },
      'outcome: answered 403 Forbidden [tenant acme is disabled]',
    ],
    [
      'an edge that drains',
      () => {
        const admission = new Admission();
        admission.drain(true);
        return { admission };
      },
      { statusCode: 503 },
      'admission: this edge takes nothing new [it is draining]',
    ],
    [
      'a directory that is away',
      () => ({
        conferences: undefined,
        authentication: {
          ...({} as RehearsalOptions['authentication']),
          wallClock: () => 0,
          directory: {
            tenantByDomain: (_domain, answered) => answered({ kind: 'unavailable' }),
          } as RehearsalOptions['authentication']['directory'],
        },
      }),
      { statusCode: 503 },
      "domain: the directory can't be asked\noutcome: answered 503 Service Unavailable [the directory can't be reached]",
    ],
    [
      'a tenant that relays all media, at an edge without a relay',
      () => {
        const always = policies({ mediaRelay: directory.MediaRelay.ALWAYS });
        owning.add({ ...acme, policies: always }, []);
        return {};
      },
      { kind: 'forwarded' },
      "this edge has no relay: the call is refused [a tenant's policy mediaRelay: always]",
    ],
    [
      'the redirect policy',
      () => {
        owning.add({ ...acme, policies: policies({ redirectMode: directory.RedirectMode.REDIRECT }) }, []);
        return {};
      },
      { kind: 'service', service: 'redirect' },
      '[tenant acme has the policy redirectMode: redirect]',
    ],
    [
      'a route for the whole domain',
      () => {
        owning.routes.set('acme', [named('pbx', routeOf(byDomain('example.com'), toNextHop('sip:pbx.test')))]);
        return {};
      },
      { kind: 'forwarded' },
      '[route pbx of tenant acme (domain example.com: next hop sip:pbx.test)]',
    ],
  ])('names %s', async (_name, prepare, outcome, told) => {
    const rehearsed = await run({}, prepare());
    expect(rehearsed.outcome).toMatchObject(outcome);
    expect(lines(rehearsed)).toContain(told);
  });

  it('counts against no limit, and tells of one that others have used up', async () => {
    owning.add({ ...acme, limits: limits({ maxCallsPerSec: 2, maxRegistrationsPerSec: 1 }) }, []);
    const admission = new Admission();
    for (let times = 0; times < 5; times += 1) {
      const rehearsed = await run({}, { admission });
      expect(lines(rehearsed)).toContain(
        'a call of tenant acme may begin now [tenant acme has limits.maxCallsPerSec 2]',
      );
    }
    const register = { method: 'REGISTER', to: 'sip:example.com' };
    for (let times = 0; times < 3; times += 1)
      expect((await run(register)).outcome).toEqual({ kind: 'service', service: 'registrar' });
    for (let calls = 0; calls < 2; calls += 1) admission.call(0, 'acme', 2, false);
    const rehearsed = await run({}, { admission });
    expect(rehearsed.outcome).toMatchObject({ kind: 'answered', statusCode: 503 });
    expect(lines(rehearsed)).toContain('tenant acme has had as many calls this second as it may');
  });

  it('opens no conference', async () => {
    const asked: boolean[] = [];
    const watched: ConferenceLookups = {
      ...rooms,
      place: (question, answered) => {
        asked.push(question.mayOpen);
        rooms.place(question, answered);
      },
    };
    await run({ to: 'sip:standup@example.com' }, { conferences: watched });
    expect(asked).toEqual([false]);
  });

  it('orders phones by q, and says whether they ring together', async () => {
    owning.bind('acme', 'sip:bob@example.com', [
      bindingOf('sip:bob@192.0.2.20', phone, { qThousandths: 500 }),
      bindingOf('sip:bob@192.0.2.21', { ...phone, edgeId: 'edge-2' }),
    ]);
    const rehearsed = await run();
    expect(rehearsed.outcome).toEqual({ kind: 'forwarded', targets: ['sip:bob@192.0.2.21', 'sip:bob@192.0.2.20'] });
    expect(lines(rehearsed)).toContain("edge edge-2, which has its flow, can't be reached");
    expect(lines(rehearsed)).toContain('forwarded to 2 targets, one group after the other, the highest q first');
  });

  it.each([
    ['a transport that the edge does not listen on', { transport: 'TLS' }, {}, 'edge edge-1 does not listen on TLS'],
    [
      'a lookup that never ends',
      {},
      { timeoutMs: 1, location: stuck() },
      'no decision within 0.001 s; the last was: the phones',
    ],
  ] as const)('says what is wrong with %s', async (_name, over, options, problem) => {
    const rehearsed = await rehearsalOver(owning, options).run({ ...call, ...over });
    expect(rehearsed).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it('knows a tenant by its alias', async () => {
    expect(lines(await run({ from: 'sip:dave@example.net', to: 'sip:alice@acme.test' }))).toContain(
      `domain: acme.test is tenant acme's [domain acme.test, an alias of example.com]`,
    );
  });
});

function stuck(): RehearsalOptions['location'] {
  const nothing = () => undefined;
  return {
    within: () => stuck(),
    bindings: nothing,
    registered: nothing,
    doubt: nothing,
    flowGone: nothing,
    ownerAway: nothing,
  };
}
