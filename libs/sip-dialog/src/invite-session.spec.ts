import { edit, Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { glareDelayMs, overlapRetryAfterSec } from './glare.js';
import type { InviteSession } from './invite-session.js';
import { connectedPair, responseOf, type SimulatedAgent, type TestFlow } from './testing/simulated-agent.js';

function established(options: { acknowledged?: boolean } = {}) {
  const { time, alice, bob } = connectedPair({ reliable: true });
  if (options.acknowledged === false) alice.loses = (message) => message.kind === 'request' && message.method === 'ACK';
  alice.act(() => alice.core.invite(alice.initial('bob', { body: 'offer' }), alice.contact));
  const callee = bob.act(() => bob.last('incoming').call.accept(time.now, { body: 'answer' }));
  const caller = alice.last('established').session;
  for (const agent of [alice, bob]) {
    agent.takeSent();
    agent.takeTold();
  }
  alice.loses = () => false;
  return { time, alice, bob, caller, callee: callee as InviteSession<TestFlow> };
}

function answersReinvites(agent: SimulatedAgent, session: InviteSession<TestFlow>, statusCode = 200): void {
  agent.react = (effect) => {
    if (effect.type === 'reinvite')
      session.answer(agent.time.now, effect.transaction, statusCode, { body: statusCode === 200 ? 'answer' : '' });
  };
}

describe('the end of a session (RFC 3261 §15)', () => {
  it.each(['caller', 'callee'] as const)('by the %s', (side) => {
    const { time, alice, bob, caller, callee } = established();
    if (side === 'caller') alice.act(() => caller.bye(time.now));
    else bob.act(() => callee.bye(time.now));
    const [ending, ended] = side === 'caller' ? [alice, bob] : [bob, alice];
    expect(ending.takeSent()).toEqual(['BYE']);
    expect(ended.takeSent()).toEqual(['200']);
    expect([ending.last('ended').cause, ended.last('ended').cause]).toEqual(['bye-sent', 'bye-received']);
    expect([caller.dialog.state, callee.dialog.state]).toEqual(['terminated', 'terminated']);
    expect([alice.core.dialogs.size, bob.core.dialogs.size]).toEqual([0, 0]);
    expect(caller.bye(time.now)).toBe('ignored-ended');
  });

  it('from both sides at once', () => {
    const { time, alice, bob, caller, callee } = established();
    alice.peer = undefined;
    bob.peer = undefined;
    alice.act(() => caller.bye(time.now));
    bob.act(() => callee.bye(time.now));
    const [fromAlice, fromBob] = [alice.lastRequest('BYE').raw, bob.lastRequest('BYE').raw];
    alice.peer = bob;
    bob.peer = alice;
    bob.receive(fromAlice);
    alice.receive(fromBob);
    expect([caller.state, callee.state]).toEqual(['ended', 'ended']);
  });

  it('is there although nobody answers the BYE (§15.1.1)', () => {
    const { time, alice, caller } = established();
    alice.peer = undefined;
    alice.act(() => caller.bye(time.now));
    expect(caller.state).toBe('ending');
    time.pass(32_100);
    expect(alice.last('ended').cause).toBe('bye-sent');
  });

  it('waits at the callee for the ACK (§15)', () => {
    const { time, alice, bob, callee } = established({ acknowledged: false });
    expect(bob.act(() => callee.bye(time.now))).toBe('awaiting-acknowledgement');
    expect(bob.takeSent()).toEqual([]);
    time.pass(600);
    expect(bob.takeSent()).toEqual(['200', 'BYE']);
    expect(alice.last('ended').cause).toBe('bye-received');
  });

  it('answers a BYE after the end with 481', () => {
    const { time, alice, bob, caller } = established();
    alice.act(() => caller.bye(time.now));
    bob.takeSent();
    const again = edit(alice.lastRequest('BYE')).replaceTopmost(Header.Via, 'SIP/2.0/UDP a.test;branch=z9hG4bK-2');
    bob.receive(again.toString());
    expect(bob.takeSent()).toEqual(['481']);
  });
});

describe('a re-INVITE (RFC 3261 §14)', () => {
  it.each(['caller', 'callee'] as const)('of the %s is answered and acknowledged', (side) => {
    const { time, alice, bob, caller, callee } = established();
    const [from, to] = side === 'caller' ? [alice, bob] : [bob, alice];
    const [ours, theirs] = side === 'caller' ? [caller, callee] : [callee, caller];
    answersReinvites(to, theirs);
    expect(from.act(() => ours.reinvite(time.now, { body: 'second offer' }))).toBe('sent');
    expect(from.takeSent()).toEqual(['INVITE', 'ACK']);
    expect(from.last('reinvited')).toMatchObject({ statusCode: 200, response: { body: 'answer' } });
    expect(to.takeTold()).toEqual(['reinvite', 'acknowledged']);
    expect(from.act(() => ours.reinvite(time.now, { body: 'third offer' }))).toBe('sent');
  });

  it('refused leaves the session as it was', () => {
    const { time, alice, bob, caller, callee } = established();
    answersReinvites(bob, callee, 488);
    alice.act(() => caller.reinvite(time.now, { body: 'offer' }));
    expect(alice.last('reinvited').statusCode).toBe(488);
    expect([caller.state, callee.state]).toEqual(['established', 'established']);
  });

  it('without an offer leaves the ACK with the answer to its user', () => {
    const { time, alice, bob, caller, callee } = established();
    answersReinvites(bob, callee);
    alice.act(() => caller.reinvite(time.now, {}));
    expect(alice.takeSent()).toEqual(['INVITE']);
    alice.act(() => caller.acknowledge({ body: 'answer' }));
    expect(bob.last('acknowledged').request.body).toBe('answer');
  });

  it('that finds no dialog ends the session with a BYE (§12.2.1.2)', () => {
    const { time, alice, bob, caller, callee } = established();
    bob.loses = (message) => message.kind === 'request';
    bob.act(() => callee.bye(time.now));
    alice.act(() => caller.reinvite(time.now, { body: 'offer' }));
    expect(alice.last('reinvited').statusCode).toBe(481);
    expect(alice.takeSent()).toEqual(['INVITE', 'ACK', 'BYE']);
  });

  it('is not begun while one is under way, in either direction (§14.1)', () => {
    const { time, alice, bob, caller, callee } = established();
    alice.act(() => caller.reinvite(time.now, { body: 'offer' }));
    expect(caller.reinvite(time.now, { body: 'offer' })).toBe('refused-pending');
    expect(callee.reinvite(time.now, { body: 'offer' })).toBe('refused-pending');
    expect(bob.takeTold()).toEqual(['reinvite']);
  });

  it('that meets another gets 491, and comes again after the wait of its side (§14.1)', () => {
    const { time, alice, bob, caller, callee } = established();
    alice.peer = undefined;
    bob.peer = undefined;
    alice.act(() => caller.reinvite(time.now, { body: 'of alice' }));
    bob.act(() => callee.reinvite(time.now, { body: 'of bob' }));
    bob.receive(alice.lastRequest('INVITE').raw);
    alice.receive(bob.lastRequest('INVITE').raw);
    alice.peer = bob;
    bob.peer = alice;
    alice.receive(bob.lastResponse(491));
    bob.receive(alice.lastResponse(491));
    expect(alice.takeSent()).toEqual(['INVITE', '491', 'ACK']);
    expect(bob.takeSent()).toEqual(['INVITE', '491', 'ACK']);
    answersReinvites(alice, caller);
    answersReinvites(bob, callee);
    time.pass(990);
    expect(bob.takeSent()).toEqual([]);
    time.pass(20);
    // Bob doesn't own the Call-ID: about half of 2 s.
    expect(bob.takeSent()).toEqual(['INVITE', 'ACK']);
    time.pass(2_100);
    // Alice does: half way between 2.1 s and 4 s.
    expect(alice.takeSent()).toEqual(['200', 'INVITE', 'ACK']);
    expect([alice.last('reinvited').statusCode, bob.last('reinvited').statusCode]).toEqual([200, 200]);
  });

  it('before the answer to the one before it gets 500 with Retry-After (§14.2)', () => {
    const { time, alice, bob, caller } = established();
    alice.act(() => caller.reinvite(time.now, { body: 'offer' }));
    bob.random = 0.4;
    const second = edit(alice.lastRequest('INVITE'))
      .replaceTopmost(Header.Via, 'SIP/2.0/UDP alice.test;branch=z9hG4bK-second')
      .replace(Header.CSeq, '9 INVITE')
      .toString();
    bob.peer = undefined;
    bob.receive(second);
    expect(bob.takeSent()).toEqual(['500']);
    expect(responseOf(bob.lastResponse(500)).value(Header.RetryAfter)).toBe('4');
    expect(bob.takeTold()).toEqual(['reinvite']);
  });

  it('before the ACK with the answer to the offer in our 2xx gets 491 (RFC 5407 §3.1.5)', () => {
    const { time, alice, bob } = connectedPair({ reliable: true });
    alice.act(() => alice.core.invite(alice.initial('bob'), alice.contact));
    bob.act(() => bob.last('incoming').call.accept(time.now, { body: 'offer' }));
    alice.act(() => alice.last('established').session.reinvite(time.now, { body: 'another offer' }));
    expect(bob.takeSent()).toEqual(['200', '491']);
    expect(bob.takeTold()).toEqual(['incoming']);
  });

  it('with a number that is too low gets 500 (§12.2.2)', () => {
    const { time, alice, bob, caller, callee } = established();
    answersReinvites(bob, callee);
    alice.act(() => caller.reinvite(time.now, { body: 'offer' }));
    bob.takeSent();
    bob.peer = undefined;
    const late = edit(alice.lastRequest('INVITE')).replaceTopmost(Header.Via, 'SIP/2.0/UDP a.test;branch=z9hG4bK-l');
    bob.receive(late.toString());
    expect(bob.takeSent()).toEqual(['500']);
  });

  it('cancelled or caught by a BYE gets 487 (§9.2, §15.1.2)', () => {
    const { time, alice, bob, caller } = established();
    alice.act(() => caller.reinvite(time.now, { body: 'offer' }));
    alice.act(() => caller.bye(time.now));
    expect(bob.takeSent()).toEqual(['200', '487']);
    expect(bob.last('ended').cause).toBe('bye-received');
  });

  it('moves the remote target when it is accepted, and not when it is refused (§12.2.2)', () => {
    const { time, alice, bob, caller, callee } = established();
    caller.dialog.localContact = '<sip:alice@moved.test>';
    answersReinvites(bob, callee, 488);
    alice.act(() => caller.reinvite(time.now, { body: 'offer' }));
    expect(callee.dialog.remoteTarget).toBe('sip:alice@alice.test');
    answersReinvites(bob, callee);
    alice.act(() => caller.reinvite(time.now, { body: 'offer' }));
    expect(callee.dialog.remoteTarget).toBe('sip:alice@moved.test');
  });
});

describe('other requests within the session', () => {
  it('are handed out and answered', () => {
    const { time, alice, bob, caller, callee } = established();
    alice.act(() => caller.request('INFO', { contentType: 'text/plain', body: 'hello' }));
    const { transaction, request, session } = bob.last('incomingRequest');
    expect([request.method, request.body, session]).toEqual(['INFO', 'hello', callee]);
    bob.act(() => callee.answer(time.now, transaction, 200));
    expect(alice.last('answered').statusCode).toBe(200);
  });

  it('are sent again with the dialog’s next number after a challenge (§22.2)', () => {
    const { time, alice, bob, caller } = established();
    const request = alice.act(() => caller.request('INFO'));
    if (request !== undefined)
      alice.act(() => caller.retry(time.now, request, [[Header.Authorization, 'Digest z="1"']]));
    expect(bob.told.map((effect) => effect.type)).toEqual(['incomingRequest', 'incomingRequest']);
    expect(alice.lastRequest('INFO').cseq.number).toBe(3);
  });
});

describe('the waits of §14', () => {
  it.each([
    [true, 0, 2_100],
    [true, 0.999_999, 4_000],
    [false, 0, 0],
    [false, 0.999_999, 2_000],
  ])('owner of the Call-ID %s, random %d: %d ms', (owns, random, delayMs) => {
    expect(glareDelayMs(owns, random)).toBe(delayMs);
  });

  it('Retry-After is from 0 to 10 s', () => {
    expect([overlapRetryAfterSec(0), overlapRetryAfterSec(0.999_999)]).toEqual([0, 10]);
  });
});
