import type { location } from '@ringdown/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { register, registrarOf, twoTenants } from './testing/acme.js';
import { established } from './testing/calls.js';
import { eventually } from './testing/eventually.js';
import { outcome, parsed, sendAs, within, withinAsCallee, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { bindingOf } from './testing/tables.js';

const edges: RunningEdge[] = [];
afterEach(() => Promise.all(edges.splice(0).map((each) => each.close())));

const bobs = 'sip:bob@example.com';
const device = { instanceId: '<urn:uuid:bob>' };

async function open(returnMs: number) {
  const owning = twoTenants();
  const edge = await RunningEdge.open({ services: { registrar: registrarOf(owning) }, owning, returnMs });
  edges.push(edge);
  return { edge, owning, alice: await edge.peer(), bob: await edge.peer('TCP') };
}

describe('a phone whose connection has just ended', () => {
  it.each([
    ['its edge says so', (edge: RunningEdge) => edge.flow('tcp#999999')],
    ['its edge can’t be reached', () => ({ edgeId: 'edge-9', incarnation: 'i9', flowToken: 'tcp#1' })],
  ])('is waited for where %s: who calls it gets through when it is back', async (_, flowOf) => {
    const { edge, owning, alice, bob } = await open(6_000);
    owning.bind('acme', bobs, [bindingOf('sip:bob@192.0.2.9', flowOf(edge))]);
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: bobs }));
    await eventually('the wait', () => edge.runtime.stack.unanswered.requests === 1);
    await register(bob, 'bob');
    bob.reply(await bob.request('MESSAGE'), 202);
    expect((await outcome(alice, sent)).statusCode).toBe(202);
  });

  it('gets what belongs to its own call, though it names its instance only when it registers', async () => {
    const { edge, bob } = await open(6_000);
    const caller = await edge.peer('TCP');
    await register(caller, 'alice', 'alice');
    await register(bob, 'bob');
    const { arrived, toTag } = await established(caller, bob);
    await caller.close();
    edge.peers.splice(edge.peers.indexOf(caller), 1);
    const again = await edge.peer('TCP');
    await register(again, 'alice', 'alice');
    const bye = withinAsCallee(bob, arrived, toTag, 'BYE');
    bob.send(bye);
    again.reply(await again.request('BYE'), 200);
    expect((await bob.final(parsed(bye))).statusCode).toBe(200);
  });

  it('gets what was on its way to it, too', async () => {
    const { edge, alice, bob } = await open(6_000);
    await register(bob, 'bob', 'bob');
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: bobs }));
    await bob.request('MESSAGE');
    await bob.close();
    edge.peers.splice(edge.peers.indexOf(bob), 1);
    const again = await edge.peer('TCP');
    await register(again, 'bob', 'bob');
    again.reply(await again.request('MESSAGE'), 202);
    expect((await outcome(alice, sent)).statusCode).toBe(202);
  });

  it('which doesn’t come back is 480 after the wait', async () => {
    const { edge, owning, alice } = await open(300);
    owning.bind('acme', bobs, [bindingOf('sip:bob@192.0.2.9', edge.flow('tcp#999999'))]);
    const startedAt = performance.now();
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: bobs }));
    expect((await outcome(alice, sent)).statusCode).toBe(480);
    expect(performance.now() - startedAt).toBeGreaterThan(290);
  });

  it('gets what belongs to its call when it is back', async () => {
    const { edge, owning, alice, bob } = await open(6_000);
    await register(bob, 'bob');
    const [first] = owning.bindings.get(`acme ${bobs}`) ?? [];
    owning.bind('acme', bobs, [{ ...bindingOf(bob.contact('bob'), undefined, device), flow: first?.flow }]);
    const { sent, answer } = await established(alice, bob);
    await bob.close();
    edge.peers.splice(edge.peers.indexOf(bob), 1);
    await eventually('the unbind', () => owning.unbound.length === 1);
    alice.send(within(alice, sent, answer, 'BYE'));
    await eventually('the wait', () => edge.runtime.stack.unanswered.requests === 1);
    const again = await edge.peer('TCP');
    // The registrar here knows no instances, so somebody else's registration tells what the connection is called.
    await register(again, 'alice');
    const [now] = owning.bindings.get('acme sip:alice@example.com') ?? [];
    owning.bind('acme', bobs, [{ ...bindingOf(again.contact('bob'), undefined, device), flow: now?.flow }]);
    again.reply(await again.request('BYE'), 200);
    expect((await alice.response(200, 'BYE')).statusCode).toBe(200);
  });
});

describe('a phone that has come back, before the edge hears of it', () => {
  const gone = (edge: RunningEdge) => edge.flow('tcp#999999');
  const stages = [
    {
      knows: 'its old flow, which is gone',
      known: (edge: RunningEdge) => [bindingOf('sip:bob@192.0.2.9', gone(edge), device)],
    },
    {
      knows: 'its old flow, which is suspended',
      known: (edge: RunningEdge) => [bindingOf('sip:bob@192.0.2.9', gone(edge), { ...device, suspended: true })],
    },
    {
      knows: 'another device',
      known: (edge: RunningEdge) => [bindingOf('sip:bob@192.0.2.8', edge.flow('udp/127.0.0.1/9'))],
    },
  ];

  async function returned(known: (edge: RunningEdge) => readonly location.Binding[]) {
    const { edge, owning, alice } = await open(0);
    const bob = await edge.peer();
    owning.bind('acme', bobs, [bindingOf(bob.contact('bob'), edge.flow(bob.udpFlowToken()), device)]);
    const { sent, answer } = await established(alice, bob);
    owning.bind('acme', bobs, known(edge));
    // The event of what follows is late.
    owning.onBound = undefined;
    const again = await edge.peer();
    const now = bindingOf(again.contact('bob'), edge.flow(again.udpFlowToken()), device);
    owning.bind('acme', bobs, [...known(edge), now]);
    return { owning, alice, again, sent, answer };
  }

  it.each(stages)('gets what belongs to its call where the edge knows $knows', async ({ known }) => {
    const { owning, alice, again, sent, answer } = await returned(known);
    const asked = owning.asked.location;
    const bye = within(alice, sent, answer, 'BYE');
    alice.send(bye);
    again.reply(await again.request('BYE'), 200);
    expect((await alice.final(parsed(bye))).statusCode).toBe(200);
    // And the flow that is gone is taken back by one more question.
    expect(owning.asked.location - asked - owning.unbound.length).toBe(1);
  });

  it.each(stages.slice(0, 2))('is called where the edge knows $knows', async ({ known }) => {
    const { alice, again } = await returned(known);
    const sent = await sendAs(alice, 'alice', write(alice, { method: 'MESSAGE', uri: bobs }));
    again.reply(await again.request('MESSAGE'), 202);
    expect((await outcome(alice, sent)).statusCode).toBe(202);
  });
});
