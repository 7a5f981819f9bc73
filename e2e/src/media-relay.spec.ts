import { canRunWith, ServicesApart } from '@ringdown/testbed';
import {
  mediaAddress,
  RtpPhone,
  startRtpengine,
  type TestCall,
  type TestRtpengine,
  TestUserAgent,
} from '@ringdown/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

const tenant = { tenantId: 'acme', domain: 'acme.test', digestAlgorithms: ['SHA-256'] } as const;
// A name that stands in no DNS: whatever it is in, each phone sends it to its own edge, as behind a balancer.
const advertise = 'sip.acme.test';
const listeners = [`udp://127.0.0.1:0?advertise=${advertise}`, `udp://[::1]:0?advertise=${advertise}`];

interface Phone {
  readonly agent: TestUserAgent;
  readonly media: RtpPhone;
}

let engines: readonly [TestRtpengine, TestRtpengine];
let apart: ServicesApart;
const phones: Phone[] = [];

/** Registers a phone at the listener of one edge. */
async function register(user: string, edge: number, host = '127.0.0.1'): Promise<Phone> {
  const listener = apart.edges[edge]?.listeners[host === '::1' ? 1 : 0] ?? '';
  const outboundProxy = { host, port: Number(/:(\d+)$/.exec(listener)?.[1]) };
  const password = `${user}-secret`;
  const agent = await TestUserAgent.open({ user, domain: tenant.domain, password, host, outboundProxy });
  const phone = { agent, media: await RtpPhone.open(user, host) };
  phones.push(phone);
  expect((await agent.register()).statusCode).toBe(200);
  return phone;
}

interface Session {
  readonly outgoing: TestCall;
  readonly incoming: TestCall;
}

async function callBetween(caller: Phone, callee: Phone, offer = caller.media.description): Promise<Session> {
  const outgoing = caller.agent.call(callee.agent.addressOfRecord, { sdp: offer });
  const incoming = await callee.agent.nextCall();
  incoming.answer({ sdp: callee.media.description });
  if (offer === '') outgoing.localSdp = caller.media.description;
  await Promise.all([outgoing.established(), incoming.established()]);
  return { outgoing, incoming };
}

/** Both speak to where the other one's description says, until both have heard; resolves with whom they heard from where. */
async function talk(caller: Phone, callee: Phone, { outgoing, incoming }: Session): Promise<readonly string[]> {
  for (const { media } of [caller, callee]) media.heard.clear();
  return await vi.waitFor(() => {
    caller.media.speak(outgoing.remoteSdp ?? '');
    callee.media.speak(incoming.remoteSdp ?? '');
    const heard = [...caller.media.heard, ...callee.media.heard];
    expect(heard).toHaveLength(2);
    return heard;
  }, 5_000);
}

const portsOf = ({ outgoing, incoming }: Session): readonly number[] =>
  [outgoing, incoming].map(({ remoteSdp }) => mediaAddress(remoteSdp ?? '').port);

/** What every talk through a relay comes to: each hears the other from the place that it sends to. */
const relayed = (
  session: Session,
  [toCaller, toCallee]: readonly [string, string],
  hosts = ['127.0.0.1', '127.0.0.1'],
) => {
  const [callerPort, calleePort] = portsOf(session);
  return [`${toCaller} < ${hosts[0]}:${callerPort}`, `${toCallee} < ${hosts[1]}:${calleePort}`];
};

const callsAtRelays = async (): Promise<readonly number[]> =>
  Promise.all(engines.map(async (engine) => (engine.pid < 0 ? 0 : (await engine.calls()).length)));

describe.runIf(canRunWith('rtpengine', 'nats-server'))(
  'media through a platform of two edges and two rtpengines',
  () => {
    beforeAll(async () => {
      engines = [await startRtpengine(), await startRtpengine()];
      apart = await ServicesApart.start({
        locations: 1,
        registrars: 1,
        edges: 2,
        environment: {
          RINGDOWN_RTPENGINE_URLS: engines.map(({ ng }, index) => `${index + 1}@${ng}`).join(','),
          RINGDOWN_SIP_LISTENERS: listeners.join(','),
        },
      });
      await apart.operator.putTenant(tenant);
      const names = ['anna', 'ben', 'carla'];
      await apart.operator.importSubscribers(
        tenant.tenantId,
        names.map((name) => [name, `${name}-secret`]),
      );
    });
    afterEach(async () => {
      for (const { agent, media } of phones.splice(0)) {
        media.close();
        await agent.unregister();
        await agent.close();
      }
    });
    afterAll(async () => {
      await apart?.stop();
      await Promise.all((engines ?? []).map((engine) => engine.stop()));
    });

    it('always relayed: both hear each other through the relay, after a re-INVITE by way of the other edge too, and a BYE there frees it', async () => {
      await apart.operator.putTenant({ ...tenant, mediaRelay: 'always' });
      const [anna, ben] = [await register('anna', 0), await register('ben', 1)];
      const session = await callBetween(anna, ben);
      expect(portsOf(session)).not.toContain(anna.media.port);
      expect(portsOf(session)).not.toContain(ben.media.port);
      expect(await talk(anna, ben, session)).toEqual(relayed(session, ['ben', 'anna']));
      expect(await callsAtRelays()).toEqual(expect.arrayContaining([1, 0]));

      const before = portsOf(session);
      expect((await session.incoming.reinvite({ sdp: ben.media.description })).statusCode).toBe(200);
      expect(portsOf(session)).toEqual(before);
      expect(await talk(anna, ben, session)).toEqual(relayed(session, ['ben', 'anna']));

      await session.incoming.bye();
      await vi.waitFor(async () => expect(await callsAtRelays()).toEqual([0, 0]), 5_000);
    });

    it('always relayed, with the offer in the 2xx and the answer in the ACK', async () => {
      const [anna, ben] = [await register('anna', 0), await register('ben', 1)];
      const session = await callBetween(anna, ben, '');
      expect(await talk(anna, ben, session)).toEqual(relayed(session, ['ben', 'anna']));
      await session.outgoing.bye();
      await vi.waitFor(async () => expect(await callsAtRelays()).toEqual([0, 0]), 5_000);
    });

    it('a call that is declined or cancelled leaves nothing at the relay', async () => {
      const [anna, ben] = [await register('anna', 0), await register('ben', 1)];
      const declined = anna.agent.call(ben.agent.addressOfRecord, { sdp: anna.media.description });
      (await ben.agent.nextCall()).reject(486);
      await declined.failed();
      const given = anna.agent.call(ben.agent.addressOfRecord, { sdp: anna.media.description });
      const ringing = await ben.agent.nextCall();
      ringing.ring();
      await given.provisional();
      expect(await callsAtRelays()).toEqual(expect.arrayContaining([1]));
      given.cancel();
      await given.failed();
      await vi.waitFor(async () => expect(await callsAtRelays()).toEqual([0, 0]), 5_000);
    });

    it('never relayed: they hear each other directly', async () => {
      await apart.operator.putTenant({ ...tenant, mediaRelay: 'never' });
      const [anna, ben] = [await register('anna', 0), await register('ben', 1)];
      const session = await callBetween(anna, ben);
      expect(portsOf(session)).toEqual([ben.media.port, anna.media.port]);
      expect(await talk(anna, ben, session)).toEqual(relayed(session, ['ben', 'anna']));
      expect(await callsAtRelays()).toEqual([0, 0]);
      await session.outgoing.bye();
    });

    it('relayed when needed: a phone with IPv4 and one with IPv6 hear each other, two with IPv4 directly', async () => {
      await apart.operator.putTenant({ ...tenant, mediaRelay: 'when-needed' });
      const [anna, ben, carla] = [
        await register('anna', 0),
        await register('ben', 1, '::1'),
        await register('carla', 1),
      ];
      const mixed = await callBetween(anna, ben);
      expect(await talk(anna, ben, mixed)).toEqual(relayed(mixed, ['ben', 'anna'], ['127.0.0.1', '::1']));
      expect(await callsAtRelays()).toEqual(expect.arrayContaining([1, 0]));
      await mixed.outgoing.bye();
      const back = await callBetween(ben, carla);
      expect(await talk(ben, carla, back)).toEqual(relayed(back, ['carla', 'ben'], ['::1', '127.0.0.1']));
      await back.incoming.bye();
      const same = await callBetween(anna, carla);
      expect(portsOf(same)).toEqual([carla.media.port, anna.media.port]);
      await same.outgoing.bye();
    });

    it('an rtpengine is killed: its call goes on at the other one with the next re-INVITE, and new calls go there', async () => {
      await apart.operator.putTenant({ ...tenant, mediaRelay: 'always' });
      const [anna, ben, carla] = [await register('anna', 0), await register('ben', 1), await register('carla', 0)];
      const session = await callBetween(anna, ben);
      expect(await talk(anna, ben, session)).toHaveLength(2);
      const [first, second] = engines;
      const [victim, other] = (await first.calls()).length === 1 ? [first, second] : [second, first];
      await victim.kill();

      const next = await callBetween(carla, anna);
      expect(await talk(carla, anna, next)).toEqual(relayed(next, ['anna', 'carla']));
      await next.outgoing.bye();
      await session.incoming.reinvite({ sdp: ben.media.description });
      expect(await talk(anna, ben, session)).toEqual(relayed(session, ['ben', 'anna']));
      expect(await other.calls()).toHaveLength(1);
      await session.outgoing.bye();
      await vi.waitFor(async () => expect(await other.calls()).toEqual([]), 5_000);
      await victim.restart();
      await vi.waitFor(async () => {
        const metrics = await (await fetch(`http://${apart.edges[0]?.http}/metrics`)).text();
        expect(metrics.match(/ringdown_media_node_up\{[^}]*\} 1/g)).toHaveLength(2);
      }, 5_000);
    });
  },
);
