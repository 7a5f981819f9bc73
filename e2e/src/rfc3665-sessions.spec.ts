import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hopsOf } from './peers/recording.js';
import { expectForwarded, expectHopByHopAck, expectOwnTrying, expectRelayed } from './rfc3665/forwarding.js';
import { answer, hangUp, inTime, offer, ScriptedCall } from './rfc3665/scripted-call.js';
import { atlanta, branch, branchRealm, chicago, TwoProxies } from './rfc3665/two-proxies.js';

// Calls through two platforms of different domains. Ringdown's edges always record their route (their sealed token is how a dialog's later
// requests are routed without stored state), where some of the figures have proxies that don't: those requests pass the edges here too.

let world: TwoProxies;
beforeAll(async () => {
  world = await TwoProxies.start();
});
afterEach(() => world.hangUpAll());
afterAll(() => world.stop());

/** From an accepted INVITE through both proxies to the end of the call that Bob hangs up. */
const fromInviteToBye = [
  'alice > proxy1 INVITE',
  'proxy1 > proxy2 INVITE',
  'proxy1 > alice 100 INVITE',
  'proxy2 > bob INVITE',
  'proxy2 > proxy1 100 INVITE',
  'bob > proxy2 180 INVITE',
  'proxy2 > proxy1 180 INVITE',
  'proxy1 > alice 180 INVITE',
  'bob > proxy2 200 INVITE',
  'proxy2 > proxy1 200 INVITE',
  'proxy1 > alice 200 INVITE',
  'alice > proxy1 ACK',
  'proxy1 > proxy2 ACK',
  'proxy2 > bob ACK',
  'bob > proxy2 BYE',
  'proxy2 > proxy1 BYE',
  'proxy1 > alice BYE',
  'alice > proxy1 200 BYE',
  'proxy1 > proxy2 200 BYE',
  'proxy2 > bob 200 BYE',
];

describe.each(['UDP', 'TCP'] as const)('RFC 3665 §3 over %s', (transport) => {
  it('RFC 3665 3.2 Session Establishment Through Two Proxies', async () => {
    const { proxy1, proxy2, recording } = world;
    const alice = await world.unregisteredAlice(transport, proxy1);
    const bob = await world.bob(transport);
    const preloaded = [`<sip:${proxy1.hostPort};lr>`];
    const call = new ScriptedCall({ recording, alice, bob, preloaded });
    const { ladder } = call;

    const unproved = call.dial();
    const required = await call.refused(407);
    expect(alice.learn(required).realm).toBe(atlanta);
    const invite = call.dial();
    await call.trying(['proxy1', 'alice'], ['proxy2', 'proxy1']);
    // Not in the figure: a 100 of Bob's own, with his name on it, to see that it goes no further.
    bob.respond(call.incoming, 100, 'Trying', '', [['Server', 'bob']]);
    await call.ringing();
    const { ofAlice, ofBob } = await call.answered();
    ofAlice.acknowledge();
    const ack = await bob.receive('ACK');
    await hangUp(ofBob, bob, alice);

    const challenged = ['alice > proxy1 INVITE', 'proxy1 > alice 407 INVITE', 'alice > proxy1 ACK'];
    const arrows = [...challenged, ...fromInviteToBye];
    arrows.splice(arrows.indexOf('bob > proxy2 180 INVITE'), 0, 'bob > proxy2 100 INVITE');
    await expect.poll(() => ladder.hops(), inTime).toEqual(hopsOf(arrows));

    expectHopByHopAck(unproved, required, ladder.message('alice', 'proxy1', 'ACK'));
    expect([invite.cseq, invite.callId, invite.fromTag]).toEqual([2, unproved.callId, unproved.fromTag]);
    expect(invite.has('Proxy-Authorization')).toBe(true);

    const between = ladder.message('proxy1', 'proxy2', 'INVITE');
    const { incoming } = call;
    expectForwarded(invite, between, proxy1.hostPort);
    expectForwarded(between, incoming, proxy2.hostPort);
    // RFC 3261 §16.4: the own Route is gone; §16.5: the domain's own proxy puts Bob's contact in the place of his address of record.
    expect(between.has('Route')).toBe(false);
    expect([between.requestUri, incoming.requestUri]).toEqual([bob.addressOfRecord, bob.contact]);
    // Credentials end with the realm that they are for.
    expect([between.has('Proxy-Authorization'), incoming.has('Proxy-Authorization')]).toEqual([false, false]);
    const recordRoutes = incoming.list('Record-Route');
    expect(recordRoutes.map(hostPortIn)).toEqual([proxy2.hostPort, proxy1.hostPort]);
    expect(recordRoutes.every((route) => /;lr\b/.test(route))).toBe(true);

    expectOwnTrying(invite, ladder.message('proxy1', 'alice', '100 INVITE'));
    expectOwnTrying(between, ladder.message('proxy2', 'proxy1', '100 INVITE'));
    for (const label of ['180 INVITE', '200 INVITE']) {
      const [first, second, third] = [
        ladder.message('bob', 'proxy2', label),
        ladder.message('proxy2', 'proxy1', label),
        ladder.message('proxy1', 'alice', label),
      ];
      expectRelayed(first, second, proxy2.hostPort);
      expectRelayed(second, third, proxy1.hostPort);
      expect([third.list('Record-Route'), third.toTag]).toEqual([recordRoutes, bob.tag]);
    }

    // RFC 3261 §13.2.2.4 and §16.12: from end to end, a transaction of its own, by the route set.
    const ackAtProxy1 = ladder.message('alice', 'proxy1', 'ACK', 1);
    const ackBetween = ladder.message('proxy1', 'proxy2', 'ACK');
    expectForwarded(ackAtProxy1, ackBetween, proxy1.hostPort);
    expectForwarded(ackBetween, ack, proxy2.hostPort);
    expect([ackAtProxy1, ackBetween, ack].map((each) => each.list('Route').map(hostPortIn))).toEqual([
      [proxy1.hostPort, proxy2.hostPort],
      [proxy2.hostPort],
      [],
    ]);
    expect([ackAtProxy1, ackBetween, ack].map((each) => each.requestUri)).toEqual(Array(3).fill(bob.contact));
    expect(ack.cseq).toBe(invite.cseq);

    const bye = ladder.message('bob', 'proxy2', 'BYE');
    const byeBetween = ladder.message('proxy2', 'proxy1', 'BYE');
    expectForwarded(bye, byeBetween, proxy2.hostPort);
    expectForwarded(byeBetween, ladder.message('proxy1', 'alice', 'BYE'), proxy1.hostPort);
    expect([bye, byeBetween].map((each) => each.list('Route').map(hostPortIn))).toEqual([
      [proxy2.hostPort, proxy1.hostPort],
      [proxy1.hostPort],
    ]);
    expect(byeBetween.requestUri).toBe(alice.contact);
    expect(byeBetween.has('Record-Route')).toBe(false);
    expectRelayed(
      ladder.message('alice', 'proxy1', '200 BYE'),
      ladder.message('proxy1', 'proxy2', '200 BYE'),
      proxy1.hostPort,
    );
    expectRelayed(
      ladder.message('proxy1', 'proxy2', '200 BYE'),
      ladder.message('proxy2', 'bob', '200 BYE'),
      proxy2.hostPort,
    );
  });

  it('RFC 3665 3.3 Session with Multiple Proxy Authentication', async () => {
    const { proxy1, proxy2, recording } = world;
    // Alice calls as a user of a domain that both proxies serve, each with a realm and a password of its own.
    const alice = await world.unregisteredAlice(transport, proxy1, branch);
    alice.passwords.set(branchRealm, 'alice at biloxi');
    const bob = await world.bob(transport);
    const call = new ScriptedCall({ recording, alice, bob });
    const { ladder } = call;

    call.dial();
    expect(alice.learn(await call.refused(407)).realm).toBe(atlanta);
    const once = call.dial();
    const second = await call.refused(407);
    expect(alice.learn(second).realm).toBe(branchRealm);
    const twice = call.dial();
    await call.trying(['proxy1', 'alice'], ['proxy2', 'proxy1']);
    await call.ringing();
    const { ofAlice, ofBob } = await call.answered();
    ofAlice.acknowledge();
    await bob.receive('ACK');
    await hangUp(ofBob, bob, alice);

    await expect
      .poll(() => ladder.hops(), inTime)
      .toEqual(
        hopsOf([
          'alice > proxy1 INVITE',
          'proxy1 > alice 407 INVITE',
          'alice > proxy1 ACK',
          'alice > proxy1 INVITE',
          'proxy1 > proxy2 INVITE',
          // The figure has a 100 here; it comes only where the challenge takes more than 200 ms (RFC 3261 §17.2.1).
          'proxy2 > proxy1 407 INVITE',
          'proxy1 > proxy2 ACK',
          'proxy1 > alice 407 INVITE',
          'alice > proxy1 ACK',
          ...fromInviteToBye,
        ]),
      );

    const [onceBetween, twiceBetween] = [0, 1].map((nth) => ladder.message('proxy1', 'proxy2', 'INVITE', nth));
    if (onceBetween === undefined || twiceBetween === undefined) throw new Error('there are two');
    const challenge = ladder.message('proxy2', 'proxy1', '407 INVITE');
    expectHopByHopAck(onceBetween, challenge, ladder.message('proxy1', 'proxy2', 'ACK'));
    expectRelayed(challenge, second, proxy1.hostPort);
    // RFC 3261 §16.7 step 7: what the next proxy asks for reaches the caller.
    expect(second.lines('Proxy-Authenticate')).toEqual(challenge.lines('Proxy-Authenticate'));
    expect([once, twice].map((each) => realmsIn(each.lines('Proxy-Authorization')))).toEqual([
      [atlanta],
      [atlanta, branchRealm],
    ]);
    // RFC 3261 §22.3: each proxy takes the credentials for its own realm and leaves the others.
    expect([onceBetween, twiceBetween].map((each) => realmsIn(each.lines('Proxy-Authorization')))).toEqual([
      [],
      [branchRealm],
    ]);
    expect(call.incoming.has('Proxy-Authorization')).toBe(false);
    expectForwarded(twice, twiceBetween, proxy1.hostPort);
    expectForwarded(twiceBetween, call.incoming, proxy2.hostPort);
    expect([once.cseq, twice.cseq]).toEqual([2, 3]);
  });

  it('RFC 3665 3.5 Session Through a SIP ALG', async () => {
    // The gateway's own role (a back-to-back user agent that ends both media streams) is out of scope; the first edge stands in its place and
    // proxies, so that the call runs through it by the pre-loaded Route and its session descriptions pass unchanged.
    const { proxy1, proxy2, recording } = world;
    const alice = await world.alice(transport);
    const bob = await world.bob(transport);
    const call = new ScriptedCall({ recording, alice, bob, preloaded: [`<sip:${proxy1.hostPort};lr>`] });
    const { ladder } = call;

    const invite = call.dial();
    await call.trying(['proxy1', 'alice'], ['proxy2', 'proxy1']);
    await call.ringing();
    const { ofAlice } = await call.answered();
    ofAlice.acknowledge();
    await bob.receive('ACK');
    await hangUp(ofAlice, alice, bob);

    const untilAck = fromInviteToBye.slice(0, fromInviteToBye.indexOf('bob > proxy2 BYE'));
    await expect
      .poll(() => ladder.hops(), inTime)
      .toEqual(
        hopsOf([
          ...untilAck,
          'alice > proxy1 BYE',
          'proxy1 > proxy2 BYE',
          'proxy2 > bob BYE',
          'bob > proxy2 200 BYE',
          'proxy2 > proxy1 200 BYE',
          'proxy1 > alice 200 BYE',
        ]),
      );
    const between = ladder.message('proxy1', 'proxy2', 'INVITE');
    expectForwarded(invite, between, proxy1.hostPort);
    expectForwarded(between, call.incoming, proxy2.hostPort);
    expect(between.has('Route')).toBe(false);
    expect(call.incoming.body).toBe(offer);
    expect(ladder.message('proxy1', 'alice', '200 INVITE').body).toBe(answer);
    const bye = ladder.message('alice', 'proxy1', 'BYE');
    expectForwarded(bye, ladder.message('proxy1', 'proxy2', 'BYE'), proxy1.hostPort);
    expectForwarded(ladder.message('proxy1', 'proxy2', 'BYE'), ladder.message('proxy2', 'bob', 'BYE'), proxy2.hostPort);
    expect(bye.cseq).toBe(invite.cseq + 1);
  });

  it('RFC 3665 3.6 Session via Redirect and Proxy Servers with SDP in ACK', async () => {
    // Proxy 1 is the redirect server, with the redirect service behind it; Proxy 2 is the figure's Proxy 3, where Alice is registered, so that
    // her INVITE has credentials for it like those of the figures 3.8 to 3.11.
    const { proxy1, proxy2, recording } = world;
    const alice = await world.unregisteredAlice(transport, proxy1, branch);
    alice.passwords.set(branchRealm, 'alice at biloxi');
    await alice.connect(proxy2.address);
    await alice.register(1, proxy2.address);
    const bob = await world.bob(transport);
    await world.redirectChicago(transport, bob);
    const moves = new ScriptedCall({ recording, alice, bob, requestUri: `sip:bob@${chicago(transport)}`, sdp: '' });

    const unproved = moves.dial();
    // Not in the figure: who asks an edge for a redirection proves who they are first.
    alice.learn(await moves.refused(407));
    const asked = moves.dial();
    const redirection = await moves.refused(302);
    expect(redirection.list('Contact').map((contact) => uriOf(contact))).toEqual([bob.addressOfRecord]);

    const call = new ScriptedCall({ recording, alice, bob, sdp: '', callId: moves.callId, cseq: asked.cseq });
    const { ladder } = call;
    alice.forget(atlanta);
    const invite = call.dial(proxy2.address);
    await call.trying(['proxy2', 'alice']);
    await call.ringing();
    const { ofAlice, ofBob } = await call.answered(offer);
    ofAlice.acknowledge(answer);
    const ack = await bob.receive('ACK');
    await hangUp(ofBob, bob, alice);

    await expect
      .poll(() => ladder.hops(), inTime)
      .toEqual(
        hopsOf([
          'alice > proxy1 INVITE',
          'proxy1 > alice 407 INVITE',
          'alice > proxy1 ACK',
          'alice > proxy1 INVITE',
          'proxy1 > alice 302 INVITE',
          'alice > proxy1 ACK',
          'alice > proxy2 INVITE',
          'proxy2 > bob INVITE',
          'proxy2 > alice 100 INVITE',
          'bob > proxy2 180 INVITE',
          'proxy2 > alice 180 INVITE',
          'bob > proxy2 200 INVITE',
          'proxy2 > alice 200 INVITE',
          'alice > proxy2 ACK',
          'proxy2 > bob ACK',
          'bob > proxy2 BYE',
          'proxy2 > alice BYE',
          'alice > proxy2 200 BYE',
          'proxy2 > bob 200 BYE',
        ]),
      );
    expectHopByHopAck(
      unproved,
      ladder.message('proxy1', 'alice', '407 INVITE'),
      ladder.message('alice', 'proxy1', 'ACK'),
    );
    expectHopByHopAck(asked, redirection, ladder.message('alice', 'proxy1', 'ACK', 1));
    expectForwarded(invite, call.incoming, proxy2.hostPort);
    // The offer is in the 200 and its answer in the ACK (RFC 3261 §13.2.1), which a proxy carries like any other request.
    expect([call.incoming.body, ladder.message('proxy2', 'alice', '200 INVITE').body, ack.body]).toEqual([
      '',
      offer,
      answer,
    ]);
    expectForwarded(ladder.message('alice', 'proxy2', 'ACK'), ack, proxy2.hostPort);
    expectForwarded(ladder.message('bob', 'proxy2', 'BYE'), ladder.message('proxy2', 'alice', 'BYE'), proxy2.hostPort);
  });
});

function uriOf(value: string): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value;
}

/** `host:port` of a Route or Record-Route value. */
function hostPortIn(value: string): string {
  return /<sips?:(?:[^@>]*@)?([^;>]+)/.exec(value)?.[1] ?? value;
}

function realmsIn(values: readonly string[]): readonly string[] {
  return values.map((value) => /realm="([^"]*)"/.exec(value)?.[1] ?? value);
}
