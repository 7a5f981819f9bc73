import { edit, Header, headerName } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { InviteServer } from './invite-server.js';
import { connectedPair, type TestFlow } from './testing/simulated-agent.js';

function ringing(headers: [number, string][] = []) {
  const { time, alice, bob } = connectedPair({ reliable: true });
  const call = alice.act(() =>
    alice.core.invite(alice.initial('bob', { body: 'offer', headers: headers as [] }), alice.contact),
  );
  return { time, alice, bob, call, incoming: bob.last('incoming').call as InviteServer<TestFlow> };
}

describe('a call received (RFC 3261 §13.3)', () => {
  it('rings in an early dialog and is accepted in a confirmed one', () => {
    const { time, alice, bob, incoming } = ringing();
    bob.act(() => incoming.ring(time.now));
    expect(incoming.dialog?.state).toBe('early');
    expect(alice.last('provisional').dialog?.remoteTag).toBe(incoming.localTag);
    const session = bob.act(() => incoming.accept(time.now, { contentType: 'application/sdp', body: 'answer' }));
    expect(session?.dialog.state).toBe('confirmed');
    expect(alice.last('established').response.body).toBe('answer');
    expect(alice.takeSent()).toEqual(['INVITE', 'ACK']);
    expect(bob.takeSent()).toEqual(['180', '200']);
    expect(bob.takeTold()).toEqual(['incoming', 'acknowledged']);
  });

  it.each([302, 404, 486, 603])('is refused with %i', (statusCode) => {
    const { time, alice, bob, incoming } = ringing();
    bob.act(() => incoming.ring(time.now));
    bob.act(() => incoming.reject(statusCode));
    expect(alice.last('failed').statusCode).toBe(statusCode);
    expect(incoming.dialog?.state).toBe('terminated');
    expect(bob.act(() => incoming.accept(time.now))).toBeUndefined();
    expect(bob.core.dialogs.pending.calls).toBe(0);
  });

  it('is cancelled: 200 to the CANCEL, 487 to the INVITE, with one To tag (§9.2)', () => {
    const { time, alice, bob, call, incoming } = ringing();
    bob.act(() => incoming.ring(time.now));
    alice.act(() => call.cancel(time.now));
    expect(bob.takeSent()).toEqual(['180', '200', '487']);
    expect(bob.takeTold()).toEqual(['incoming', 'cancelled']);
    expect(alice.last('failed')).toMatchObject({ statusCode: 487, response: { toTag: incoming.localTag } });
  });

  it('is over when its Expires is (§13.3.1)', () => {
    const { time, alice, bob, incoming } = ringing([[Header.Expires, '30']]);
    bob.act(() => incoming.ring(time.now));
    time.pass(29_900);
    expect(incoming.state).toBe('proceeding');
    time.pass(200);
    expect(incoming.state).toBe('cancelled');
    expect(alice.last('failed').statusCode).toBe(487);
  });

  it('says every minute that it still rings (§13.3.1.1)', () => {
    const { time, bob, incoming } = ringing();
    bob.act(() => incoming.ring(time.now));
    time.pass(181_000);
    expect(bob.takeSent()).toEqual(['180', '180', '180', '180']);
  });

  it('answers a BYE within the early dialog with 200 and the INVITE with 487 (§15.1.2)', () => {
    const { time, alice, bob, incoming } = ringing();
    bob.act(() => incoming.ring(time.now));
    const { dialog } = alice.last('provisional');
    const bye = dialog?.nextRequest('BYE', {}, false);
    const via = 'Via: SIP/2.0/UDP alice.test;branch=z9hG4bK-bye\r\n';
    const lines = bye?.headers
      .map(([name, value]) => `${typeof name === 'string' ? name : headerName(name)}: ${value}\r\n`)
      .join('');
    bob.receive(`BYE ${bye?.requestUri} SIP/2.0\r\n${via}${lines}Content-Length: 0\r\n\r\n`);
    expect(bob.takeSent()).toEqual(['180', '200', '487']);
    expect(incoming.state).toBe('cancelled');
  });

  it('refuses the same INVITE by another way with 482 (§8.2.2.2)', () => {
    const { alice, bob } = ringing();
    bob.takeSent();
    const merged = edit(alice.lastRequest('INVITE')).replaceTopmost(
      Header.Via,
      'SIP/2.0/UDP p.test;branch=z9hG4bK-other',
    );
    bob.receive(merged.toString());
    expect(bob.takeSent()).toEqual(['482']);
    expect(bob.takeTold()).toEqual(['incoming']);
  });

  it('answers what belongs to no dialog with 481 (§12.2.2)', () => {
    const { alice, bob } = ringing();
    bob.takeSent();
    const invite = alice.lastRequest('INVITE');
    const stray = edit(invite)
      .replaceTopmost(Header.Via, 'SIP/2.0/UDP a.test;branch=z9hG4bK-stray')
      .replace(Header.To, '<sip:bob@example.com>;tag=nobody')
      .toString();
    bob.receive(stray);
    expect(bob.takeSent()).toEqual(['481']);
  });

  it('answers a CANCEL that matches nothing with 481 (§9.2)', () => {
    const { alice, bob } = ringing();
    bob.takeSent();
    const cancel = alice.lastRequest('INVITE').raw.replace('INVITE sip', 'CANCEL sip').replace('1 INVITE', '1 CANCEL');
    bob.receive(cancel.replace(/branch=[^\r]+/, 'branch=z9hG4bK-nothing'));
    expect(bob.takeSent()).toEqual(['481']);
  });
});

describe('the 2xx without its ACK (RFC 3261 §13.3.1.4)', () => {
  it('is repeated after T1, twice that and so on up to T2, on a reliable transport too, and then comes a BYE', () => {
    const { time, alice, bob, incoming } = ringing();
    alice.loses = (message) => message.kind === 'request' && message.method === 'ACK';
    const start = time.now;
    bob.takeSent();
    const session = bob.act(() => incoming.accept(time.now));
    const sentAt: number[] = [];
    for (let at = 0; at <= 32_000; at += 100) {
      for (const word of bob.takeSent()) if (word === '200') sentAt.push(time.now - start);
      time.pass(100);
    }
    expect(sentAt).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    expect(bob.last('ended').cause).toBe('no-acknowledgement');
    expect(alice.last('ended').cause).toBe('bye-received');
    expect(session?.state).toBe('ended');
  });

  it('is repeated until the ACK comes', () => {
    const { time, alice, bob, incoming } = ringing();
    let lost = 0;
    alice.loses = (message) => message.kind === 'request' && message.method === 'ACK' && lost++ < 2;
    bob.act(() => incoming.accept(time.now));
    time.pass(60_000);
    expect(bob.takeSent()).toEqual(['200', '200', '200']);
    expect(alice.takeSent()).toEqual(['INVITE', 'ACK', 'ACK', 'ACK']);
  });
});
