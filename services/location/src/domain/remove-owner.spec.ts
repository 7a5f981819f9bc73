import { describe, expect, it } from 'vitest';
import { applyChange } from '../testing/apply-change.js';
import { bound, contact, register } from '../testing/contacts.js';
import { bind } from './bind.js';
import type { AddressState } from './binding.js';
import { removeOwner } from './remove-owner.js';

const now = 1_000_000;
const state = (...set: readonly [key: string, atMs: number][]): AddressState => ({
  bindings: set.map(([key, atMs]) => bound(`call-${key}`, 7, contact(key), atMs)),
  tombstones: [],
});

describe('removeOwner', () => {
  it.each<[string, AddressState, number, string[] | undefined]>([
    ['nothing bound', state(), 0, undefined],
    ['what was bound before', state(['a', now - 10], ['b', now]), 0, []],
    ['a successor’s binding stays', state(['a', now - 3_000], ['b', now - 1_000]), 2_000, ['b']],
    ['only a successor’s', state(['b', now - 1_000]), 2_000, undefined],
    ['what has expired is the sweep’s', state(['a', now - 100_000]), 0, undefined],
  ])('%s', (_, before, ageMs, left) => {
    const decision = removeOwner(before, now, ageMs);
    const described =
      decision.kind === 'unchanged'
        ? undefined
        : { reason: decision.reason, removed: decision.removed, left: decision.bindings.map((it) => it.bindingKey) };
    expect(described).toEqual(left && { reason: 'owner-gone', removed: before.bindings.length - left.length, left });
  });

  it('leaves no way back for a REGISTER that comes late, and lets a successor’s phone in', () => {
    const before = state(['a', now - 10]);
    const decision = removeOwner(before, now, 0);
    if (decision.kind !== 'changed') throw new Error(decision.kind);
    const after = applyChange(before, decision);
    expect(bind(after, register('call-a', 7, [contact('a')]), now + 1)).toEqual({
      kind: 'out-of-order',
      currentCseq: 7,
    });
    expect(bind(after, register('another', 1, [contact('a')]), now + 1)).toMatchObject({ kind: 'changed' });
  });
});
