import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it } from 'vitest';
import { bindUdp, twoTenants } from './testing/acme.js';
import { established } from './testing/calls.js';
import { Peer } from './testing/peer.js';
import { outcome, parsed, sendAs, within, withinAsCallee, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { bindingOf, byDomain, routeOf, toNextHop } from './testing/tables.js';

const edges: RunningEdge[] = [];
afterEach(() => Promise.all(edges.splice(0).map((each) => each.close())));

/** Two subscribers who may be one and the same person, and a host that has nothing to do with either. */
async function open() {
  const owning = twoTenants();
  const edge = await RunningEdge.open({ owning });
  edges.push(edge);
  const [alice, bob] = [await edge.peer(), await edge.peer()];
  const victim = await Peer.udp(edge.address, { host: '127.0.0.9', port: 0 });
  edge.peers.push(victim);
  bindUdp(edge, 'bob', bob);
  /** What the host has got in the end. */
  const atVictim = async () => {
    await victim.settled();
    return [...victim.inbox, ...victim.unreadable];
  };
  return { edge, owning, alice, bob, victim, atVictim };
}

/** A flow that says where a REGISTER came from, and that no request can take. */
const cameFrom = ({ address }: Peer) => ({
  edgeId: 'edge-1',
  incarnation: 'i1',
  flowToken: '',
  receivedTransport: 'UDP',
  receivedHost: address.host,
  receivedPort: address.port,
});

const maddr = ({ address }: Peer): string => `;maddr=${address.host}`;

describe('no sender aims the edge at a third party', () => {
  it('by maddr in a registered contact', async () => {
    const { owning, alice, bob, victim, atVictim } = await open();
    const contact = `sip:bob@127.0.0.1:${bob.address.port}${maddr(victim)}`;
    owning.bind('acme', 'sip:bob@example.com', [bindingOf(contact, undefined, { flow: cameFrom(bob) })]);
    await sendAs(alice, 'alice', write(alice));
    expect((await bob.request('INVITE')).requestUri).toBe(contact);
    expect(await atVictim()).toEqual([]);
  });

  it('by maddr in the Request-URI, where a route lets the request follow it', async () => {
    const { owning, alice, bob, victim, atVictim } = await open();
    owning.routes.set('acme', [routeOf(byDomain('127.0.0.1'), toNextHop(''))]);
    await sendAs(alice, 'alice', write(alice, { uri: `sip:x@127.0.0.1:${bob.address.port}${maddr(victim)}` }));
    await bob.request('INVITE');
    expect(await atVictim()).toEqual([]);
  });

  it('by maddr in a Route that seems to be the callee’s own proxy', async () => {
    const { alice, bob, victim, atVictim } = await open();
    const { sent, answer } = await established(alice, bob);
    const route = `<sip:127.0.0.1:${bob.address.port}${maddr(victim)};lr>`;
    const text = within(alice, sent, answer, 'INFO');
    alice.send(text.replace(/^Route: (.*)$/m, (_, own: string) => `Route: ${own}, ${route}`));
    expect((await bob.request('INFO')).list(Header.Route)).toEqual([route]);
    expect(await atVictim()).toEqual([]);
  });

  it('by a Contact at its place, when the callee hangs up', async () => {
    const { alice, bob, victim, atVictim } = await open();
    const { arrived, toTag } = await established(alice, bob, victim.contact('alice'));
    const bye = withinAsCallee(bob, arrived, toTag, 'BYE');
    bob.send(bye);
    expect((await outcome(bob, parsed(bye))).statusCode).toBe(480);
    expect(await atVictim()).toEqual([]);
  });

  it('by a Path of one flow of a device that has registered a second contact without one', async () => {
    const { edge, owning, alice, bob, victim, atVictim } = await open();
    const path = [`<sip:127.0.0.9:${victim.address.port};lr>`];
    owning.bind('acme', 'sip:bob@example.com', [
      bindingOf(victim.contact('bob'), edge.flow(bob.udpFlowToken()), { instanceId: '<urn:uuid:1>', path }),
      bindingOf(bob.contact('bob'), undefined, { instanceId: '<urn:uuid:1>', flow: cameFrom(bob) }),
    ]);
    await sendAs(alice, 'alice', write(alice));
    await bob.request('INVITE');
    expect(await atVictim()).toEqual([]);
  });
});
