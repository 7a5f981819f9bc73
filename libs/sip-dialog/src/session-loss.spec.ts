import { describe, expect, it } from 'vitest';
import { connectedPair, type SimulatedAgent } from './testing/simulated-agent.js';

/** mulberry32: small, and the same for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A user that answers everything: calls after a while of ringing, re-INVITEs at once. */
function obliging(agent: SimulatedAgent, random: () => number): void {
  agent.react = (effect) => {
    const { now } = agent.time;
    if (effect.type === 'incoming') effect.call.ring(now);
    if (effect.type === 'reinvite') effect.session.answer(now, effect.transaction, random() < 0.8 ? 200 : 488);
    if (effect.type === 'subscribe') effect.notifier.accept(now, { state: 'active', expiresSec: 60, statusCode: 202 });
    if (effect.type === 'incomingRequest') effect.session?.answer(now, effect.transaction, 200);
  };
}

function act(agent: SimulatedAgent, chosen: number): void {
  const { now } = agent.time;
  const effects = agent.told;
  const session = effects.findLast(
    (effect) => effect.type === 'established' || effect.type === 'acknowledged',
  )?.session;
  const call = effects.find((effect) => effect.type === 'incoming')?.call;
  agent.act(() => {
    if (chosen < 0.3) call?.accept(now, { body: 'answer' });
    else if (chosen < 0.55) session?.reinvite(now, { body: 'offer' });
    else if (chosen < 0.7) session?.request('INFO');
    else if (chosen < 0.75) call?.reject(486);
    else if (chosen < 0.8) session?.bye(now);
  });
}

describe('calls over a network that loses packets', () => {
  it.each([
    [0, 150],
    [0.1, 150],
    [0.3, 150],
    [0.6, 100],
  ])('with a loss of %d, all of %i calls end at both sides and leave nothing behind', (loss, calls) => {
    let established = 0;
    let reinvited = 0;
    for (let seed = 1; seed <= calls; seed++) {
      const random = seededRandom(seed * 7919);
      const { time, alice, bob } = connectedPair();
      for (const agent of [alice, bob]) {
        agent.loses = () => random() < loss;
        agent.random = random();
        obliging(agent, random);
      }
      const call = alice.act(() => alice.core.invite(alice.initial('bob', { body: 'offer' }), alice.contact));
      for (let step = 0; step < 12; step++) {
        time.pass(Math.floor(random() * 3_000));
        act(random() < 0.5 ? alice : bob, random());
      }
      alice.act(() => call.cancel(time.now));
      for (const agent of [alice, bob]) {
        for (const effect of agent.told) {
          if (effect.type === 'established' || effect.type === 'acknowledged')
            agent.act(() => effect.session.bye(time.now));
        }
      }
      time.pass(200_000);
      // A call that rings for a caller who is gone is its user's to end.
      const ringing = bob.told.find((effect) => effect.type === 'incoming')?.call;
      bob.act(() => ringing?.reject(480));
      time.pass(200_000);
      const left = [alice, bob].map((agent) => ({
        dialogs: agent.core.dialogs.size,
        pending: agent.core.dialogs.pending,
        timers: agent.wheel.size,
        transactions: Object.values(agent.layer.size).reduce((sum, count) => sum + count, 0),
      }));
      if (alice.told.some((effect) => effect.type === 'established')) established += 1;
      for (const agent of [alice, bob]) reinvited += agent.told.filter((effect) => effect.type === 'reinvited').length;
      const nothing = { dialogs: 0, pending: { subscriptions: 0, calls: 0 }, timers: 0, transactions: 0 };
      expect({ seed, left }).toEqual({ seed, left: [nothing, nothing] });
    }
    expect(established).toBeGreaterThan(calls / 4);
    expect(reinvited).toBeGreaterThan(calls / 8);
  });
});
