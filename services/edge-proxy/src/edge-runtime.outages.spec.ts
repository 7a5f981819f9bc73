import { Header } from '@ringdown/sip-message';
import { monotonicClock } from '@ringdown/sip-runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { bindUdp, twoTenants } from './testing/acme.js';
import { established } from './testing/calls.js';
import { eventually } from './testing/eventually.js';
import { parsed, sendAs, withinAsCallee, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { bindingOf } from './testing/tables.js';

let edge: RunningEdge | undefined;
afterEach(() => edge?.close());

const alices = 'sip:alice@example.com';

describe('a request within a call while location is away', () => {
  it.each([
    { knows: 'nothing of the far end', bound: undefined },
    // The phone may have come back over a flow that nobody here has heard of.
    { knows: 'only another device of the far end’s', bound: { instanceId: '<urn:uuid:another>' } },
    { knows: 'only what has expired', bound: { remainingMs: 0 } },
  ])('is answered 503 where the edge knows $knows: 480 would not be true', async ({ bound }) => {
    edge = await RunningEdge.open({ owning: twoTenants() });
    const { owning } = edge;
    const alice = await edge.peer();
    const bob = await edge.peer();
    bindUdp(edge, 'bob', bob);
    // A host name of its own: without its binding nobody finds it.
    const { arrived, toTag } = await established(alice, bob, 'sip:alice@phone.invalid');
    if (bound !== undefined) {
      owning.bind('acme', alices, [bindingOf('sip:alice@192.0.2.7', edge.flow('udp/127.0.0.1/9'), bound)]);
      const from = '<sip:bob@example.com>;tag=b';
      await sendAs(bob, 'bob', write(bob, { method: 'MESSAGE', uri: alices, from }));
      await eventually('the binding', () => edge?.runtime.cached['bindings'] === 2);
      // Events are missed, later than the binding was read.
      const readAt = monotonicClock.now();
      await eventually('the next millisecond', () => monotonicClock.now() > readAt);
      owning.version += 5;
      owning.bind('acme', 'sip:bob@example.com', []);
      await eventually('the event after those', () => edge?.runtime.cached['bindings'] === 1);
    }
    owning.away.add('location');
    const bye = withinAsCallee(bob, arrived, toTag, 'BYE');
    bob.send(bye);
    const answer = await bob.final(parsed(bye));
    expect([answer.statusCode, answer.has(Header.RetryAfter)]).toEqual([503, true]);
  });
});
