import { directoryEvents } from '@ringdown/contracts';
import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { acme, bindUdp, registrarOf, twoTenants } from './testing/acme.js';
import { established } from './testing/calls.js';
import { Peer } from './testing/peer.js';
import { outcome, parsed, sendAs, within, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { subscriberOf } from './testing/tables.js';

const aliceChanged = { $case: 'subscriber', value: { username: 'alice', removed: false } } as const;

const edges: RunningEdge[] = [];
afterEach(() => Promise.all(edges.splice(0).map((each) => each.close())));

/** A call from alice to bob, and somebody elsewhere who would like to get something by its token. */
async function callUnderWay() {
  const owning = twoTenants();
  const edge = await RunningEdge.open({ owning, services: { registrar: registrarOf(owning) } });
  edges.push(edge);
  const [alice, bob] = [await edge.peer(), await edge.peer()];
  // At a host of its own: a Route of a phone's own host may be its own proxy.
  const elsewhere = await Peer.udp(edge.address, { host: '127.0.0.9', port: 0 });
  edge.peers.push(elsewhere);
  bindUdp(edge, 'bob', bob);
  const { sent, answer } = await established(alice, bob);
  await bob.settled();
  bob.inbox.length = 0;
  /** A request of the caller's within the call, with its whole route set. */
  const inCall = (written: Partial<Parameters<typeof write>[1]> & { readonly beyond?: string } = {}): string => {
    const routes = answer.list(Header.RecordRoute).toReversed();
    return write(alice, {
      method: 'INFO',
      uri: bob.contact('bob'),
      from: sent.value(Header.From) ?? '',
      to: answer.value(Header.To) ?? '',
      callId: sent.callId,
      cseq: 7,
      headers: [['Route', [...routes, ...(written.beyond === undefined ? [] : [written.beyond])].join(', ')]],
      ...written,
    });
  };
  return { edge, owning, alice, bob, elsewhere, sent, answer, inCall };
}

describe('a sealed token is no ticket to anywhere else', () => {
  it('a Route beyond the token is carried along and chooses no place', async () => {
    const { alice, bob, elsewhere, inCall } = await callUnderWay();
    const beyond = `<sip:127.0.0.9:${elsewhere.address.port};lr>`;
    alice.send(inCall({ beyond }));
    expect((await bob.request('INFO')).list(Header.Route)).toEqual([beyond]);
    await elsewhere.settled();
    expect(elsewhere.inbox).toEqual([]);
  });

  it('a Request-URI of the sender’s making chooses no place while the callee is bound', async () => {
    const { alice, bob, elsewhere, inCall } = await callUnderWay();
    alice.send(inCall({ uri: elsewhere.contact('x') }));
    await bob.request('INFO');
    await elsewhere.settled();
    expect(elsewhere.inbox).toEqual([]);
  });

  it.each([
    { name: 'at the contact it had', at: 'bob', statusCode: undefined },
    { name: 'at no other place', at: 'elsewhere', statusCode: 480 },
  ] as const)('a callee who is not bound any more is looked for $name', async ({ at, statusCode }) => {
    const peers = await callUnderWay();
    const { owning, alice, bob, elsewhere, inCall } = peers;
    owning.bind('acme', 'sip:bob@example.com', []);
    const text = inCall({ uri: peers[at].contact('bob') });
    alice.send(text);
    const seen = statusCode === undefined ? await bob.request('INFO') : await outcome(alice, parsed(text));
    expect('statusCode' in seen ? seen.statusCode : seen.method).toBe(statusCode ?? 'INFO');
    await elsewhere.settled();
    expect(elsewhere.inbox).toEqual([]);
  });
});

describe('a sealed token proves nothing by itself', () => {
  it('who sends from elsewhere is challenged, and goes on as the caller', async () => {
    const { elsewhere, bob, sent, answer } = await callUnderWay();
    await sendAs(elsewhere, 'alice', within(elsewhere, sent, answer, 'INFO'));
    expect((await bob.request('INFO')).has(Header.ProxyAuthorization)).toBe(false);
  });

  it('somebody else’s password is no good: 403', async () => {
    const { elsewhere, bob, inCall } = await callUnderWay();
    const text = inCall({ from: '<sip:carol@example.com>;tag=a1', via: elsewhere.via() });
    const again = await sendAs(elsewhere, 'carol', text);
    expect((await outcome(elsewhere, again)).statusCode).toBe(403);
    await bob.settled();
    expect(bob.inbox).toEqual([]);
  });

  it('the caller may not act as somebody else within its call: 403', async () => {
    const { alice, bob, inCall } = await callUnderWay();
    const text = inCall({ from: '<sip:carol@example.com>;tag=a1' });
    alice.send(text);
    expect((await outcome(alice, parsed(text))).statusCode).toBe(403);
    await bob.settled();
    expect(bob.inbox).toEqual([]);
  });

  it.each([
    { method: 'INFO', arrives: false },
    { method: 'BYE', arrives: true },
  ])('once the caller is disabled, a $method arrives: $arrives', async ({ method, arrives }) => {
    const { edge, owning, alice, bob, inCall } = await callUnderWay();
    owning.version += 1;
    owning.subscribers.set('acme alice', subscriberOf(acme, 'alice', { enabled: false, version: owning.version }));
    const change = { tenantId: 'acme', version: owning.version, subject: aliceChanged };
    const event = { position: owning.version, change, reset: false };
    edge.bus.publish(directoryEvents.subject(event), directoryEvents.encode(event));
    await edge.bus.flush();
    const text = inCall({ method });
    alice.send(text);
    const seen = arrives ? await bob.request(method) : await outcome(alice, parsed(text));
    expect('statusCode' in seen ? seen.statusCode : seen.method).toBe(arrives ? method : 403);
  });
});
