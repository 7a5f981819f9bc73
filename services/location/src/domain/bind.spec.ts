import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChange, noState } from '../testing/apply-change.js';
import { contact, register } from '../testing/contacts.js';
import { type BindCommand, bind } from './bind.js';
import { type AddressState, liveBindings, tombstoneMs } from './binding.js';
import { unbind } from './unbind.js';

const startMs = 1_700_000_000_000;

interface Step {
  readonly atMs: number;
  readonly command: BindCommand;
  readonly outcome: string;
  /** What is bound afterwards: `key cseq`, the most recently set first. */
  readonly bound: string;
}

const desk = contact('desk');
const mobile = contact('mobile');
const gone = contact('desk', { expiresSec: 0 });

function step(atMs: number, command: BindCommand, outcome: string, boundAfter: string): Step {
  return { atMs, command, outcome, bound: boundAfter };
}

const stories: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  [
    'RFC 3261 §10.3 step 7: a contact that is not bound is added',
    [step(0, register('a', 1, [desk]), 'changed', 'desk 1')],
  ],
  [
    'several contacts, each by itself',
    [
      step(0, register('a', 1, [mobile, desk]), 'changed', 'desk 1, mobile 1'),
      step(1, register('a', 2, [desk]), 'changed', 'desk 2, mobile 1'),
    ],
  ],
  [
    'the same Call-ID and a higher CSeq refreshes',
    [
      step(0, register('a', 1, [desk]), 'changed', 'desk 1'),
      step(30_000, register('a', 2, [desk]), 'changed', 'desk 2'),
      step(80_000, register('b', 1, [mobile]), 'changed', 'mobile 1, desk 2'),
    ],
  ],
  [
    'the same Call-ID and a lower CSeq fails',
    [
      step(0, register('a', 5, [desk]), 'changed', 'desk 5'),
      step(1, register('a', 4, [desk]), 'out-of-order 5', 'desk 5'),
    ],
  ],
  [
    'the same Call-ID and CSeq with another content fails',
    [
      step(0, register('a', 5, [desk]), 'changed', 'desk 5'),
      step(1, register('a', 5, [contact('desk', { expiresSec: 90 })]), 'out-of-order 5', 'desk 5'),
    ],
  ],
  [
    'the very same request again is success, and changes nothing',
    [step(0, register('a', 5, [desk]), 'changed', 'desk 5'), step(1, register('a', 5, [desk]), 'repeated', 'desk 5')],
  ],
  [
    'the same request over another flow is still the same request',
    [
      step(0, register('a', 5, [desk]), 'changed', 'desk 5'),
      step(
        1,
        register('a', 5, [{ ...desk, path: ['<sip:e2>'], flow: { ...desk.flow, edgeId: 'e2' } }]),
        'repeated',
        'desk 5',
      ),
    ],
  ],
  [
    'another Call-ID says nothing about the order: a phone that started anew',
    [step(0, register('a', 5, [desk]), 'changed', 'desk 5'), step(1, register('b', 1, [desk]), 'changed', 'desk 1')],
  ],
  [
    'one contact out of order fails the whole request',
    [
      step(0, register('a', 5, [desk]), 'changed', 'desk 5'),
      step(1, register('a', 4, [mobile, desk]), 'out-of-order 5', 'desk 5'),
    ],
  ],
  [
    'contacts that the request does not name say nothing about its order',
    [
      step(0, register('a', 5, [desk]), 'changed', 'desk 5'),
      step(1, register('a', 4, [mobile]), 'changed', 'mobile 4, desk 5'),
    ],
  ],
  [
    'expires 0 removes, and a request from before comes too late',
    [
      step(0, register('a', 1, [desk]), 'changed', 'desk 1'),
      step(1, register('a', 2, [gone]), 'changed', ''),
      step(2, register('a', 1, [desk]), 'out-of-order 2', ''),
      step(3, register('a', 2, [gone]), 'repeated', ''),
      step(4, register('a', 3, [desk]), 'changed', 'desk 3'),
    ],
  ],
  [
    'a removal that overtakes its binding holds',
    [step(0, register('a', 2, [gone]), 'changed', ''), step(1, register('a', 1, [desk]), 'out-of-order 2', '')],
  ],
  [
    'a removal is forgotten after 32 s',
    [
      step(0, register('a', 2, [gone]), 'changed', ''),
      step(tombstoneMs - 1, register('a', 1, [desk]), 'out-of-order 2', ''),
      step(tombstoneMs, register('a', 1, [desk]), 'changed', 'desk 1'),
    ],
  ],
  [
    'RFC 3261 §10.3 step 6: * removes all, whatever the Call-ID',
    [
      step(0, register('a', 1, [desk]), 'changed', 'desk 1'),
      step(1, register('b', 1, [mobile]), 'changed', 'mobile 1, desk 1'),
      step(2, register('c', 1, '*'), 'changed', ''),
    ],
  ],
  [
    '* with a CSeq that is not higher removes nothing',
    [
      step(0, register('a', 5, [desk]), 'changed', 'desk 5'),
      step(1, register('b', 1, [mobile]), 'changed', 'mobile 1, desk 5'),
      step(2, register('a', 4, '*'), 'out-of-order 5', 'mobile 1, desk 5'),
      step(3, register('a', 5, '*'), 'out-of-order 5', 'mobile 1, desk 5'),
    ],
  ],
  [
    '* again is success, and late requests stay out for every contact',
    [
      step(0, register('a', 1, [desk]), 'changed', 'desk 1'),
      step(1, register('a', 3, '*'), 'changed', ''),
      step(2, register('a', 3, '*'), 'repeated', ''),
      step(3, register('a', 2, [mobile]), 'out-of-order 3', ''),
      step(4, register('b', 1, [mobile]), 'changed', 'mobile 1'),
    ],
  ],
  ['* where nothing is bound is success', [step(0, register('a', 1, '*'), 'changed', '')]],
  [
    'an expired binding orders nothing and counts for nothing',
    [
      step(0, register('a', 5, [desk], { maxContacts: 1 }), 'changed', 'desk 5'),
      step(60_000, register('a', 4, [mobile], { maxContacts: 1 }), 'changed', 'mobile 4'),
      step(60_001, register('a', 5, [desk], { maxContacts: 2 }), 'changed', 'desk 5, mobile 4'),
    ],
  ],
  [
    'too many contacts: none is bound',
    [
      step(0, register('a', 1, [desk], { maxContacts: 2 }), 'changed', 'desk 1'),
      step(1, register('b', 1, [mobile, contact('web')], { maxContacts: 2 }), 'too-many-contacts 3', 'desk 1'),
      step(2, register('b', 2, [mobile], { maxContacts: 2 }), 'changed', 'mobile 2, desk 1'),
    ],
  ],
  [
    'replacing a contact keeps within the limit',
    [
      step(0, register('a', 1, [desk], { maxContacts: 1 }), 'changed', 'desk 1'),
      step(1, register('a', 2, [gone, mobile], { maxContacts: 1 }), 'changed', 'mobile 2'),
    ],
  ],
  [
    'a limit below what is bound still lets contacts be refreshed',
    [
      step(0, register('a', 1, [desk, mobile]), 'changed', 'desk 1, mobile 1'),
      step(1, register('a', 2, [desk], { maxContacts: 1 }), 'changed', 'desk 2, mobile 1'),
      step(2, register('a', 3, [contact('web')], { maxContacts: 1 }), 'too-many-contacts 3', 'desk 2, mobile 1'),
    ],
  ],
];

/** Applies a command; throws if what it says is bound isn't what its rows are. */
function run(state: AddressState, command: BindCommand, nowMs: number): { outcome: string; state: AddressState } {
  const decision = bind(state, command, nowMs);
  switch (decision.kind) {
    case 'changed': {
      const after = applyChange(state, decision);
      deepStrictEqual(decision.bindings, liveBindings(after, nowMs));
      return { outcome: 'changed', state: after };
    }
    case 'out-of-order':
      return { outcome: `out-of-order ${decision.currentCseq}`, state };
    case 'too-many-contacts':
      return { outcome: `too-many-contacts ${decision.contacts}`, state };
    case 'repeated':
      return { outcome: 'repeated', state };
  }
}

describe('bind', () => {
  it.each(stories)('%s', (_, steps) => {
    let state = noState;
    for (const { atMs, command, outcome, bound } of steps) {
      const result = run(state, command, startMs + atMs);
      state = result.state;
      const now = liveBindings(state, startMs + atMs).map((binding) => `${binding.bindingKey} ${binding.cseq}`);
      expect([result.outcome, now.join(', ')]).toEqual([outcome, bound]);
    }
  });

  it('binds what the contact says, until it expires', () => {
    const item = contact('desk', { qThousandths: 700, path: ['<sip:p1>', '<sip:p2>'], expiresSec: 3600 });
    const decision = bind(noState, register('a', 1, [item]), startMs);
    if (decision.kind !== 'changed') throw new Error(decision.kind);
    const { expiresSec: _, ...written } = item;
    expect(decision.put).toMatchObject([{ ...written, callId: 'a', cseq: 1, expiresAtMs: startMs + 3_600_000 }]);
  });

  it('never binds by an older request of a Call-ID than the newest it accepted, in whatever order they come', () => {
    const requests = fc.array(
      fc.record({
        cseq: fc.integer({ min: 1, max: 6 }),
        keys: fc.constantFrom(['x'], ['y'], ['x', 'y']),
        remove: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(requests, (sequence) => {
        let state = noState;
        const newest = new Map<string, number>();
        sequence.forEach(({ cseq, keys, remove }, i) => {
          const contacts = keys.map((key) => contact(key, { expiresSec: remove ? 0 : 60 }));
          const result = run(state, register('a', cseq, contacts), startMs + i);
          state = result.state;
          if (result.outcome !== 'changed') return;
          for (const key of keys) {
            expect(cseq).toBeGreaterThan(newest.get(key) ?? 0);
            newest.set(key, cseq);
          }
        });
      }),
    );
  });
});

describe('unbind', () => {
  const flow = {
    kind: 'unbind',
    tenantId: 't1',
    addressOfRecord: 'sip:alice@example.org',
    flowToken: 'flow-desk',
    edgeId: 'e1',
    incarnation: 'i1',
  } as const;
  const { state } = run(noState, register('a', 5, [desk, mobile]), startMs);

  it.each([
    ['the binding that uses the flow', {}, 1],
    ['that binding by its key', { bindingKey: 'desk' }, 1],
    ['another binding by its key', { bindingKey: 'mobile' }, 0],
    ['another flow', { flowToken: 'flow-other' }, 0],
    ['the same token of another edge', { edgeId: 'e2' }, 0],
    ['the same token of an earlier start of the edge', { incarnation: 'i0' }, 0],
  ])('%s', (_, difference, removed) => {
    const decision = unbind(state, { ...flow, bindingKey: undefined, ...difference }, startMs + 1);
    expect(decision.kind === 'changed' ? decision.removed : 0).toBe(removed);
  });

  it('leaves a binding that has moved to another flow', () => {
    const moved = run(state, register('a', 6, [{ ...desk, flow: { ...desk.flow, token: 'flow-new' } }]), startMs + 1);
    expect(unbind(moved.state, { ...flow, bindingKey: 'desk' }, startMs + 2)).toEqual({ kind: 'unchanged' });
  });

  it('lets the REGISTER that had set the binding set it again, and no older one', () => {
    const decision = unbind(state, { ...flow, bindingKey: undefined }, startMs + 1);
    if (decision.kind !== 'changed') throw new Error(decision.kind);
    const after = applyChange(state, decision);
    expect(run(after, register('a', 4, [desk]), startMs + 2).outcome).toBe('out-of-order 4');
    expect(run(after, register('a', 5, [desk]), startMs + 2).outcome).toBe('changed');
  });

  it('finds nothing to remove in a binding that has expired', () => {
    expect(unbind(state, { ...flow, bindingKey: undefined }, startMs + 60_000)).toEqual({ kind: 'unchanged' });
  });
});
