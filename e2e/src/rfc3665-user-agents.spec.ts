import { join } from 'node:path';
import { Baresip } from '@ringdown/testbed';
import { TestUserAgent } from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hopsOf, Recording } from './peers/recording.js';
import { RecordingRelay } from './peers/recording-relay.js';
import { SippCall } from './peers/sipp-call.js';
import { parameterOf, uriIn } from './peers/wire-message.js';
import { expectForwarded, expectHopByHopAck, expectRelayed } from './rfc3665/forwarding.js';
import { Proxy } from './rfc3665/proxies.js';
import { inTime, sdp } from './rfc3665/scripted-call.js';
import { ScriptedDialog } from './rfc3665/scripted-dialog.js';
import { ScriptedPhone } from './rfc3665/scripted-phone.js';

// Ringdown's own user agent core against other makers': sipp in 3.1, where no proxy is in between, and baresip in 3.7.

const domain = 'biloxi.ringdown.test';
const password = (user: string): string => `${user}-of-biloxi`;
const callMs = 15_000;
const recording = new Recording();
const ends: (() => Promise<void>)[] = [];
let proxy: Proxy;

beforeAll(async () => {
  proxy = await Proxy.start({ name: 'proxy', recording });
  // This baresip knows no other algorithm, and gives up where the first challenge has another.
  await proxy.put('/tenants/biloxi', { canonicalDomain: domain, digestAlgorithms: ['MD5'] });
  for (const user of ['alice', 'bob'])
    await proxy.put(`/tenants/biloxi/subscribers/${user}`, { password: password(user) });
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => proxy.stop());

describe.each(['UDP', 'TCP'] as const)('RFC 3665 §3 over %s', (transport) => {
  it('RFC 3665 3.1 Successful Session Establishment', async () => {
    const element = await SippCall.port();
    const relay = await RecordingRelay.open({
      recording,
      name: 'bob',
      element,
      listen: { host: '127.0.0.1', port: 0 },
    });
    ends.push(() => relay.close());
    const bobAddress = `${relay.address.host}:${relay.address.port}`;
    const scenario = join(import.meta.dirname, 'rfc3665', 'bob-3.1.xml');
    const bob = await SippCall.start({
      scenario,
      transport,
      port: element.port,
      keywords: { bob_address: bobAddress },
    });
    ends.push(() => bob.stop());
    const alice = await TestUserAgent.open({ user: 'alice', domain, transport, timeoutMs: callMs });
    ends.push(() => alice.close());

    const call = alice.call(`sip:bob@${bobAddress};transport=${transport.toLowerCase()}`);
    await call.established();
    expect(await call.ended()).toBe('bye-received');
    await bob.succeeded();

    const ladder = recording.of(call.callId);
    await expect
      .poll(() => ladder.hops(), inTime)
      .toEqual(
        hopsOf([
          'alice > bob INVITE',
          'bob > alice 180 INVITE',
          'bob > alice 200 INVITE',
          'alice > bob ACK',
          'bob > alice BYE',
          'alice > bob 200 BYE',
        ]),
      );
    const invite = ladder.message('alice', 'bob', 'INVITE');
    const ok = ladder.message('bob', 'alice', '200 INVITE');
    const ack = ladder.message('alice', 'bob', 'ACK');
    const bye = ladder.message('bob', 'alice', 'BYE');
    expect([invite.list('Via').length, ack.list('Via').length]).toEqual([1, 1]);
    expect(invite.toTag).toBeUndefined();
    // RFC 3261 §13.2.2.4: the ACK of a 2xx is a transaction of its own, to Bob's contact, with the INVITE's number and both tags.
    expect(parameterOf(ack.header('Via'), 'branch')).not.toBe(parameterOf(invite.header('Via'), 'branch'));
    expect(ack.requestUri).toBe(uriIn(ok.header('Contact')));
    expect([ack.cseq, ack.fromTag, ack.toTag]).toEqual([invite.cseq, invite.fromTag, ok.toTag]);
    // RFC 3261 §12.2.1.1 from Bob's side: to Alice's contact, the tags the other way round.
    expect(bye.requestUri).toBe(uriIn(invite.header('Contact')));
    expect([bye.fromTag, bye.toTag]).toEqual([ok.toTag, invite.fromTag]);
    expect(ladder.message('alice', 'bob', '200 BYE').toTag).toBe(invite.fromTag);
  });

  it('RFC 3665 3.7 Session with re-INVITE (IP Address Change)', async () => {
    const bob = await TestUserAgent.open({
      user: 'bob',
      domain,
      transport,
      password: password('bob'),
      outboundProxy: proxy.address,
      timeoutMs: callMs,
    });
    ends.push(async () => {
      await bob.unregister();
      await bob.close();
    });
    expect((await bob.register()).statusCode).toBe(200);
    const alice = await Baresip.start({
      address: `alice@${domain}`,
      password: password('alice'),
      proxy: proxy.hostPort,
      transport: transport === 'UDP' ? 'udp' : 'tcp',
      toneHertz: 440,
      answer: 'manual',
    });
    ends.push(() => alice.stop());
    await alice.registered();

    alice.command('dial', `sip:bob@${domain}`);
    const call = await bob.nextCall();
    const ladder = recording.of(call.callId);
    await ladder.passed('proxy', 'alice', '100 INVITE');
    await ladder.passed('bob', 'proxy', '100 INVITE');
    call.ring();
    await ladder.passed('proxy', 'alice', '180 INVITE');
    call.answer();
    await call.established();

    // Bob's new address: what comes to it reaches him, as what comes to the old one still does.
    const relay = await RecordingRelay.open({
      recording,
      name: 'bob',
      element: bob.address,
      listen: { host: '127.0.0.7', port: 0 },
    });
    ends.push(() => relay.close());
    const moved = `sip:bob@127.0.0.7:${relay.address.port}${transport === 'TCP' ? ';transport=tcp' : ''}`;
    const { session } = call;
    if (session === undefined) throw new Error('an established call has a session');
    session.dialog.localContact = `<${moved}>`;
    const newSdp = call.localSdp.replaceAll('127.0.0.1', '127.0.0.7').replace(/^(o=\S+ \S+ )1 /m, '$12 ');
    expect((await call.reinvite({ sdp: newSdp })).statusCode).toBe(200);
    await ladder.passed('proxy', 'alice', 'ACK');
    alice.command('hangup');
    expect(await call.ended()).toBe('bye-received');

    await expect
      .poll(() => ladder.hops(), inTime)
      .toEqual(
        hopsOf([
          // Not in the figure: the edge asks its own subscriber for credentials.
          'alice > proxy INVITE',
          'proxy > alice 407 INVITE',
          'alice > proxy ACK',
          'alice > proxy INVITE',
          'proxy > bob INVITE',
          'proxy > alice 100 INVITE',
          // Not in the figure: Bob is silent for so long that his own transaction says so, to the proxy alone (RFC 3261 §17.2.1).
          'bob > proxy 100 INVITE',
          'bob > proxy 180 INVITE',
          'proxy > alice 180 INVITE',
          'bob > proxy 200 INVITE',
          'proxy > alice 200 INVITE',
          // From here on the figure's proxy, which doesn't record its route, is out of the way; an edge stays in it.
          'alice > proxy ACK',
          'proxy > bob ACK',
          'bob > proxy INVITE',
          'proxy > alice INVITE',
          'alice > proxy 200 INVITE',
          'proxy > bob 200 INVITE',
          'bob > proxy ACK',
          'proxy > alice ACK',
          'alice > proxy BYE',
          'proxy > bob BYE',
          'bob > proxy 200 BYE',
          'proxy > alice 200 BYE',
        ]),
      );
    expectHopByHopAck(
      ladder.message('alice', 'proxy', 'INVITE'),
      ladder.message('proxy', 'alice', '407 INVITE'),
      ladder.message('alice', 'proxy', 'ACK'),
    );
    expectForwarded(
      ladder.message('alice', 'proxy', 'INVITE', 1),
      ladder.message('proxy', 'bob', 'INVITE'),
      proxy.hostPort,
    );
    const reinvite = ladder.message('bob', 'proxy', 'INVITE');
    const atAlice = ladder.message('proxy', 'alice', 'INVITE');
    expectForwarded(reinvite, atAlice, proxy.hostPort);
    expectRelayed(
      ladder.message('alice', 'proxy', '200 INVITE'),
      ladder.message('proxy', 'bob', '200 INVITE'),
      proxy.hostPort,
    );
    expectForwarded(ladder.message('bob', 'proxy', 'ACK'), ladder.message('proxy', 'alice', 'ACK'), proxy.hostPort);
    // RFC 3261 §12.2.2: the re-INVITE refreshes the target, and the session description has Bob's new address.
    expect([uriIn(atAlice.header('Contact')), atAlice.body]).toEqual([moved, newSdp]);
    const bye = ladder.message('alice', 'proxy', 'BYE');
    expectForwarded(bye, ladder.message('proxy', 'bob', 'BYE'), proxy.hostPort);
    expect([bye.requestUri, ladder.message('proxy', 'bob', 'BYE').requestUri]).toEqual([moved, moved]);
    expectRelayed(
      ladder.message('bob', 'proxy', '200 BYE'),
      ladder.message('proxy', 'alice', '200 BYE'),
      proxy.hostPort,
    );
  });

  it('RFC 3665 3.7 Session with re-INVITE (IP Address Change), where nobody is at the old address any more', async () => {
    const user = `bob${transport === 'UDP' ? 1 : 2}`;
    await proxy.put(`/tenants/biloxi/subscribers/${user}`, { password: password(user) });
    const common = { domain, transport };
    const phone = { ...common, user, password: password(user), proxy: proxy.address };
    // Both addresses are bound, the later one with a lower q, so that the call comes to the first one alone (RFC 3261 §16.6).
    const after = await ScriptedPhone.open(phone);
    ends.push(() => after.close());
    await after.register(0.1);
    const before = await ScriptedPhone.open(phone);
    await before.register();
    const alice = await TestUserAgent.open({
      ...common,
      user: 'alice',
      password: password('alice'),
      outboundProxy: proxy.address,
      timeoutMs: callMs,
    });
    ends.push(async () => {
      await alice.unregister();
      await alice.close();
    });
    await alice.register();

    const call = alice.call(`sip:${user}@${domain}`);
    const invite = await before.receive('INVITE');
    const ok = before.respond(invite, 200, 'OK', sdp('bob', 3_456));
    await call.established();
    await before.receive('ACK');
    await before.close();

    const dialog = ScriptedDialog.ofCallee(before, invite, ok).movedTo(after);
    // From another address than the call began at Bob proves who he is; RFC 3261 §22.1: the ACK has the INVITE's credentials.
    const proof = after.credentials('INVITE', dialog.remoteTarget);
    dialog.request('INVITE', sdp('bob', 3_458, '127.0.0.7'), [after.contactLine(), ...proof]);
    await after.receive('200 INVITE');
    dialog.acknowledge('', proof);
    // RFC 3261 §12.2.2: the remote target is the re-INVITE's Contact now, whatever else Bob has bound.
    const hungUp = after.receive('BYE').then((bye) => after.respond(bye, 200, 'OK') && bye);
    const [bye, outcome] = await Promise.all([hungUp, call.bye()]);
    expect(bye.requestUri).toBe(after.contact);
    expect(outcome).toBe('bye-sent');
    expect(call.remoteSdp).toContain('127.0.0.7');
  });
});
