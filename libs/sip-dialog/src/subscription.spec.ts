import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import { formatSipfrag, referTarget, sipfragStatusCode, sipfragType } from './refer.js';
import { endsSubscription, subscriptionStateOf } from './subscription-state.js';
import { connectedPair, type SimulatedAgent } from './testing/simulated-agent.js';

function subscribed(expiresSec = 600) {
  const { time, alice, bob } = connectedPair({ reliable: true });
  const wanted = { method: 'SUBSCRIBE', event: 'conference', expiresSec, contact: alice.contact } as const;
  const subscription = alice.act(() => alice.core.subscribe(time.now, wanted, alice.initial('bob')));
  return { time, alice, bob, subscription, notifier: bob.last('subscribe').notifier };
}

function stateOf(agent: SimulatedAgent): string | undefined {
  return agent.lastRequest('NOTIFY').value(Header.SubscriptionState);
}

describe('a subscription (RFC 6665)', () => {
  it('is granted with a NOTIFY at once, which makes the dialog (§4.2.1.2, §4.4.1)', () => {
    const { time, alice, bob, subscription, notifier } = subscribed();
    expect(subscription.state).toBe('notify-wait');
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 600 }, { body: 'state' }));
    expect(bob.takeSent()).toEqual(['200', 'NOTIFY']);
    expect(stateOf(bob)).toBe('active;expires=600');
    expect(subscription.state).toBe('active');
    expect(subscription.dialog?.key).toBeDefined();
    expect(alice.takeTold()).toEqual(['subscriptionAnswered', 'notified']);
  });

  it.each([
    ['pending', 'active;expires=600', 'active'],
    ['active', 'pending;expires=600', 'pending'],
  ] as const)('goes from %s on a NOTIFY with %s', (from, value, to) => {
    const { time, bob, subscription, notifier } = subscribed();
    bob.act(() => notifier.accept(time.now, { state: from, expiresSec: 600 }));
    expect(subscription.state).toBe(from);
    bob.act(() => notifier.notify(time.now, to, {}));
    expect([stateOf(bob), subscription.state]).toEqual([value, to]);
  });

  it('is over when the notifier says so', () => {
    const { time, alice, bob, subscription, notifier } = subscribed();
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 600 }));
    bob.act(() => notifier.terminate('noresource'));
    expect(subscription.state).toBe('terminated');
    expect(alice.last('subscriptionEnded').reason).toBe('noresource');
    expect([alice.core.dialogs.pending.subscriptions, bob.core.dialogs.size]).toEqual([0, 0]);
  });

  it('is refused', () => {
    const { alice, bob, subscription, notifier } = subscribed();
    bob.act(() => notifier.reject(489));
    expect(subscription.state).toBe('terminated');
    expect(alice.last('subscriptionEnded')).toMatchObject({ reason: 'refused', statusCode: 489 });
  });

  it('fails without a NOTIFY by timer N (§4.1.2.4)', () => {
    const { time, alice, bob, notifier } = subscribed();
    bob.loses = (message) => message.kind === 'request';
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 600 }));
    time.pass(32_100);
    expect(alice.last('subscriptionEnded').reason).toBe('no-notify');
    expect(bob.last('unsubscribed').notifier).toBe(notifier);
  });

  it('is refreshed in time, and each refresh is answered with the state (§4.1.2.2, §4.2.1.2)', () => {
    const { time, alice, bob, subscription, notifier } = subscribed();
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 600 }, { body: 'state' }));
    alice.takeSent();
    bob.takeSent();
    time.pass(599_000);
    expect(alice.takeSent()).toEqual(['SUBSCRIBE', '200']);
    expect(bob.takeSent()).toEqual(['200', 'NOTIFY']);
    expect(bob.lastRequest('NOTIFY').body).toBe('state');
    time.pass(100_000);
    expect(subscription.state).toBe('active');
  });

  it('asks for the state again on each refresh and at the end, and tells how a NOTIFY was answered', () => {
    const { time, alice, bob, subscription, notifier } = subscribed();
    let asked = 0;
    const state = () => ({ body: `state ${++asked}` });
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 600 }, state));
    expect(bob.lastRequest('NOTIFY').body).toBe('state 1');
    expect(bob.last('notifyAnswered').statusCode).toBe(200);
    time.pass(599_000);
    expect(bob.lastRequest('NOTIFY').body).toBe('state 2');
    alice.act(() => subscription.unsubscribe(time.now));
    expect(bob.lastRequest('NOTIFY').body).toBe('state 3');
    expect(stateOf(bob)).toBe('terminated;reason=timeout');
  });

  it('ends at the subscriber’s wish with a last NOTIFY (§4.1.2.3)', () => {
    const { time, alice, bob, subscription, notifier } = subscribed();
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 600 }));
    alice.act(() => subscription.unsubscribe(time.now));
    expect(stateOf(bob)).toBe('terminated;reason=timeout');
    expect(subscription.state).toBe('terminated');
  });

  it('runs out with a last NOTIFY (§4.2.1.4)', () => {
    const { time, alice, bob, notifier } = subscribed();
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 600 }));
    alice.loses = (message) => message.kind === 'request';
    time.pass(600_100);
    expect(notifier.state).toBe('terminated');
    expect(stateOf(bob)).toBe('terminated;reason=timeout');
  });

  it('a SUBSCRIBE without an event gets 489, a NOTIFY for none 481', () => {
    const { alice, bob } = subscribed();
    bob.takeSent();
    const subscribe = alice.lastRequest('SUBSCRIBE').raw.replaceAll('branch=', 'branch=z9hG4bK9');
    bob.receive(subscribe.replace('Event: conference\r\n', '').replace('1 SUBSCRIBE', '2 SUBSCRIBE'));
    bob.receive(subscribe.replace('SUBSCRIBE sip', 'NOTIFY sip').replace('1 SUBSCRIBE', '3 NOTIFY'));
    expect(bob.takeSent()).toEqual(['489', '481']);
  });

  it.each([
    [404, true],
    [408, true],
    [481, true],
    [489, true],
    [604, true],
    [486, false],
    [500, false],
    [503, false],
    [200, false],
  ])('a refresh or NOTIFY answered with %i ends it: %s', (statusCode, ends) => {
    expect(endsSubscription(statusCode)).toBe(ends);
  });
});

describe('REFER (RFC 3515)', () => {
  function referred() {
    const { time, alice, bob } = connectedPair({ reliable: true });
    alice.act(() => alice.core.invite(alice.initial('bob', { body: 'offer' }), alice.contact));
    bob.act(() => bob.last('incoming').call.accept(time.now, { body: 'answer' }));
    const { session } = alice.last('established');
    const wanted = {
      method: 'REFER',
      event: 'refer',
      expiresSec: undefined,
      contact: alice.contact,
      headers: [[Header.ReferTo, '<sip:carol@example.com>']],
    } as const;
    const subscription = alice.act(() => alice.core.subscribe(time.now, wanted, session.dialog));
    return { time, alice, bob, session, subscription, notifier: bob.last('subscribe').notifier };
  }

  it('subscribes implicitly, and its NOTIFYs tell how the referred request fares (§2.4.4, §2.4.5)', () => {
    const { time, alice, bob, subscription, notifier } = referred();
    expect(referTarget(notifier.request)).toBe('sip:carol@example.com');
    const progress = { contentType: sipfragType, body: formatSipfrag(100) };
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 180, statusCode: 202 }, progress));
    expect(bob.lastRequest('NOTIFY').value(Header.Event)).toBe('refer;id=2');
    expect(alice.last('subscriptionAnswered').response.statusCode).toBe(202);
    expect(sipfragStatusCode(alice.last('notified').request.body)).toBe(100);
    bob.act(() => notifier.terminate('noresource', { contentType: sipfragType, body: formatSipfrag(200) }));
    expect(sipfragStatusCode(alice.last('notified').request.body)).toBe(200);
    expect(subscription.state).toBe('terminated');
  });

  it('outlives the session whose dialog it shares (RFC 5057 §2)', () => {
    const { time, alice, bob, session, subscription, notifier } = referred();
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 180, statusCode: 202 }));
    alice.act(() => session.bye(time.now));
    expect(bob.core.dialogs.size).toBe(1);
    bob.act(() => notifier.terminate('noresource', { body: formatSipfrag(200) }));
    expect(alice.last('subscriptionEnded').subscription).toBe(subscription);
    expect(bob.core.dialogs.size).toBe(0);
    expect(session.dialog.state).toBe('terminated');
  });

  it('refused ends the subscription that it would have made', () => {
    const { alice, bob, notifier, session } = referred();
    bob.act(() => notifier.reject(603));
    expect(alice.last('subscriptionEnded').statusCode).toBe(603);
    expect(session.state).toBe('established');
  });

  it.each([
    ['SIP/2.0 200 OK\r\n', 200],
    ['SIP/2.0 503', 503],
    ['SIP/2.0 1000 No', undefined],
    ['INVITE sip:a@b SIP/2.0\r\n', undefined],
    ['', undefined],
  ])('sipfrag %j is %s', (body, statusCode) => {
    expect(sipfragStatusCode(body)).toBe(statusCode);
  });

  it('subscription states are read whatever their case and order', () => {
    const { time, bob, notifier } = referred();
    bob.act(() => notifier.accept(time.now, { state: 'active', expiresSec: 60 }));
    expect(subscriptionStateOf(bob.lastRequest('NOTIFY'))).toEqual({
      state: 'active',
      expiresSec: 60,
      reason: undefined,
      retryAfterSec: undefined,
    });
  });
});
