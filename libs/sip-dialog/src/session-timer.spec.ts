import { Header } from '@ringdown/sip-message';
import { describe, expect, it } from 'vitest';
import type { InviteSession } from './invite-session.js';
import { connectedPair, type TestFlow } from './testing/simulated-agent.js';

function established() {
  const { time, alice, bob } = connectedPair({ reliable: true });
  alice.act(() => alice.core.invite(alice.initial('bob', { body: 'offer' }), alice.contact));
  const callee = bob.act(() =>
    bob.last('incoming').call.accept(time.now, { body: 'answer' }),
  ) as InviteSession<TestFlow>;
  alice.takeSent();
  alice.takeTold();
  const { session } = bob.last('acknowledged');
  return { time, alice, bob, session, callee };
}

/** The seconds after which the agent was told that a refresh is due, until the session is over. */
function refreshesOf(intervalSec: number): { dueAtSec: number[]; endedAtSec: number } {
  const { time, bob, callee } = established();
  const begun = time.now;
  const dueAtSec: number[] = [];
  let endedAtSec = 0;
  bob.react = (effect) => {
    if (effect.type === 'refreshDue') dueAtSec.push(Math.round((time.now - begun) / 100) / 10);
    if (effect.type === 'ended') endedAtSec = Math.round((time.now - begun) / 100) / 10;
  };
  bob.act(() => callee.timer.start(time.now, { intervalSec, refreshes: true }));
  time.pass(intervalSec * 1_000);
  return { dueAtSec, endedAtSec };
}

describe('SessionTimer (RFC 4028 §10)', () => {
  it.each<[intervalSec: number, firstSec: number, endSec: number, times: number]>([
    [90, 45, 60, 3],
    [1_800, 900, 1_768, 9],
  ])(
    'refreshes a session of %i s at half time, again while that fails, and ends it in time',
    (interval, first, end, times) => {
      const { dueAtSec, endedAtSec } = refreshesOf(interval);
      expect(dueAtSec[0]).toBeCloseTo(first, 0);
      expect(dueAtSec.length).toBeLessThanOrEqual(times);
      expect(dueAtSec.length).toBeGreaterThan(1);
      expect(endedAtSec).toBeCloseTo(end, 0);
    },
  );

  it('starts anew with each agreement', () => {
    const { time, bob, callee } = established();
    bob.act(() => callee.timer.start(time.now, { intervalSec: 90, refreshes: false }));
    time.pass(50_000);
    bob.act(() => callee.timer.start(time.now, { intervalSec: 90, refreshes: false }));
    time.pass(50_000);
    expect(callee.state).toBe('established');
    time.pass(11_000);
    expect(bob.last('ended').cause).toBe('session-expired');
  });

  it('says in its BYE why', () => {
    const { time, alice, bob, callee } = established();
    bob.act(() => callee.timer.start(time.now, { intervalSec: 90, refreshes: false }));
    time.pass(61_000);
    expect(bob.lastRequest('BYE').value(Header.Reason)).toContain('cause=408');
    expect(alice.last('ended').cause).toBe('bye-received');
  });

  it('stops with the session, and starts for none that is over', () => {
    const { time, alice, bob, callee } = established();
    bob.act(() => callee.timer.start(time.now, { intervalSec: 90, refreshes: true }));
    bob.act(() => callee.bye(time.now));
    bob.act(() => callee.timer.start(time.now, { intervalSec: 90, refreshes: true }));
    bob.takeTold();
    time.pass(100_000);
    expect(bob.takeTold()).toEqual([]);
    expect([alice, bob].map((agent) => agent.wheel.nextDeadline())).toEqual([undefined, undefined]);
  });
});
