import { location } from '@ringdown/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { register, registrarOf, twoTenants } from './testing/acme.js';
import { established } from './testing/calls.js';
import { eventually } from './testing/eventually.js';
import { outcome, sendAs, within, withinAsCallee, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { bindingOf } from './testing/tables.js';

const edges: RunningEdge[] = [];
afterEach(() => Promise.all(edges.splice(0).map((each) => each.close())));

const bobs = 'sip:bob@example.com';
/** A connection of an edge that nobody can reach. */
const silent = { edgeId: 'edge-9', incarnation: 'i9', flowToken: 'tcp#1' };

async function open(options: Parameters<typeof RunningEdge.open>[0] = {}) {
  const owning = options.owning ?? twoTenants();
  const edge = await RunningEdge.open({ services: { registrar: registrarOf(owning) }, ...options, owning });
  edges.push(edge);
  return { edge, owning, alice: await edge.peer(), bob: await edge.peer() };
}

describe('suspended bindings', () => {
  it('are no targets; nobody else bound is 480', async () => {
    const { edge, alice, bob } = await open();
    const away = bindingOf('sip:bob@192.0.2.9', silent, { suspended: true });
    const there = bindingOf(bob.contact('bob'), edge.flow(bob.udpFlowToken()));
    edge.owning.bind('acme', bobs, [away, there]);
    const first = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: bobs }));
    bob.reply(await bob.request('MESSAGE'), 202);
    expect((await outcome(alice, first)).statusCode).toBe(202);
    edge.owning.bind('acme', bobs, [away, { ...there, suspended: true }]);
    const second = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: bobs }));
    expect((await outcome(alice, second)).statusCode).toBe(480);
    expect(edge.owning.unbound).toEqual([]);
  });

  it.each([
    ['is suspended', true],
    ['is of an edge that is away', false],
  ])('a call goes on where its device has come back over another flow, while the old one %s', async (_, suspended) => {
    const { edge, alice, bob } = await open();
    const device = { instanceId: '<urn:uuid:bob>' };
    edge.owning.bind('acme', bobs, [bindingOf(bob.contact('bob'), edge.flow(bob.udpFlowToken()), device)]);
    const { sent, arrived, answer, toTag } = await established(alice, bob);
    const moved = await edge.peer('TCP');
    await register(moved, 'bob');
    const [now] = edge.owning.bindings.get(`acme ${bobs}`) ?? [];
    const old = bindingOf(bob.contact('bob'), silent, { ...device, suspended });
    edge.owning.bind('acme', bobs, [old, { ...bindingOf(moved.contact('bob'), undefined, device), flow: now?.flow }]);
    alice.send(within(alice, sent, answer, 'INFO'));
    const info = await moved.request('INFO');
    expect(info.requestUri).toBe(bob.contact('bob'));
    moved.reply(info, 200);
    await alice.response(200, 'INFO');
    // Its connection is another one than the call's end had, so it says who it is.
    const bye = await sendAs(moved, 'bob', withinAsCallee(moved, arrived, toTag, 'BYE'));
    alice.reply(await alice.request('BYE'), 200);
    expect((await moved.final(bye)).statusCode).toBe(200);
  });
});

describe('the lease', () => {
  it('is renewed while the edge runs, and given back when its connections are closed', async () => {
    const { edge, owning } = await open({ udpPinholes: 'owned' });
    await eventually('two renewals', () => owning.renewals.length >= 2);
    const { edgeId, incarnation } = edge.flow('');
    expect(owning.renewals[0]).toEqual({ edgeId, incarnation, leaseMs: 4_000, ownsPinholes: true });
    expect([edge.runtime.lease.standing, edge.runtime.lease.renewals.failed]).toEqual(['held', 0]);
    await edge.runtime.stop();
    expect(owning.leasesEnded).toEqual([{ edgeId, incarnation }]);
  });

  it('whose name another process has taken lets its phones go and takes no others’ connections', async () => {
    const { edge, owning, alice, bob } = await open();
    const tcp = await edge.peer('TCP');
    await register(tcp, 'bob');
    owning.leaseOutcome = location.LeaseOutcome.SUPERSEDED;
    await eventually('the connection’s end', () => tcp.closed);
    edge.peers.splice(edge.peers.indexOf(tcp), 1);
    await expect(edge.runtime.ready()).rejects.toThrow('another process has taken the name of this edge');
    expect(edge.log.filter(({ level }) => level === 'error')).toHaveLength(1);
    const next = await edge.peer('TCP');
    const refused = write(next, {
      method: 'REGISTER',
      from: '<sip:bob@example.com>;tag=1',
      to: '<sip:bob@example.com>',
      uri: 'sip:example.com',
    });
    next.send(refused);
    expect((await next.final(refused)).statusCode).toBe(503);
    // Over UDP, and within calls, it serves on.
    await register(bob, 'bob');
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: bobs }));
    bob.reply(await bob.request('MESSAGE'), 202);
    expect((await outcome(alice, sent)).statusCode).toBe(202);
  });

  it('that had ended: phones register anew', async () => {
    const { edge, owning } = await open();
    const tcp = await edge.peer('TCP');
    await register(tcp, 'bob');
    owning.leaseOutcome = location.LeaseOutcome.BEGUN_ANEW;
    await eventually('the connection’s end', () => tcp.closed);
    edge.peers.splice(edge.peers.indexOf(tcp), 1);
    owning.leaseOutcome = location.LeaseOutcome.RENEWED;
    const again = await edge.peer('TCP');
    await register(again, 'bob');
    expect(edge.runtime.lease.flows).toMatchObject({ size: 1, counters: { moved: 1 } });
  });
});

describe('a connection that closes', () => {
  it('is told to location, with every address of record that was registered over it', async () => {
    const { edge, owning } = await open();
    const tcp = await edge.peer('TCP');
    await register(tcp, 'alice');
    await register(tcp, 'bob');
    const flowToken = owning.bindings.get(`acme ${bobs}`)?.[0]?.flow?.flowToken;
    owning.away.add('location');
    await tcp.close();
    edge.peers.splice(edge.peers.indexOf(tcp), 1);
    await eventually('two that wait', () => edge.runtime.lease.flows.waiting === 2);
    owning.away.clear();
    await eventually('the unbinds', () => owning.unbound.length === 2);
    const { edgeId, incarnation } = edge.flow('');
    expect(owning.unbound.toSorted((a, b) => (a.addressOfRecord < b.addressOfRecord ? -1 : 1))).toEqual(
      ['sip:alice@example.com', bobs].map((addressOfRecord) => {
        return { tenantId: 'acme', addressOfRecord, bindingKey: '', flowToken, edgeId, incarnation };
      }),
    );
  });

  it('is nobody’s business if nobody has registered over it', async () => {
    const { edge, owning } = await open();
    const tcp = await edge.peer('TCP');
    await tcp.close();
    edge.peers.splice(edge.peers.indexOf(tcp), 1);
    await eventually('the end', () => edge.runtime.listeners.streams.every(({ port }) => port.size === 0));
    expect([owning.unbound, edge.runtime.lease.flows.waiting]).toEqual([[], 0]);
  });
});
