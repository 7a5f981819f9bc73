import { describe, expect, it } from 'vitest';
import { bound, contact } from '../testing/contacts.js';
import { type AddressState, liveBindings } from './binding.js';
import { expire } from './expire.js';

const startMs = 1_700_000_000_000;
const state: AddressState = {
  bindings: [
    bound('a', 1, contact('short', { expiresSec: 10 }), startMs),
    bound('a', 1, contact('long', { expiresSec: 20 }), startMs),
  ],
  tombstones: [{ bindingKey: 'removed', callId: 'a', cseq: 1, requestDigest: '', expiresAtMs: startMs }],
};

describe('expire', () => {
  it.each([
    ['before anything is due', 9_999, [], ['long', 'short']],
    ['at the moment the first is due', 10_000, ['short'], ['long']],
    ['when all are due', 20_000, ['short', 'long'], []],
  ])('%s', (_, afterMs, expired, left) => {
    const decision = expire(state, startMs + afterMs);
    const [drop, bindings] =
      decision.kind === 'changed' ? [decision.drop, decision.bindings] : [[], liveBindings(state, startMs + afterMs)];
    expect(drop).toEqual(expired);
    expect(bindings.map((binding) => binding.bindingKey)).toEqual(left);
  });
});
