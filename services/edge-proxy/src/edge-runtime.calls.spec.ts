import { directory } from '@ringdown/contracts';
import { Header, type SipRequest } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { type acme, bindUdp, twoTenants } from './testing/acme.js';
import { contactOf, refuse } from './testing/calls.js';
import { eventually } from './testing/eventually.js';
import type { Peer } from './testing/peer.js';
import { acknowledge, answered, outcome, parsed, sendAs, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { bindingOf, policies } from './testing/tables.js';

const edges: RunningEdge[] = [];
afterEach(() => Promise.all(edges.splice(0).map((each) => each.close())));

async function open(over: Partial<typeof acme> = {}, options: Parameters<typeof RunningEdge.open>[0] = {}) {
  const owning = options.owning ?? twoTenants(over);
  const edge = await RunningEdge.open({ ...options, owning });
  edges.push(edge);
  return { edge, alice: await edge.peer(), bob: await edge.peer(), desk: await edge.peer() };
}

describe('forking (RFC 3261 §16.6, §16.7)', () => {
  it('rings all in parallel; the first 2xx cancels the others', async () => {
    const { edge, alice, bob, desk } = await open();
    bindUdp(edge, 'bob', bob, desk);
    const sent = await sendAs(alice, 'alice', write(alice));
    const [atBob, atDesk] = await Promise.all([bob.request('INVITE'), desk.request('INVITE')]);
    bob.reply(atBob, 180);
    desk.reply(atDesk, 180);
    await alice.response(180);
    await alice.response(180);
    bob.reply(atBob, 200, contactOf(bob));
    expect((await alice.final(sent)).toTag).toBe(`t${bob.address.port}`);
    const cancel = await desk.request('CANCEL');
    // RFC 3326 §2: who is cancelled because somebody else answered is told so.
    expect(cancel.value(Header.Reason)).toContain('cause=200');
    desk.reply(cancel, 200);
    await refuse(desk, atDesk, 487);
  });

  it.each([
    { name: 'q decides', over: {}, q: [500, 1_000], order: ['desk', 'bob'] },
    {
      name: 'a tenant that forks in series',
      over: { policies: policies({ forkMode: directory.ForkMode.SERIAL }) },
      q: [1_000, 1_000],
      order: ['bob', 'desk'],
    },
  ])('one after the other: $name', async ({ over, q, order }) => {
    const { edge, alice, bob, desk } = await open(over);
    const peers: Record<string, Peer> = { bob, desk };
    edge.owning.bind('acme', 'sip:bob@example.com', [
      bindingOf(bob.contact('bob'), edge.flow(bob.udpFlowToken()), { qThousandths: q[0] }),
      bindingOf(desk.contact('bob'), edge.flow(desk.udpFlowToken()), { qThousandths: q[1] }),
    ]);
    const sent = await sendAs(alice, 'alice', write(alice));
    const [first, second] = order.map((name) => peers[name] as Peer);
    const atFirst = await first?.request('INVITE');
    await second?.settled();
    expect(second?.left).toEqual([]);
    await refuse(first as Peer, atFirst as SipRequest, 486);
    const atSecond = await second?.request('INVITE');
    await refuse(second as Peer, atSecond as SipRequest, 603);
    expect((await outcome(alice, sent)).statusCode).toBe(603);
  });

  it('the best response goes back when all have failed', async () => {
    const { edge, alice, bob, desk } = await open();
    bindUdp(edge, 'bob', bob, desk);
    const sent = await sendAs(alice, 'alice', write(alice));
    await refuse(bob, await bob.request('INVITE'), 503);
    await refuse(desk, await desk.request('INVITE'), 486);
    expect((await outcome(alice, sent)).statusCode).toBe(486);
  });

  it('two 2xx both go back (RFC 6026 §7.1)', async () => {
    const { edge, alice, bob, desk } = await open();
    bindUdp(edge, 'bob', bob, desk);
    const sent = await sendAs(alice, 'alice', write(alice));
    bob.reply(await bob.request('INVITE'), 200, contactOf(bob));
    const first = await alice.final(sent);
    desk.reply(await desk.request('INVITE'), 200, contactOf(desk));
    const second = await alice.final(sent);
    expect(new Set([first.toTag, second.toTag]).size).toBe(2);
  });

  it('a repeated INVITE is not forked twice', async () => {
    const { edge, alice, bob } = await open();
    bindUdp(edge, 'bob', bob);
    const sent = await sendAs(alice, 'alice', write(alice));
    const arrived = await bob.request('INVITE');
    bob.reply(arrived, 180);
    await alice.response(180);
    alice.send(sent.raw);
    alice.send(sent.raw);
    await alice.response(180);
    await bob.settled();
    expect(bob.left).toEqual([]);
    await refuse(bob, arrived, 486);
    expect((await outcome(alice, sent)).statusCode).toBe(486);
  });
});

describe('CANCEL (RFC 3261 §9.2, §16.10)', () => {
  const cancelOf = (sent: SipRequest): string =>
    sent.raw
      .replace(/^INVITE/, 'CANCEL')
      .replace(/CSeq: (\d+) INVITE/, 'CSeq: $1 CANCEL')
      .replace(/Proxy-Authorization: .*\r\n/, '');

  it('goes to every branch that rings', async () => {
    const { edge, alice, bob, desk } = await open();
    bindUdp(edge, 'bob', bob, desk);
    const sent = await sendAs(alice, 'alice', write(alice));
    const ringing = await Promise.all([bob.request('INVITE'), desk.request('INVITE')]);
    bob.reply(ringing[0], 180);
    desk.reply(ringing[1], 180);
    await alice.response(180);
    await alice.response(180);
    alice.send(cancelOf(sent));
    expect((await alice.response(200, 'CANCEL')).statusCode).toBe(200);
    for (const [index, peer] of [bob, desk].entries()) {
      peer.reply(await peer.request('CANCEL'), 200);
      await refuse(peer, ringing[index] as SipRequest, 487);
    }
    expect((await outcome(alice, sent)).statusCode).toBe(487);
  });

  it('one that comes while a lookup is under way ends the request before it was sent', async () => {
    const { edge, alice, bob } = await open();
    bindUdp(edge, 'bob', bob);
    const text = write(alice, { uri: 'sip:bob@acme.test' });
    alice.send(text);
    const challenged = await alice.final(text);
    acknowledge(alice, parsed(text), challenged);
    const second = answered(alice, parsed(text), challenged, 'alice');
    const release = edge.owning.hold();
    const asked = edge.owning.asked.directory;
    alice.send(second);
    await eventually('the lookup', () => edge.owning.asked.directory > asked);
    alice.send(cancelOf(parsed(second)));
    expect((await alice.response(200, 'CANCEL')).statusCode).toBe(200);
    expect((await outcome(alice, parsed(second))).statusCode).toBe(487);
    release();
    await alice.settled();
    await bob.settled();
    expect(bob.left).toEqual([]);
    expect(edge.runtime.stack.size.inviteClient).toBe(0);
  });

  it('one that matches nothing is 481', async () => {
    const { alice } = await open();
    const text = write(alice, { method: 'CANCEL' });
    alice.send(text);
    expect((await alice.final(text)).statusCode).toBe(481);
  });
});

describe('redirects (RFC 3261 §16.7 step 4)', () => {
  const moved = (...uris: readonly string[]) => ({ headers: uris.map((uri) => [Header.Contact, `<${uri}>`] as const) });

  it.each([
    { name: 'are the caller’s by default', recurse: false },
    { name: 'to subscribers are followed by policy', recurse: true },
  ])('$name', async ({ recurse }) => {
    const { edge, alice, bob, desk } = await open({ policies: policies({ recurseOnRedirect: recurse }) });
    const third = await edge.peer();
    bindUdp(edge, 'bob', bob);
    bindUdp(edge, 'carol', desk, third);
    const sent = await sendAs(alice, 'alice', write(alice));
    const arrived = await bob.request('INVITE');
    bob.reply(arrived, 302, moved('sip:carol@example.com', 'sip:x@elsewhere.test'));
    await bob.request('ACK');
    const asked: string[] = [];
    if (recurse) {
      // All of carol's devices ring, each asked for by its own contact.
      for (const peer of [desk, third]) {
        const atCarol = await peer.request('INVITE');
        asked.push(atCarol.requestUri);
        await refuse(peer, atCarol, 486);
      }
    }
    expect(asked).toEqual(recurse ? [desk.contact('carol'), third.contact('carol')] : []);
    const response = await outcome(alice, sent);
    expect(response.statusCode).toBe(302);
    const left = recurse ? ['<sip:x@elsewhere.test>'] : ['<sip:carol@example.com>', '<sip:x@elsewhere.test>'];
    expect(response.list(Header.Contact)).toEqual(left);
  });

  it('in a circle end', async () => {
    const { edge, alice, bob, desk } = await open({ policies: policies({ recurseOnRedirect: true }) });
    bindUdp(edge, 'bob', bob);
    bindUdp(edge, 'carol', desk);
    const sent = await sendAs(alice, 'alice', write(alice));
    const redirect = async (peer: Peer, to: string): Promise<void> => {
      peer.reply(await peer.request('INVITE'), 302, moved(`sip:${to}@example.com`));
      await peer.request('ACK');
    };
    await redirect(bob, 'carol');
    await redirect(desk, 'bob');
    await redirect(bob, 'carol');
    expect((await outcome(alice, sent)).statusCode).toBe(302);
  });
});

describe('timer C (RFC 3261 §16.8)', () => {
  it.each([
    { name: 'after ringing: CANCEL, then 408', rings: true },
    { name: 'without any response: 408', rings: false },
  ])('$name', async ({ rings }) => {
    const { edge, alice, bob } = await open({}, { timers: { timerCMs: 80 } });
    bindUdp(edge, 'bob', bob);
    const sent = await sendAs(alice, 'alice', write(alice));
    const arrived = await bob.request('INVITE');
    if (rings) {
      bob.reply(arrived, 180);
      bob.reply(await bob.request('CANCEL'), 200);
      await refuse(bob, arrived, 487);
    }
    expect((await outcome(alice, sent)).statusCode).toBe(408);
  });
});
