import { afterEach, describe, expect, it } from 'vitest';
import { register, registrarOf, twoTenants } from './testing/acme.js';
import { established } from './testing/calls.js';
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
