import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { TestUserAgent, type TestUserAgentOptions } from './user-agent.js';
import { directionIn } from './user-agent-sdp.js';

const open: TestUserAgent[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((agent) => agent.close()));
});

async function agent(options: TestUserAgentOptions): Promise<TestUserAgent> {
  const opened = await TestUserAgent.open(options);
  open.push(opened);
  return opened;
}

describe.each(['UDP', 'TCP'] as const)('two user agents over %s', (transport) => {
  async function pair(): Promise<[TestUserAgent, TestUserAgent]> {
    return [await agent({ user: 'alice', transport }), await agent({ user: 'bob', transport })];
  }

  async function talking() {
    const [alice, bob] = await pair();
    const calling = alice.call(bob.contactUri);
    const called = await bob.nextCall();
    called.ring();
    await calling.provisional(180);
    called.answer();
    await Promise.all([calling.established(), called.established()]);
    return { alice, bob, calling, called };
  }

  it('call, talk and hang up', async () => {
    const { alice, bob, calling, called } = await talking();
    expect(calling.remoteSdp).toBe(called.localSdp);
    expect(called.remoteSdp).toBe(calling.localSdp);
    expect(await calling.bye()).toBe('bye-sent');
    expect(await called.ended()).toBe('bye-received');
    alice.recorder.expectLadder(['> INVITE', '< 180', '< 200', '> ACK', '> BYE', '< 200']);
    bob.recorder.expectLadder(['< INVITE', '> 180', '> 200', '< ACK', '< BYE', '> 200']);
  });

  it('are hung up by the callee', async () => {
    const { calling, called } = await talking();
    await called.bye();
    expect(await calling.ended()).toBe('bye-received');
  });

  it('hold and resume', async () => {
    const { calling, called } = await talking();
    expect(directionIn((await calling.hold()).body)).toBe('recvonly');
    expect([directionIn(calling.localSdp), directionIn(called.localSdp)]).toEqual(['sendonly', 'recvonly']);
    expect(directionIn((await calling.resume()).body)).toBe('sendrecv');
    expect(called.reinvites.length).toBe(2);
    await calling.bye();
  });

  it('reject, cancel', async () => {
    const [alice, bob] = await pair();
    const rejected = alice.call(bob.contactUri);
    (await bob.nextCall()).reject(486);
    expect((await rejected.failed()).statusCode).toBe(486);
    const cancelled = alice.call(bob.contactUri);
    const called = await bob.nextCall();
    called.ring();
    await cancelled.provisional();
    cancelled.cancel();
    await called.whenCancelled();
    expect((await cancelled.failed()).statusCode).toBe(487);
    alice.recorder.expectLadder(['> INVITE', '< 486', '> ACK'], { callId: rejected.callId });
    alice.recorder.expectLadder(['> INVITE', '< 180', '> CANCEL', '…', '> ACK'], { callId: cancelled.callId });
  });

  it('take an offer in the 2xx and its answer in the ACK', async () => {
    const [alice, bob] = await pair();
    const calling = alice.call(bob.contactUri, { sdp: '' });
    const called = await bob.nextCall();
    expect(called.request?.body).toBe('');
    called.answer();
    await called.established();
    expect(called.remoteSdp).toBe(calling.localSdp);
    await calling.bye();
  });

  it('refer: the referred party calls the third, and says how it went', async () => {
    const { bob, calling } = await talking();
    const carol = await agent({ user: 'carol', transport });
    const outcome = calling.refer(carol.contactUri);
    (await carol.nextCall()).answer();
    expect(await outcome).toBe(200);
    expect(bob.referrals.length).toBe(1);
    const refused = calling.refer(carol.contactUri);
    (await carol.nextCall()).reject(603);
    expect(await refused).toBe(603);
    await calling.bye();
    await bob.referrals[0]?.call.bye();
  });

  it('exchange OPTIONS and MESSAGE', async () => {
    const [alice, bob] = await pair();
    const abilities = await alice.options(bob.contactUri);
    expect([abilities.statusCode, abilities.value(Header.Allow)]).toEqual([200, expect.stringContaining('INVITE')]);
    expect((await alice.message(bob.contactUri, 'hello')).statusCode).toBe(200);
    expect((await bob.received('MESSAGE')).body).toBe('hello');
    expect((await alice.request('PUBLISH', bob.contactUri)).statusCode).toBe(405);
  });
});

describe('a user agent', () => {
  it('says what was recorded when nothing comes', async () => {
    const alice = await agent({ user: 'alice', timeoutMs: 50 });
    const bob = await agent({ user: 'bob' });
    const call = alice.call(bob.contactUri);
    await expect(call.established()).rejects.toThrow(
      /an established session: nothing within 50 ms[^]*> .*INVITE sip:bob/,
    );
  });

  it('says at once that a call failed', async () => {
    const alice = await agent({ user: 'alice' });
    const bob = await agent({ user: 'bob' });
    const call = alice.call(bob.contactUri);
    (await bob.nextCall()).reject(480);
    await expect(call.established()).rejects.toThrow(/failed with 480[^]*< .*SIP\/2\.0 480/);
  });

  it('puts the outbound proxy into a Route, or not', async () => {
    const proxy = await agent({ user: 'proxy' });
    const alice = await agent({ user: 'alice', outboundProxy: proxy.address });
    const plain = await agent({ user: 'plain', outboundProxy: proxy.address, preloadedRoute: false });
    await alice.options('sip:bob@example.com');
    await plain.options('sip:bob@example.com');
    const routes = proxy.requests.map((request) => request.value(Header.Route));
    expect(routes).toEqual([`<sip:127.0.0.1:${proxy.address.port};lr>`, undefined]);
  });
});
