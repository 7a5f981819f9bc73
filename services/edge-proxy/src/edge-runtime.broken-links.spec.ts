import { edgeEvents } from '@ringdown/contracts';
import { GrpcServer, silentLogger, unprovenPeers } from '@ringdown/platform';
import { buildResponse, type SipRequest } from '@ringdown/sip-message';
import { type Flow, InProcessSipLinkClient, SipLinkAcceptor, serveSipLink } from '@ringdown/sip-transport';
import { afterEach, describe, expect, it } from 'vitest';
import { register, registrarOf, twoTenants } from './testing/acme.js';
import { contactOf, established } from './testing/calls.js';
import { eventually } from './testing/eventually.js';
import { outcome, parsed, sendAs, within, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { bindingOf } from './testing/tables.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const bobs = 'sip:bob@example.com';
const device = { instanceId: '<urn:uuid:bob>' };
const other = { edgeId: 'edge-2', incarnation: 'i2' };

/** An edge, and another one to which it has a stream: that one takes requests, and answers nothing until it is told to, or dies. */
async function twoEdges(options: Parameters<typeof RunningEdge.open>[0] = {}) {
  const edge = await RunningEdge.open({ owning: twoTenants(), ...options });
  ends.push(() => edge.close());
  const server = new GrpcServer({ logger: silentLogger(), credentials: unprovenPeers.server(['edge-proxy']) });
  const taken: { readonly request: SipRequest; readonly flow: Flow }[] = [];
  let answers = 0;
  const acceptor = new SipLinkAcceptor({
    events: {
      message: (raw, flow) => {
        if (raw.startsWith('SIP/2.0')) answers += 1;
        else taken.push({ request: parsed(raw), flow });
      },
      malformed: () => undefined,
      flowClosed: () => undefined,
      sendFailed: () => undefined,
    },
    local: { host: '127.0.0.1', port: 1 },
  });
  serveSipLink(server.raw, acceptor);
  const { host, port } = await server.listen({ host: '127.0.0.1', port: 0 });
  let isAlive = true;
  const die = (): void => {
    if (isAlive) server.raw.forceShutdown();
    isAlive = false;
  };
  ends.push(die);
  const presence = { ...other, siplinkAddress: `${host}:${port}`, leaving: false, draining: false };
  edge.bus.publish(edgeEvents.subject(presence), edgeEvents.encode(presence));
  await eventually('the stream', () => [...acceptor.flows].length === 1);
  const alice = await edge.peer();
  for (const stream of acceptor.flows) stream.send(write(alice, { method: 'OPTIONS', uri: 'sip:127.0.0.1' }));
  await eventually('its use', () => answers === 1);
  return { edge, taken, die, alice, bob: await edge.peer() };
}

describe('a request that was under way to an edge which dies', () => {
  it.each(['MESSAGE', 'INVITE'])('%s: goes through the phone’s pinhole, which is every edge’s', async (method) => {
    const { edge, taken, die, alice, bob } = await twoEdges();
    edge.owning.bind('acme', bobs, [
      bindingOf(bob.contact('bob'), { ...other, flowToken: bob.udpFlowToken() }, device),
    ]);
    const sent = await sendAs(alice, 'alice', write(alice, { method }));
    await eventually('the request', () => taken.length === 1);
    die();
    const arrived = await bob.request(method);
    expect(arrived.requestUri).toBe(bob.contact('bob'));
    bob.reply(arrived, 486);
    expect((await outcome(alice, sent)).statusCode).toBe(486);
    expect(edge.owning.unbound).toEqual([]);
  });

  it('a BYE too', async () => {
    const { edge, taken, die, alice, bob } = await twoEdges();
    edge.owning.bind('acme', bobs, [bindingOf(bob.contact('bob'), edge.flow(bob.udpFlowToken()), device)]);
    const { sent, answer } = await established(alice, bob);
    edge.owning.bind('acme', bobs, [
      bindingOf(bob.contact('bob'), { ...other, flowToken: bob.udpFlowToken() }, device),
    ]);
    const bye = within(alice, sent, answer, 'BYE');
    alice.send(bye);
    await eventually('the request', () => taken.length === 1);
    die();
    bob.reply(await bob.request('BYE'), 200);
    expect((await alice.final(parsed(bye))).statusCode).toBe(200);
  });

  it('to a connection: goes to the one that the phone comes back by', async () => {
    const { edge, taken, die, alice, bob } = await twoEdges({ returnMs: 6_000 });
    edge.owning.bind('acme', bobs, [bindingOf(bob.contact('bob'), { ...other, flowToken: 'tcp#1' }, device)]);
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE' }));
    await eventually('the request', () => taken.length === 1);
    die();
    edge.owning.bind('acme', bobs, [bindingOf(bob.contact('bob'), edge.flow(bob.udpFlowToken()), device)]);
    bob.reply(await bob.request('MESSAGE'), 202);
    expect((await outcome(alice, sent)).statusCode).toBe(202);
  });

  it('after the phone has rung: it fails, for the phone would take a second INVITE for another call', async () => {
    const { edge, taken, die, alice, bob } = await twoEdges();
    edge.owning.bind('acme', bobs, [
      bindingOf(bob.contact('bob'), { ...other, flowToken: bob.udpFlowToken() }, device),
    ]);
    const sent = await sendAs(alice, 'alice', write(alice));
    await eventually('the request', () => taken.length === 1);
    const { request, flow } = taken[0] as (typeof taken)[number];
    flow.send(buildResponse(request, 180, { toTag: 'b', ...contactOf(bob) }));
    await alice.response(180, 'INVITE');
    die();
    expect((await outcome(alice, sent)).statusCode).toBe(500);
  });
});

describe('a connection that closes under a request which another edge has handed on', () => {
  it('is 430 to that edge, so that it looks for the phone’s next flow', async () => {
    const owning = twoTenants();
    const edge = await RunningEdge.open({ owning, services: { registrar: registrarOf(owning) } });
    ends.push(() => edge.close());
    const bob = await edge.peer('TCP');
    await register(bob, 'bob');
    const flow = owning.bindings.get(`acme ${bobs}`)?.[0]?.flow;
    const answers: string[] = [];
    const link = new InProcessSipLinkClient({
      acceptor: edge.runtime.acceptor,
      linkClass: 'calls',
      self: { name: 'edge-2', incarnation: 'i2' },
      events: {
        message: (raw) => void answers.push(raw.slice(0, 11)),
        malformed: () => undefined,
        flowClosed: () => undefined,
        sendFailed: () => undefined,
      },
    });
    link.start();
    ends.push(() => link.close());
    const request = write(bob, { method: 'INFO', uri: bob.contact('bob'), to: '<sip:bob@example.com>;tag=b' });
    const targetFlowToken = `${flow?.incarnation}:${flow?.flowToken}`;
    (await link.whenConnected()).sendEnvelope(request, { targetFlowToken, trustClass: 'subscriber' });
    await bob.request('INFO');
    await bob.close();
    edge.peers.splice(edge.peers.indexOf(bob), 1);
    await eventually('the answer', () => answers.length > 0);
    expect(answers).toEqual(['SIP/2.0 430']);
  });
});
