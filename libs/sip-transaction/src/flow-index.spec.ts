import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FlowIndex } from './flow-index.js';
import { request } from './testing/sip-text.js';
import { type TestFlow, TransactionRig } from './testing/transaction-rig.js';
import type { ClientTransaction } from './transaction.js';

/** Client transactions on three flows, the last of them unreliable, which nothing but this test lists. */
const flows: readonly TestFlow[] = [
  { name: 'first', reliable: true },
  { name: 'second', reliable: true },
  { name: 'datagrams', reliable: false },
];
const via = (index: number) => `SIP/2.0/TCP pc33.example.com;branch=z9hG4bK${index}`;

function transactions(): ClientTransaction<TestFlow>[] {
  const { layer, now } = new TransactionRig(true);
  return Array.from({ length: 12 }, (_, index) =>
    layer.startClient(now, request({ via: via(index) }), flows[index % flows.length] as TestFlow),
  );
}

it('lists what was added to each reliable flow and not removed, oldest first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 11 }), { maxLength: 80 }), (toggles) => {
      const all = transactions();
      for (const each of all) {
        each.nextOnFlow = undefined;
        each.previousOnFlow = undefined;
      }
      const index = new FlowIndex<TestFlow>();
      const present = new Set<ClientTransaction<TestFlow>>();
      for (const toggle of toggles) {
        const transaction = all[toggle] as ClientTransaction<TestFlow>;
        if (present.delete(transaction)) index.remove(transaction);
        else {
          present.add(transaction);
          index.add(transaction);
        }
        const listed = flows.map((flow) => index.on(flow).map(({ key }) => key));
        const wanted = flows.map((flow) =>
          [...present].filter((each) => flow.reliable && each.flow === flow).map(({ key }) => key),
        );
        expect(listed).toEqual(wanted);
        expect(index.size).toBe(wanted.filter((keys) => keys.length > 0).length);
      }
    }),
    { numRuns: 300, seed: 3261 },
  );
});
