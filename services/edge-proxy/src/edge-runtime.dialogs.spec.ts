import { callEvents, callStream, type events } from '@ringdown/contracts';
import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { type acme, bindUdp, register, registrarOf, twoTenants } from './testing/acme.js';
import { contactOf, established, refuse } from './testing/calls.js';
import { eventually } from './testing/eventually.js';
import { outcome, parsed, sendAs, within, withinAsCallee, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { byDomain, routeOf, toNextHop } from './testing/tables.js';

const edges: RunningEdge[] = [];
afterEach(() => Promise.all(edges.splice(0).map((each) => each.close())));

async function open(over: Partial<typeof acme> = {}, options: Parameters<typeof RunningEdge.open>[0] = {}) {
  const owning = options.owning ?? twoTenants(over);
  const edge = await RunningEdge.open({ services: { registrar: registrarOf(owning) }, ...options, owning });
  edges.push(edge);
  return { edge, alice: await edge.peer(), bob: await edge.peer(), desk: await edge.peer() };
}

describe('within a call (D4)', () => {
  it.each([
    { caller: 'UDP', callee: 'UDP', values: 1 },
    { caller: 'UDP', callee: 'TCP', values: 2 },
    { caller: 'TCP', callee: 'UDP', values: 2 },
    { caller: 'TCP', callee: 'TCP', values: 1 },
  ] as const)(
    'from $caller to $callee: $values Record-Route; requests go both ways',
    async ({ caller, callee, values }) => {
      const { edge } = await open();
      const alice = await edge.peer(caller);
      const bob = await edge.peer(callee);
      await register(alice, 'alice');
      await register(bob, 'bob');
      const { sent, arrived, answer, toTag } = await established(alice, bob);
      const recorded = arrived.list(Header.RecordRoute);
      expect(recorded).toHaveLength(values);
      // RFC 5658 §5: the value above is the callee's side, with the token; the other one the caller's.
      expect(recorded.map((value) => /transport=(\w+)/.exec(value)?.[1]?.toUpperCase() ?? 'UDP')).toEqual(
        values === 2 ? [callee, caller] : [callee],
      );
      const credentials =
        'Digest username="alice", realm="example.com", nonce="n", uri="sip:x", response="00112233445566778899aabbccddeeff", qop=auth, nc=00000009, cnonce="c"';
      alice.send(within(alice, sent, answer, 'INFO', { headers: [['Proxy-Authorization', credentials]] }));
      const info = await bob.request('INFO');
      expect(info.requestUri).toBe(bob.contact('bob'));
      expect([info.has(Header.Route), info.has(Header.ProxyAuthorization), info.has(Header.RecordRoute)]).toEqual([
        false,
        false,
        false,
      ]);
      bob.reply(info, 200);
      await alice.response(200, 'INFO');
      bob.send(withinAsCallee(bob, arrived, toTag, 'BYE'));
      const bye = await alice.request('BYE');
      expect(bye.requestUri).toBe(alice.contact('alice'));
      alice.reply(bye, 200);
      await bob.response(200, 'BYE');
    },
  );

  it('a phone that came back by another flow is still reached', async () => {
    const { edge, alice } = await open();
    const bob = await edge.peer('TCP');
    await register(bob, 'bob', 'b1');
    const { sent, answer } = await established(alice, bob);
    await bob.close();
    edge.peers.splice(edge.peers.indexOf(bob), 1);
    const returned = await edge.peer('TCP');
    await register(returned, 'bob', 'b1');
    alice.send(within(alice, sent, answer, 'BYE'));
    expect((await returned.request('BYE')).method).toBe('BYE');
  });

  it('another edge routes by the same token', async () => {
    const owning = twoTenants();
    const { edge, alice, bob } = await open({}, { owning });
    bindUdp(edge, 'bob', bob);
    const { sent, answer } = await established(alice, bob);
    const { edge: other } = await open({}, { owning, edgeId: 'edge-2' });
    const elsewhere = await other.peer();
    const bye = within(elsewhere, sent, answer, 'BYE');
    bob.inbox.length = 0;
    // From another address than the call began at, the token alone is not enough.
    await sendAs(elsewhere, 'alice', bye);
    const arrived = await bob.request('BYE');
    expect(arrived.has(Header.Route)).toBe(false);
  });

  it.each([
    {
      name: 'a tampered token',
      spoil: (route: string) => route.replace(/sip:(.{30})./, (_, head: string) => `sip:${head}~`),
    },
    { name: 'a token under an unknown key', spoil: (route: string) => route.replace(/sip:../, 'sip:zz') },
    { name: 'the token of another call', spoil: (route: string) => route, callId: 'another' },
    { name: 'no To tag', spoil: (route: string) => route, to: '<sip:bob@example.com>' },
  ])('$name opens nothing: the request is a stranger’s', async ({ spoil, ...rest }) => {
    const { edge, alice, bob } = await open();
    bindUdp(edge, 'bob', bob);
    const { sent, answer } = await established(alice, bob);
    const route = spoil(answer.list(Header.RecordRoute).join(', '));
    const text = write(alice, {
      method: 'BYE',
      uri: bob.contact('bob'),
      from: sent.value(Header.From) ?? '',
      to: 'to' in rest ? rest.to : (answer.value(Header.To) ?? ''),
      callId: 'callId' in rest ? rest.callId : sent.callId,
      headers: [['Route', route]],
    });
    const again = await sendAs(alice, 'alice', text);
    // And a subscriber has no way to an address of nobody's.
    expect((await outcome(alice, again)).statusCode).toBe(403);
    await bob.settled();
    expect(bob.left).toEqual([]);
  });

  it('its steps are told (D13)', async () => {
    const { edge, alice, bob } = await open();
    await edge.bus.declareStream(callStream);
    const told: events.CallEvent[] = [];
    edge.bus.subscribe(callEvents.pattern(), ({ data }) => {
      told.push(...(callEvents.decode(data)?.events ?? []));
    });
    bindUdp(edge, 'bob', bob);
    const { sent, arrived, answer, toTag } = await established(alice, bob);
    alice.send(within(alice, sent, answer, 'UPDATE', { cseq: 51 }));
    bob.reply(await bob.request('UPDATE'), 200, { headers: [[Header.SessionExpires, '1800;refresher=uac']] });
    await alice.response(200, 'UPDATE');
    bob.send(withinAsCallee(bob, arrived, toTag, 'BYE', { headers: [[Header.Reason, 'Q.850;cause=16']] }));
    alice.reply(await alice.request('BYE'), 200);
    await eventually('four events', () => told.length === 4);
    expect(told.map(({ event }) => event?.$case)).toEqual(['started', 'answered', 'refreshed', 'ended']);
    expect(new Set(told.map(({ call }) => call?.callKey)).size).toBe(1);
    expect(told.map(({ call }) => call?.originating?.tenantId)).toEqual(['acme', 'acme', 'acme', 'acme']);
    expect(told[2]?.event?.value).toMatchObject({ sessionExpiresSec: 1_800 });
    expect(told[3]?.event?.value).toMatchObject({ reason: 'Q.850;cause=16' });
  });
});

describe('flows that are gone (D3, RFC 5626)', () => {
  it('a closed connection: the device’s next flow is tried, the binding is taken back', async () => {
    const owning = twoTenants();
    const { edge, alice, bob } = await open({}, { owning });
    await register(bob, 'bob', 'b1');
    const tcp = await edge.peer('TCP');
    await register(tcp, 'bob', 'b1');
    await tcp.close();
    edge.peers.splice(edge.peers.indexOf(tcp), 1);
    await alice.settled();
    const sent = await sendAs(alice, 'alice', write(alice));
    const arrived = await bob.request('INVITE');
    expect(arrived.requestUri).toBe(bob.contact('bob'));
    const ofTcp = { tenantId: 'acme', addressOfRecord: 'sip:bob@example.com', bindingKey: tcp.contact('bob') };
    await eventually('the unbind', () => owning.unbound.some(({ bindingKey }) => bindingKey === ofTcp.bindingKey));
    expect(owning.unbound).toContainEqual(expect.objectContaining(ofTcp));
    await refuse(bob, arrived, 486);
    expect((await outcome(alice, sent)).statusCode).toBe(486);
  });

  it('the last flow: the caller sees 480', async () => {
    const { edge, alice } = await open();
    const tcp = await edge.peer('TCP');
    await register(tcp, 'bob');
    await tcp.close();
    edge.peers.splice(edge.peers.indexOf(tcp), 1);
    await alice.settled();
    const sent = await sendAs(alice, 'alice', write(alice));
    expect((await outcome(alice, sent)).statusCode).toBe(480);
  });

  it('430 from the last hop: the binding is taken back, the caller sees 480', async () => {
    const { edge, alice, bob } = await open();
    bindUdp(edge, 'bob', bob);
    const sent = await sendAs(alice, 'alice', write(alice));
    await refuse(bob, await bob.request('INVITE'), 430);
    expect((await outcome(alice, sent)).statusCode).toBe(480);
    await eventually('the unbind', () => edge.owning.unbound.length === 1);
  });
});

describe('calls from outside', () => {
  it('are answered and end like others', async () => {
    const { edge, alice: caller, bob } = await open();
    edge.owning.routes.set('acme', [routeOf(byDomain('peer.test'), toNextHop('sip:127.0.0.1'))]);
    bindUdp(edge, 'bob', bob);
    const text = write(caller, { from: '<sip:x@peer.test>;tag=x1', headers: [['Proxy-Authorization', 'Basic x']] });
    caller.send(text);
    const sent = parsed(text);
    bob.reply(await bob.request('INVITE'), 200, contactOf(bob));
    const answer = await caller.final(sent);
    const ack = within(caller, sent, answer, 'ACK', { cseq: 1 });
    caller.send(ack);
    const acked = await bob.request('ACK');
    // The 200 has come again: the repeated ACK looks like one (RFC 3261 §16.11).
    caller.send(ack);
    expect((await bob.request('ACK')).topmostVia.branch).toBe(acked.topmostVia.branch);
    const bye = within(caller, sent, answer, 'BYE');
    caller.send(bye);
    bob.reply(await bob.request('BYE'), 200);
    expect((await caller.final(bye)).statusCode).toBe(200);
  });
});
