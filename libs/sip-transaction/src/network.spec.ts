import { describe, expect, it } from 'vitest';
import { CallSimulation } from './testing/call-simulation.js';
import { disagreements } from './testing/transaction-oracle.js';

const CALLS = 10_000;

function simulate(seed: number, lossRate: number, calls = CALLS): CallSimulation {
  const conditions = { lossRate, duplicationRate: 0.02, minDelayMs: 1, maxDelayMs: 350 };
  const simulation = new CallSimulation({ seed, conditions, calls, intervalMs: 10 });
  simulation.run();
  return simulation;
}

/** What the transactions did, against what the RFCs demand of each given the packets that got through. */
function judge(simulation: CallSimulation): string[] {
  const found: string[] = [];
  for (const record of simulation.log.records.values()) found.push(...disagreements(record));
  return found;
}

/** When the first ACK for a 2xx reached the callee, by Call-ID: an ACK with a branch of its own. */
function firstAcksOf2xx(simulation: CallSimulation): Map<string, number> {
  const arrivals = new Map<string, number>();
  for (const { callId, serverElement, client, server } of simulation.log.records.values()) {
    if (serverElement !== simulation.uas.address || client.some((entry) => entry.word === 'INVITE')) continue;
    for (const { at, kind, word } of server) {
      if (kind === 'delivered' && word === 'ACK') arrivals.set(callId, Math.min(at, arrivals.get(callId) ?? Infinity));
    }
  }
  return arrivals;
}

/** What each caller saw that its plan, and what the other elements did, can't explain. */
function unexplained(simulation: CallSimulation): string[] {
  const found: string[] = [];
  const ackAt = firstAcksOf2xx(simulation);
  for (const { plan, outcome } of simulation.uac.calls) {
    const callee = simulation.uas.calls.get(plan.callId)?.outcome;
    const { invite, bye } = outcome;
    const isRelayed = typeof invite === 'number' && invite === callee?.statusCode;
    const isRelays = invite === 408 && simulation.relay.answered408.has(plan.callId);
    if (!isRelayed && !isRelays && invite !== 'timeout' && invite !== 'abandoned') {
      found.push(`${plan.callId}: the caller saw ${invite}, the callee sent ${callee?.statusCode}`);
    }
    if (invite === 200 ? bye !== 200 && bye !== 'timeout' : bye !== undefined) {
      found.push(`${plan.callId}: INVITE ended with ${invite}, BYE with ${bye}`);
    }
    if (callee?.statusCode === 200) {
      // RFC 3261 §13.3.1.4: 64*T1 for the ACK.
      const isInTime = (ackAt.get(plan.callId) ?? Infinity) < callee.answeredAt + 32_000;
      if (callee.acknowledgement !== (isInTime ? 'came' : 'missing')) {
        found.push(`${plan.callId}: an ACK at ${ackAt.get(plan.callId)}, yet it was ${callee.acknowledgement}`);
      }
    }
    if (callee !== undefined && (callee.statusCode === undefined || callee.acknowledgement === undefined)) {
      found.push(`${plan.callId}: the callee’s side never ended: ${JSON.stringify(callee)}`);
    }
  }
  return found;
}

/** Calls that did not end as their plan has it. */
function incomplete(simulation: CallSimulation): string[] {
  const found: string[] = [];
  for (const { plan, outcome } of simulation.uac.calls) {
    const wanted =
      plan.callee === 'is busy'
        ? [486]
        : plan.callee === 'lets it ring'
          ? [487]
          : plan.cancelsAfterMs === undefined
            ? [200]
            : [200, 487];
    const isComplete =
      wanted.includes(outcome.invite as number) && outcome.bye === (outcome.invite === 200 ? 200 : undefined);
    if (!isComplete) found.push(`${plan.callId} (${plan.callee}): ${JSON.stringify(outcome)}`);
  }
  return found;
}

function expectNothingLeft(simulation: CallSimulation): void {
  const empty = { inviteClient: 0, inviteServer: 0, nonInviteClient: 0, nonInviteServer: 0 };
  for (const element of [simulation.uac, simulation.relay, simulation.uas]) {
    expect(element.layer.size).toEqual(empty);
    expect(element.wheel.size).toBe(0);
  }
}

function tally(simulation: CallSimulation): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { plan, outcome } of simulation.uac.calls) {
    const acknowledgement = simulation.uas.calls.get(plan.callId)?.outcome.acknowledgement ?? 'never rang';
    const key = `${outcome.invite}/${outcome.bye ?? '-'}/${acknowledgement}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

describe(`${CALLS} calls through a relay over a network that loses, doubles and reorders`, () => {
  it.each([{ seed: 3261 }])(
    'all complete at a loss of 0.1, as the RFCs have it (seed $seed)',
    { timeout: 120_000 },
    ({ seed }) => {
      const simulation = simulate(seed, 0.1);
      expect(judge(simulation)).toEqual([]);
      expect(unexplained(simulation)).toEqual([]);
      expect(incomplete(simulation)).toEqual([]);
      expectNothingLeft(simulation);
    },
  );

  it.each([{ seed: 4320 }])(
    'end at a loss of 0.3 as the packets that got through allow (seed $seed)',
    { timeout: 120_000 },
    ({ seed }) => {
      const simulation = simulate(seed, 0.3);
      expect(judge(simulation)).toEqual([]);
      expect(unexplained(simulation)).toEqual([]);
      expectNothingLeft(simulation);
      const counts = tally(simulation);
      // The network was bad enough for the rare endings to be among them.
      expect(Object.keys(counts).length).toBeGreaterThan(8);
      expect(counts['200/200/came']).toBeGreaterThan(CALLS / 3);
    },
  );

  it('end when nothing gets through at all', () => {
    const simulation = simulate(1, 1, 50);
    expect(judge(simulation)).toEqual([]);
    expect(tally(simulation)).toEqual({ 'timeout/-/never rang': 50 });
    expectNothingLeft(simulation);
  });

  it('does the same for the same seed', () => {
    const [first, second] = [simulate(7, 0.3, 200), simulate(7, 0.3, 200)];
    expect([...second.log.records.values()]).toEqual([...first.log.records.values()]);
    expect([...simulate(8, 0.3, 200).log.records.values()]).not.toEqual([...first.log.records.values()]);
  });
});
