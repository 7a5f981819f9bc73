import { Header } from '@ringdown/sip-message';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bindUdp, twoTenants } from './testing/acme.js';
import { FocusPods } from './testing/focus-pods.js';
import { listenersOf } from './testing/listeners-of.js';
import type { Peer } from './testing/peer.js';
import { outcome, sdp, sendAs, type Written, within, write } from './testing/requests.js';
import { RunningEdge } from './testing/running-edge.js';
import { byDomain, byPrefix, routeOf, toNextHop, toSession } from './testing/tables.js';

let edge: RunningEdge | undefined;
afterEach(async () => {
  await edge?.close();
  edge = undefined;
});

async function open() {
  const focus = new FocusPods();
  const running = await RunningEdge.open({ owning: twoTenants(), focus });
  edge = running;
  const alice = await running.peer();
  return { edge: running, alice, focus };
}

const call = async (peer: Peer, uri: string, over: Written = {}) => {
  const sent = await sendAs(peer, 'alice', write(peer, { uri, body: sdp(4_000), ...over }));
  return { sent, response: await outcome(peer, sent) };
};
const ofTenant = (tenantId: string) => ({ originatingTenantId: tenantId, trustClass: 'platform' }) as const;
let calls = 0;
/** A request that the focus writes. */
function written(method: string, uri: string, headers: readonly string[] = []): string {
  calls += 1;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/TCP focus.invalid;branch=z9hG4bKfocus${calls}`,
    'Max-Forwards: 70',
    `From: <sip:room-1@example.com>;tag=f${calls}`,
    `To: <${uri}>`,
    `Call-ID: focus-${calls}`,
    `CSeq: 1 ${method}`,
    'Contact: <sip:room-1@example.com>;isfocus',
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

describe('a call to a conference', () => {
  it('goes to the pod that has it, by the name of the room, with who calls; so does what follows within the call', async () => {
    const { alice, focus } = await open();
    focus.homes.set('acme room-1', focus.two);
    const { sent, response } = await call(alice, 'sip:room-1@acme.test;user=phone');
    expect([response.statusCode, focus.one.seen]).toEqual([200, []]);
    const [invite] = focus.two.seen;
    expect([invite?.request.requestUri, invite?.envelope]).toMatchObject([
      'sip:room-1@example.com',
      { originatingTenantId: 'acme', authenticated: { addressOfRecord: 'sip:alice@example.com' } },
    ]);
    alice.send(within(alice, sent, response, 'ACK', { cseq: sent.cseq.number }));
    await vi.waitFor(() => expect(focus.two.acks).toHaveLength(1));
    const bye = within(alice, sent, response, 'BYE');
    alice.send(bye);
    expect((await alice.final(bye)).statusCode).toBe(200);
    expect(focus.two.methods()).toEqual(['INVITE', 'BYE']);
    // One question, and what is known is known for a while.
    await call(alice, 'sip:room-1@example.com');
    expect(focus.asked).toEqual([{ tenantId: 'acme', room: 'room-1', mayOpen: true, notPod: undefined }]);
  });

  it.each([
    ['SUBSCRIBE', false],
    ['REFER', false],
    ['OPTIONS', false],
    ['INVITE', true],
  ])('%s asks for its pod, and opens it: %s', async (method, mayOpen) => {
    const { alice, focus } = await open();
    const sent = await sendAs(alice, 'alice', write(alice, { method, uri: 'sip:room-1@example.com' }));
    expect((await outcome(alice, sent)).statusCode).toBe(200);
    expect(focus.asked).toMatchObject([{ room: 'room-1', mayOpen }]);
  });

  it.each<[string, Written, number, asked: number]>([
    ['nobody and no room', { uri: 'sip:nobody@example.com' }, 404, 1],
    ['what can be no room', { uri: 'sip:Room%201@example.com' }, 404, 0],
    ['a message to a room', { method: 'MESSAGE', uri: 'sip:room-1@example.com' }, 404, 0],
    ['a subscriber who is not at home', { uri: 'sip:carol@example.com' }, 480, 0],
    ['a room of another tenant', { uri: 'sip:room-1@example.net' }, 200, 1],
  ])('%s: %j gets %s', async (_what, over, statusCode, asked) => {
    const { alice, focus } = await open();
    const sent = await sendAs(alice, 'alice', write(alice, over));
    expect((await outcome(alice, sent)).statusCode).toBe(statusCode);
    // Who is known to be a subscriber is no room.
    expect(focus.asked.length).toBe(asked);
  });

  it('asks for a pod anew for each call to the factory', async () => {
    const { alice, focus } = await open();
    for (const _ of [1, 2])
      expect((await call(alice, 'sip:conference-factory@example.com')).response.statusCode).toBe(200);
    expect(focus.asked).toHaveLength(2);
  });

  it('is what a number leads to, by its digits', async () => {
    const { edge: running, alice, focus } = await open();
    running.owning.routes.set('acme', [routeOf(byPrefix('+44900'), toSession('conference-focus'))]);
    expect((await call(alice, 'sip:+44900123@example.com')).response.statusCode).toBe(200);
    expect(focus.one.seen[0]?.request.requestUri).toBe('sip:44900123@example.com');
  });

  it('gets 480 where the tenant has as many as it may, and 503 where the focus is away', async () => {
    const { alice, focus } = await open();
    focus.full.add('acme');
    const refused = (await call(alice, 'sip:room-1@example.com')).response;
    expect([refused.statusCode, refused.reasonPhrase]).toEqual([480, 'Too Many Conferences']);
    expect(refused.value(Header.RetryAfter)).toBe('60');
    focus.full.clear();
    focus.isAway = true;
    const away = (await call(alice, 'sip:room-1@example.com')).response;
    expect([away.statusCode, away.has(Header.RetryAfter)]).toEqual([503, true]);
  });

  it('of a browser is refused with 488 where nothing relays media', async () => {
    const { alice, focus } = await open();
    const webrtc = sdp(9).replace('RTP/AVP 0', 'UDP/TLS/RTP/SAVPF 0');
    // The same offer over UDP is a phone's own affair, and the focus says what it thinks of it.
    expect((await call(alice, 'sip:room-1@example.com', { body: webrtc })).response.statusCode).toBe(200);
    await edge?.close();
    const focuses = new FocusPods();
    edge = await RunningEdge.open({ owning: twoTenants(), focus: focuses, listeners: listenersOf('ws://127.0.0.1:0') });
    const browser = await edge.phone('WS');
    const { response } = await call(browser, 'sip:room-1@example.com', { body: webrtc });
    expect([response.statusCode, focuses.one.seen]).toEqual([488, []]);
    expect(focus.one.seen).toHaveLength(1);
  });
});

describe('a pod that is gone', () => {
  it('ends its calls with 481, and another one has the room when it is dialled again', async () => {
    const { alice, focus } = await open();
    const { sent, response } = await call(alice, 'sip:room-1@example.com');
    focus.one.kill();
    focus.gone.add(focus.one);
    const bye = within(alice, sent, response, 'BYE');
    alice.send(bye);
    expect((await alice.final(bye)).statusCode).toBe(481);
    const again = await call(alice, 'sip:room-1@example.com');
    expect([again.response.statusCode, focus.two.methods()]).toEqual([200, ['INVITE']]);
    expect(focus.asked.at(-1)).toMatchObject({ notPod: { podId: 'focus-1', incarnation: 'i1' } });
  });

  it('is waited for until the others see it too', async () => {
    const { alice, focus } = await open();
    await call(alice, 'sip:room-1@example.com');
    focus.one.kill();
    setTimeout(() => focus.gone.add(focus.one), 700);
    expect((await call(alice, 'sip:room-1@example.com')).response.statusCode).toBe(200);
    expect(focus.two.methods()).toEqual(['INVITE']);
  });

  it('takes an INVITE that it hasn’t answered with it, which goes to another one', async () => {
    const { alice, focus } = await open();
    focus.one.answer = () => undefined;
    const sent = await sendAs(alice, 'alice', write(alice, { uri: 'sip:room-1@example.com', body: sdp(4_000) }));
    await vi.waitFor(() => expect(focus.one.seen).toHaveLength(1));
    focus.gone.add(focus.one);
    focus.one.kill();
    expect((await outcome(alice, sent)).statusCode).toBe(200);
    expect(focus.two.methods()).toEqual(['INVITE']);
  });

  it('gets 503 from who calls it where the others don’t agree that it is gone', { timeout: 10_000 }, async () => {
    const { alice, focus } = await open();
    await call(alice, 'sip:room-1@example.com');
    focus.one.kill();
    const { response } = await call(alice, 'sip:room-1@example.com');
    expect([response.statusCode, response.has(Header.RetryAfter)]).toEqual([503, true]);
    expect(focus.two.seen).toEqual([]);
  });

  it('and is back under its name has none of its calls, which it says itself', async () => {
    const { alice, focus } = await open();
    const { sent, response } = await call(alice, 'sip:room-1@example.com');
    focus.one.kill();
    focus.one.begin('i2');
    focus.one.answer = (request) => (request.toTag === undefined ? 200 : 481);
    // The edge opens a stream to whoever is at the address; here it is told to.
    const bye = within(alice, sent, response, 'BYE');
    alice.send(bye);
    expect((await alice.final(bye)).statusCode).toBe(481);
    expect((await call(alice, 'sip:room-1@example.com')).response.statusCode).toBe(200);
  });
});

describe('a pod that does not have the conference', () => {
  it('says 503, and the one that has it is asked', async () => {
    const { alice, focus } = await open();
    await call(alice, 'sip:room-1@example.com');
    focus.one.answer = () => 503;
    focus.homes.set('acme room-1', focus.two);
    expect((await call(alice, 'sip:room-1@example.com')).response.statusCode).toBe(200);
    expect([focus.one.methods(), focus.two.methods()]).toEqual([['INVITE', 'INVITE'], ['INVITE']]);
  });

  it('and nobody else has it: its 503 is the answer', async () => {
    const { alice, focus } = await open();
    focus.one.answer = () => 503;
    expect((await call(alice, 'sip:room-1@example.com')).response.statusCode).toBe(503);
    expect(focus.one.seen).toHaveLength(1);
  });
});

describe('a conference that calls', () => {
  it('reaches its tenant’s phones without a challenge, and is reached by what they send', async () => {
    const { edge: running, alice: bob, focus } = await open();
    bindUdp(running, 'bob', bob);
    focus.two.send(written('INVITE', 'sip:bob@example.com'), ofTenant('acme'));
    const invite = await bob.request('INVITE');
    expect(invite.value(Header.From)).toContain('sip:room-1@example.com');
    bob.reply(invite, 200, { headers: [[Header.Contact, `<${bob.contact('bob')}>`]] });
    await vi.waitFor(() => expect(focus.two.responses.map(({ statusCode }) => statusCode)).toContain(200));
    const bye = write(bob, {
      method: 'BYE',
      uri: 'sip:room-1@example.com',
      from: `${invite.value(Header.To)};tag=t${bob.address.port}`,
      to: invite.value(Header.From) ?? '',
      callId: invite.callId,
      headers: [['Route', invite.list(Header.RecordRoute).join(', ')]],
    });
    bob.send(bye);
    expect((await bob.final(bye)).statusCode).toBe(200);
    expect([focus.one.seen, focus.two.methods()]).toEqual([[], ['BYE']]);
  });

  it('sends requests within a call by its route', async () => {
    const { alice, focus } = await open();
    const { sent } = await call(alice, 'sip:room-1@example.com');
    const [invite] = focus.one.seen;
    const bye = written('BYE', alice.contact('alice'), [
      `Route: ${invite?.request.list(Header.RecordRoute).join(', ')}`,
    ])
      .replace(/^From: .*$/m, `From: ${sent.value(Header.To)};tag=t-focus-1`)
      .replace(/^To: .*$/m, `To: ${sent.value(Header.From)}`)
      .replace(/^Call-ID: .*$/m, `Call-ID: ${sent.callId}`);
    focus.one.send(bye, {});
    alice.reply(await alice.request('BYE'), 200);
    await vi.waitFor(() => expect(focus.one.responses.map(({ statusCode }) => statusCode)).toEqual([200]));
  });

  it.each([
    ['a tenant that there is not', 'nobody', 'sip:bob@example.com', 403],
    ['no tenant', '', 'sip:bob@example.com', 403],
    ['a place that its tenant has no route to', 'acme', 'sip:x@elsewhere.test', 403],
    ['another conference', 'acme', 'sip:room-2@example.com', 404],
    ['somebody who isn’t at home', 'acme', 'sip:bob@example.com', 480],
  ])('for %s (%s) to %s gets %s', async (_what, tenantId, uri, statusCode) => {
    const { focus } = await open();
    focus.one.send(written('INVITE', uri), ofTenant(tenantId));
    await vi.waitFor(() =>
      expect(focus.one.responses.map((each) => each.statusCode).filter((code) => code >= 200)).toEqual([statusCode]),
    );
  });

  it('reaches places outside by its tenant’s routes', async () => {
    const { edge: running, alice: outside, focus } = await open();
    const place = `sip:${outside.address.host}:${outside.address.port}`;
    running.owning.routes.set('acme', [routeOf(byDomain('peer.test'), toNextHop(place))]);
    focus.one.send(written('INVITE', 'sip:x@peer.test'), ofTenant('acme'));
    expect((await outside.request('INVITE')).requestUri).toBe('sip:x@peer.test');
  });

  it('is believed over a stream to a pod of the focus only', async () => {
    const { edge: running, focus } = await open();
    // Another part of the platform that has no business with conferences.
    const flow = { transport: 'SIPLINK' } as Parameters<typeof running.runtime.links.podAt>[1];
    expect(running.runtime.links.podAt('conference-focus', flow)).toBeUndefined();
    const streams = ['focus-1', 'focus-2'].map((pod) => running.runtime.links.flowToPod('conference-focus', pod));
    for (const [at, stream] of streams.entries()) {
      if (stream === undefined) throw new Error('no stream');
      expect(running.runtime.links.podAt('conference-focus', stream)).toBe(`focus-${at + 1}`);
      expect(running.runtime.links.podAt('redirect', stream)).toBeUndefined();
    }
    expect(focus.asked).toEqual([]);
  });
});
