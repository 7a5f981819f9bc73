import { Header } from '@ringdown/sip-message';
import { registrationOf, sealTemporaryGruu, temporaryGruuKeys } from '@ringdown/sip-proxy';
import { afterEach, describe, expect, it } from 'vitest';
import { bindUdp, register, registrarOf, twoTenants } from './testing/acme.js';
import { established } from './testing/calls.js';
import type { Peer } from './testing/peer.js';
import { outcome, sendAs, within, withinAsCallee, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { bindingOf } from './testing/tables.js';

let edge: RunningEdge;
afterEach(() => edge.close());

const sealKeys = [{ id: 1, key: Buffer.alloc(32, 7) }];
const instanceOf = (name: string): string => `<urn:uuid:${name}>`;

async function open() {
  const owning = twoTenants();
  edge = await RunningEdge.open({ owning, sealKeys, services: { registrar: registrarOf(owning) } });
  return { owning, alice: await edge.peer(), desk: await edge.peer(), mobile: await edge.peer() };
}

/** A user's devices, each by its own peer; named after their instance. */
function bindDevices(user: string, devices: Readonly<Record<string, Peer>>): void {
  edge.owning.bind(
    'acme',
    `sip:${user}@example.com`,
    Object.entries(devices).map(([name, peer]) =>
      bindingOf(peer.contact(user), edge.flow(peer.udpFlowToken()), { instanceId: instanceOf(name), callId: name }),
    ),
  );
}

function temporaryGruu(user: string, device: string, registration = device): string {
  const gruu = { tenantId: 'acme', user, instance: instanceOf(device), registration: registrationOf(registration) };
  return `sip:${sealTemporaryGruu(gruu, temporaryGruuKeys(sealKeys), Buffer.alloc(12, 3))}@example.com;gr`;
}

describe('a request for a GRUU (RFC 5627 §5.4)', () => {
  it.each([
    ['a public', 'sip:bob@example.com;gr=urn:uuid:mobile'],
    ['a public, at an alias', 'sip:bob@acme.test;gr=urn:uuid:MOBILE'],
    ['a temporary', temporaryGruu('bob', 'mobile')],
  ])('%s one reaches that device alone, by its contact', async (_, uri) => {
    const { alice, desk, mobile } = await open();
    bindDevices('bob', { desk, mobile });
    const sent = await sendAs(alice, 'alice', write(alice, { uri }));
    const invite = await mobile.request('INVITE');
    expect(invite.requestUri).toBe(mobile.contact('bob'));
    mobile.reply(invite, 603);
    expect((await outcome(alice, sent)).statusCode).toBe(603);
    await desk.settled();
    expect(desk.left).toEqual([]);
  });

  it.each([
    ['a device that is not registered', 'sip:bob@example.com;gr=urn:uuid:tablet', 480],
    ['a device of somebody who is not registered', 'sip:carol@example.com;gr=urn:uuid:tablet', 480],
    ['a device of nobody’s', 'sip:nobody@example.com;gr=urn:uuid:tablet', 404],
    ['a temporary one whose registration has ended', temporaryGruu('bob', 'mobile', 'yesterday'), 404],
    ['a temporary one of a device that is gone', temporaryGruu('carol', 'tablet'), 404],
    ['a temporary one that nobody made', 'sip:AQMDAwMDAwMDAwMDAw@example.com;gr', 404],
  ])('%s: %s gets %i', async (_, uri, statusCode) => {
    const { alice, desk, mobile } = await open();
    bindDevices('bob', { desk, mobile });
    const sent = await sendAs(alice, 'alice', write(alice, { uri }));
    expect((await outcome(alice, sent)).statusCode).toBe(statusCode);
  });
});

describe('within a call', () => {
  it.each([
    ['a public GRUU', 'sip:alice@example.com;gr=urn:uuid:soft'],
    ['a temporary GRUU', temporaryGruu('alice', 'soft')],
    ['a temporary GRUU of a registration that was renewed since', temporaryGruu('alice', 'soft', 'before')],
  ])('a caller whose Contact is %s is found by it', async (_, contact) => {
    const { alice, desk } = await open();
    const other = await edge.peer();
    bindUdp(edge, 'bob', desk);
    bindDevices('alice', { other, soft: alice });
    const { arrived, toTag } = await established(alice, desk, contact);
    expect(arrived.raw).toContain(`Contact: <${contact}>`);
    desk.send(withinAsCallee(desk, arrived, toTag, 'BYE'));
    const bye = await alice.request('BYE');
    expect(bye.requestUri).toBe(alice.contact('alice'));
    alice.reply(bye, 200);
    expect((await desk.response(200, 'BYE')).statusCode).toBe(200);
  });

  it('a callee whose Contact is a GRUU is found by it', async () => {
    const { alice, desk, mobile } = await open();
    bindDevices('bob', { desk, mobile });
    const sent = await sendAs(alice, 'alice', write(alice, { uri: 'sip:bob@example.com;gr=urn:uuid:desk' }));
    const invite = await desk.request('INVITE');
    const gruu = 'sip:bob@example.com;gr=urn:uuid:desk';
    desk.reply(invite, 200, { toTag: 'd1', headers: [['Contact', `<${gruu}>`]] });
    const answer = await outcome(alice, sent);
    alice.send(within(alice, sent, answer, 'ACK', { cseq: sent.cseq.number }));
    expect((await desk.request('ACK')).requestUri).toBe(desk.contact('bob'));
    alice.send(within(alice, sent, answer, 'BYE'));
    expect((await desk.request('BYE')).requestUri).toBe(desk.contact('bob'));
    await mobile.settled();
    expect(mobile.left).toEqual([]);
  });

  it('a caller that adds ob to the contact it registered is found (RFC 5626 §4.3)', async () => {
    const { alice, desk } = await open();
    const browser = await edge.peer('TCP');
    bindUdp(edge, 'bob', desk);
    await register(browser, 'alice', 'browser');
    const { arrived, toTag } = await established(browser, desk, `${browser.contact('alice')};ob`);
    desk.send(withinAsCallee(desk, arrived, toTag, 'BYE'));
    expect((await browser.request('BYE')).method).toBe('BYE');
    await alice.settled();
    expect(alice.left).toEqual([]);
  });
});

describe('a caller that asks by ob to be reached over its flow, and is not registered (RFC 5626 §4.3)', () => {
  it('is, though its contact leads nowhere', async () => {
    const { desk } = await open();
    const browser = await edge.peer('TCP');
    bindUdp(edge, 'bob', desk);
    const { arrived, toTag } = await established(browser, desk, 'sip:x7@a1.invalid;transport=ws;ob');
    desk.send(withinAsCallee(desk, arrived, toTag, 'INFO'));
    const info = await browser.request('INFO');
    expect(info.requestUri).toBe('sip:x7@a1.invalid;transport=ws;ob');
    browser.reply(info, 200);
    expect((await desk.response(200, 'INFO')).statusCode).toBe(200);
  });

  it('is nowhere when the flow is gone', async () => {
    const { desk } = await open();
    const browser = await edge.peer('TCP');
    bindUdp(edge, 'bob', desk);
    const { arrived, toTag } = await established(browser, desk, 'sip:x7@a1.invalid;transport=ws;ob');
    await browser.close();
    edge.peers.splice(edge.peers.indexOf(browser), 1);
    desk.send(withinAsCallee(desk, arrived, toTag, 'BYE'));
    expect((await desk.response(480, 'BYE')).statusCode).toBe(480);
  });
});

describe('the flows of a device (RFC 5626 §7)', () => {
  it('are tried in turn; the caller sees 480 when all are gone, and no 430', async () => {
    const { owning, alice } = await open();
    const [first, second] = [await edge.peer('TCP'), await edge.peer('TCP')];
    await register(first, 'bob', 'b1');
    await register(second, 'bob', 'b1');
    expect(owning.bindings.get('acme sip:bob@example.com')).toHaveLength(2);
    // What was registered last is tried first.
    await second.close();
    const sent = await sendAs(alice, 'alice', write(alice));
    const invite = await first.request('INVITE');
    first.reply(invite, 486);
    expect((await outcome(alice, sent)).statusCode).toBe(486);
    await first.close();
    edge.peers.splice(0, edge.peers.length, ...edge.peers.filter((peer) => peer !== first && peer !== second));
    const again = await sendAs(alice, 'alice', write(alice));
    expect((await outcome(alice, again)).statusCode).toBe(480);
    expect(owning.unbound.length).toBeGreaterThanOrEqual(2);
  });
});

describe('a flow through a proxy on the Path (RFC 3327 §5.4)', () => {
  it('gets the request by that flow, with the Path as its route', async () => {
    const { owning, alice, desk } = await open();
    const path = ['<sip:f1@p2.test;lr>', '<sip:f1@p1.test;lr;ob>'];
    const flow = edge.flow(desk.udpFlowToken());
    owning.bind('acme', 'sip:bob@example.com', [bindingOf('sip:bob@10.0.0.4', flow, { path })]);
    await sendAs(alice, 'alice', write(alice));
    const invite = await desk.request('INVITE');
    expect(invite.requestUri).toBe('sip:bob@10.0.0.4');
    expect(invite.list(Header.Route)).toEqual(path);
  });
});

describe('registrations under way', () => {
  it('are those that a registrar has not answered', async () => {
    const owning = twoTenants();
    const answers: (() => void)[] = [];
    const registrar = registrarOf(owning);
    const REGISTER: typeof registrar.REGISTER = (request, ingress, reply) =>
      void answers.push(() => registrar.REGISTER(request, ingress, reply));
    edge = await RunningEdge.open({ owning, services: { registrar: { REGISTER } } });
    const alice = await edge.peer();
    const done = register(alice, 'alice');
    await expect.poll(() => edge.runtime.registrations.underWay).toBe(1);
    await expect.poll(() => answers.length).toBe(1);
    answers[0]?.();
    await done;
    expect(edge.runtime.registrations.underWay).toBe(0);
  });
});
