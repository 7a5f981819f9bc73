import { TimerWheel } from '@ringdown/sip-transaction';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BranchFailure } from './branch.js';
import type { ForwardTarget } from './fork-target.js';
import type { ProxyEffect } from './proxy-effect.js';
import { ResponseContext } from './response-context.js';
import { type ForkEvent, ForkObserver } from './testing/fork-observer.js';
import { target } from './testing/fork-script.js';
import { sampleResponse } from './testing/sample-messages.js';

const STATUSES = [100, 180, 183, 200, 202, 300, 302, 401, 407, 408, 404, 430, 480, 486, 487, 500, 503, 600, 603];
const pick = fc.nat(50);
const event: fc.Arbitrary<ForkEvent> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('response' as const), pick, status: fc.constantFrom(...STATUSES) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('failure' as const),
      pick,
      failure: fc.constantFrom<BranchFailure>('timeout', 'transport', 'flow-gone'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resolved' as const), pick, hopCount: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('add' as const), q: fc.constantFrom(1000, 500, 0), hopCount: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), delayMs: fc.constantFrom(1, 5_000, 32_000, 185_000) }),
  },
);

const scenario = fc.record({
  method: fc.constantFrom('INVITE', 'INVITE', 'MESSAGE'),
  maxBreadth: fc.constantFrom(1, 2, 3, 60),
  serialRingMs: fc.constantFrom(undefined, 10_000),
  recurses: fc.boolean(),
  targets: fc.array(
    fc.record({
      qThousandths: fc.constantFrom(1000, 500, 0),
      hopCount: fc.nat(3),
      failover: fc.constantFrom('flows' as const, 'addresses' as const),
    }),
    { maxLength: 6 },
  ),
  events: fc.array(event, { maxLength: 40 }),
});

describe('forking', () => {
  it('always ends with exactly one final answer (or several 2xx), every branch ended or cancelled', () => {
    fc.assert(
      fc.property(scenario, (settings) => {
        const observer = new ForkObserver(settings);
        observer.start(settings.targets);
        for (const step of settings.events) observer.apply(step);
        // Whatever is still open never answers: timers and timeouts alone have to end it.
        for (let round = 0; round < 200 && !observer.context.finished; round++) {
          if (observer.choose(0, false) !== undefined) observer.apply({ kind: 'resolved', pick: 0, hopCount: 1 });
          else if (settings.method === 'INVITE') observer.apply({ kind: 'wait', delayMs: 185_000 });
          else observer.apply({ kind: 'failure', pick: 0, failure: 'timeout' });
        }
        expect(observer.violations).toEqual([]);
        expect(observer.finishedCount).toBe(1);
      }),
      { numRuns: Number(process.env['FORKING_RUNS'] ?? 3000) },
    );
  }, 120_000);

  it('a branch that answered 2xx to an INVITE is never cancelled, all others are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(11), fc.nat(11), (count, ringing, answering) => {
        const effects: ProxyEffect<ForwardTarget>[] = [];
        const context = new ResponseContext<ForwardTarget>({
          method: 'INVITE',
          wheel: new TimerWheel(0),
          effects,
          maxBreadth: 60,
        });
        const targets = Array.from({ length: count }, (_, index) => target(String(index)));
        context.start(0, targets);
        context.responseReceived(1, ringing % count, sampleResponse(180));
        context.responseReceived(2, answering % count, sampleResponse(200));
        const cancelled = effects.flatMap((effect) => (effect.type === 'cancelBranch' ? [effect.branch] : []));
        const others = targets.map((_, index) => index).filter((index) => index !== answering % count);
        expect(cancelled).toEqual(others);
      }),
    );
  });
});
