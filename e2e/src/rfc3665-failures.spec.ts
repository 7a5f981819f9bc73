import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hopsOf } from './peers/recording.js';
import { parameterOf } from './peers/wire-message.js';
import {
  expectForwarded,
  expectHopByHopAck,
  expectHopByHopCancel,
  expectOwnTrying,
  expectRelayed,
} from './rfc3665/forwarding.js';
import { hangUp, inTime, ScriptedCall } from './rfc3665/scripted-call.js';
import type { ScriptedPhone } from './rfc3665/scripted-phone.js';
import { branch, branchRealm, TwoProxies } from './rfc3665/two-proxies.js';

// What goes wrong between Alice and Bob, through two platforms of different domains. In 3.8 to 3.11 Alice's first INVITE has credentials, as in
// the figures: she answers the challenge that her registration got, with the nonce's next count.

let world: TwoProxies;
beforeAll(async () => {
  world = await TwoProxies.start();
});
afterEach(() => world.hangUpAll());
afterAll(() => world.stop());

const transports = ['UDP', 'TCP'] as const;

/** The first messages of the figures 3.8, 3.9 and 3.11. */
const untilTrying = [
  'alice > proxy1 INVITE',
  'proxy1 > proxy2 INVITE',
  'proxy1 > alice 100 INVITE',
  'proxy2 > bob INVITE',
  'proxy2 > proxy1 100 INVITE',
];
const ringing = ['bob > proxy2 180 INVITE', 'proxy2 > proxy1 180 INVITE', 'proxy1 > alice 180 INVITE'];

/** An answer other than 2xx, acknowledged hop by hop. */
function refusedWith(statusCode: number): readonly string[] {
  return [
    `bob > proxy2 ${statusCode} INVITE`,
    'proxy2 > bob ACK',
    `proxy2 > proxy1 ${statusCode} INVITE`,
    'proxy1 > proxy2 ACK',
    `proxy1 > alice ${statusCode} INVITE`,
    'alice > proxy1 ACK',
  ];
}

/** Asserts that the INVITE was forwarded twice, and that each hop acknowledged the refusal for itself. */
function expectRefusedHopByHop(call: ScriptedCall, statusCode: number): void {
  const { ladder, invite, incoming } = call;
  const { proxy1, proxy2 } = world;
  const between = ladder.message('proxy1', 'proxy2', 'INVITE');
  expectForwarded(invite, between, proxy1.hostPort);
  expectForwarded(between, incoming, proxy2.hostPort);
  expectOwnTrying(invite, ladder.message('proxy1', 'alice', '100 INVITE'));
  expectOwnTrying(between, ladder.message('proxy2', 'proxy1', '100 INVITE'));
  const label = `${statusCode} INVITE`;
  const [first, second, third] = [
    ladder.message('bob', 'proxy2', label),
    ladder.message('proxy2', 'proxy1', label),
    ladder.message('proxy1', 'alice', label),
  ];
  expectRelayed(first, second, proxy2.hostPort);
  expectRelayed(second, third, proxy1.hostPort);
  expectHopByHopAck(incoming, first, ladder.message('proxy2', 'bob', 'ACK'));
  expectHopByHopAck(between, second, ladder.message('proxy1', 'proxy2', 'ACK'));
  expectHopByHopAck(invite, third, ladder.message('alice', 'proxy1', 'ACK'));
}

async function called(
  transport: 'UDP' | 'TCP',
): Promise<{ alice: ScriptedPhone; bob: ScriptedPhone; call: ScriptedCall }> {
  const alice = await world.alice(transport);
  const bob = await world.bob(transport);
  const call = new ScriptedCall({ recording: world.recording, alice, bob });
  call.dial();
  return { alice, bob, call };
}

describe.each(transports)('RFC 3665 §3 over %s', (transport) => {
  it('RFC 3665 3.8 Unsuccessful No Answer', async () => {
    const { alice, bob, call } = await called(transport);
    const { ladder } = call;
    await call.trying(['proxy1', 'alice'], ['proxy2', 'proxy1']);
    await call.ringing();
    alice.cancel(call.invite);
    await alice.receive('200 CANCEL');
    const cancel = await bob.receive('CANCEL');
    bob.respond(cancel, 200, 'OK');
    bob.respond(call.incoming, 487, 'Request Terminated');
    await bob.receive('ACK');
    await call.refused(487);

    await expect
      .poll(() => ladder.hops(), inTime)
      .toEqual(
        hopsOf([
          ...untilTrying,
          ...ringing,
          'alice > proxy1 CANCEL',
          'proxy1 > alice 200 CANCEL',
          'proxy1 > proxy2 CANCEL',
          'proxy2 > proxy1 200 CANCEL',
          'proxy2 > bob CANCEL',
          'bob > proxy2 200 CANCEL',
          ...refusedWith(487),
        ]),
      );
    expectRefusedHopByHop(call, 487);
    expectHopByHopCancel(call.incoming, cancel);
    expectHopByHopCancel(ladder.message('proxy1', 'proxy2', 'INVITE'), ladder.message('proxy1', 'proxy2', 'CANCEL'));
    // RFC 3261 §9.2: each hop's 200 is of its own making and says nothing of the INVITE.
    for (const [from, to] of [
      ['proxy1', 'alice'],
      ['proxy2', 'proxy1'],
    ] as const)
      expect(ladder.message(from, to, '200 CANCEL').list('Via')).toHaveLength(1);
  });

  it('RFC 3665 3.9 Unsuccessful Busy', async () => {
    const { bob, call } = await called(transport);
    await call.trying(['proxy1', 'alice'], ['proxy2', 'proxy1']);
    bob.respond(call.incoming, 486, 'Busy Here');
    await bob.receive('ACK');
    await call.refused(486);

    await expect.poll(() => call.ladder.hops(), inTime).toEqual(hopsOf([...untilTrying, ...refusedWith(486)]));
    expectRefusedHopByHop(call, 486);
  });

  it('RFC 3665 3.11 Unsuccessful Temporarily Unavailable', async () => {
    const { bob, call } = await called(transport);
    await call.trying(['proxy1', 'alice'], ['proxy2', 'proxy1']);
    await call.ringing();
    bob.respond(call.incoming, 480, 'Temporarily Unavailable', '', [['Retry-After', '3600']]);
    await bob.receive('ACK');
    const refusal = await call.refused(480);

    await expect
      .poll(() => call.ladder.hops(), inTime)
      .toEqual(hopsOf([...untilTrying, ...ringing, ...refusedWith(480)]));
    expectRefusedHopByHop(call, 480);
    expect(refusal.header('Retry-After')).toBe('3600');
  });

  it('RFC 3665 3.4 Successful Session with Proxy Failure', async () => {
    const { proxy1, proxy2, recording } = world;
    const alice = await world.unregisteredAlice(transport, proxy1, branch);
    alice.passwords.set(branchRealm, 'alice at biloxi');
    const bob = await world.bob(transport);
    await alice.connect(proxy2.address);
    const call = new ScriptedCall({ recording, alice, bob });
    const { ladder } = call;

    // "It is reachable, but unresponsive": the process stands still, its sockets take what comes.
    proxy1.platform.child.signal('SIGSTOP');
    const unanswered = call.compose();
    // A T1 of 25 ms, which RFC 3261 §17.1.1.2 allows where the round trip is known to be short, makes 1.6 s of timer B's 32.
    await alice.sendUnanswered(unanswered, 25).finally(() => proxy1.platform.child.signal('SIGCONT'));
    const transmissions = ladder.transmissions('alice', 'proxy1', 'INVITE');

    const retried = call.retry(proxy2.address);
    expect(alice.learn(await call.refused(407)).realm).toBe(branchRealm);
    const invite = call.dial(proxy2.address);
    await call.trying(['proxy2', 'alice']);
    await call.ringing();
    const { ofAlice, ofBob } = await call.answered();
    ofAlice.acknowledge();
    await bob.receive('ACK');
    await hangUp(ofBob, bob, alice);

    // RFC 3261 §17.1.1.2: seven transmissions by timer A over UDP, as in the figure; over TCP there is no timer A.
    expect(transmissions).toHaveLength(transport === 'UDP' ? 7 : 1);
    expect(new Set(transmissions.map(({ message }) => message.raw)).size).toBe(1);
    // RFC 3263 §4.3: the same request in a new transaction.
    expect([retried.cseq, retried.callId]).toEqual([unanswered.cseq, unanswered.callId]);
    expect(parameterOf(retried.header('Via'), 'branch')).not.toBe(parameterOf(unanswered.header('Via'), 'branch'));
    await expect
      .poll(() => ladder.hops(), inTime)
      .toEqual(
        hopsOf([
          'alice > proxy1 INVITE',
          // Not in the figure: Proxy 1 goes on and answers too late, to a transaction that is no more.
          'proxy1 > alice 407 INVITE',
          'alice > proxy2 INVITE',
          'proxy2 > alice 407 INVITE',
          'alice > proxy2 ACK',
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
    expectForwarded(invite, call.incoming, proxy2.hostPort);
    expect(call.incoming.has('Proxy-Authorization')).toBe(false);
  });
});

describe('RFC 3665 §3 over both at the same time', () => {
  // Proxy 2 waits for Bob for its whole timer B of 32 s.
  it.concurrent.each(transports)(
    'RFC 3665 3.10 Unsuccessful No Response from User Agent, over %s',
    { timeout: 60_000 },
    async (transport) => {
      const { alice, call } = await called(transport);
      const { ladder } = call;
      await call.trying(['proxy1', 'alice'], ['proxy2', 'proxy1']);
      const refusal = await alice.receive('408 INVITE', 45_000);
      alice.acknowledge(call.invite, refusal);

      // Proxy 2 says 408, where the figure's says 480: RFC 3261 §16.7 gives a branch that times out a 408, and step 6 the best of what there is.
      await expect
        .poll(() => ladder.hops(), inTime)
        .toEqual(
          hopsOf([
            ...untilTrying,
            'proxy2 > proxy1 408 INVITE',
            'proxy1 > proxy2 ACK',
            'proxy1 > alice 408 INVITE',
            'alice > proxy1 ACK',
          ]),
        );
      // RFC 3261 §17.1.1.2: the figure's seven INVITEs, by timer A, the same bytes each time; over TCP one.
      const transmissions = ladder.transmissions('proxy2', 'bob', 'INVITE');
      expect(transmissions).toHaveLength(transport === 'UDP' ? 7 : 1);
      expect(new Set(transmissions.map(({ message }) => parameterOf(message.header('Via'), 'branch'))).size).toBe(1);
      // T1 + 2*T1 + … + 32*T1, with T1 = 500 ms.
      const elapsedMs = (transmissions.at(-1)?.atMs ?? 0) - (transmissions[0]?.atMs ?? 0);
      expect(Math.abs(elapsedMs - (transport === 'UDP' ? 31_500 : 0))).toBeLessThan(2_000);
      const between = ladder.message('proxy1', 'proxy2', 'INVITE');
      const timedOut = ladder.message('proxy2', 'proxy1', '408 INVITE');
      expectForwarded(call.invite, between, world.proxy1.hostPort);
      expectForwarded(between, call.incoming, world.proxy2.hostPort);
      expectRelayed(timedOut, refusal, world.proxy1.hostPort);
      expectHopByHopAck(between, timedOut, ladder.message('proxy1', 'proxy2', 'ACK'));
      expectHopByHopAck(call.invite, refusal, ladder.message('alice', 'proxy1', 'ACK'));
    },
  );
});
