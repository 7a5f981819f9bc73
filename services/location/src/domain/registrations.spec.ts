import { describe, expect, it } from 'vitest';
import { bound, contact, register } from '../testing/contacts.js';
import { bind } from './bind.js';
import type { AddressState } from './binding.js';
import { expire } from './expire.js';
import { type RegistrationClaim, refusedClaims, registrationStep } from './registrations.js';

const now = 1_000_000;
const empty: AddressState = { bindings: [], tombstones: [] };

function bindingsOf(...keys: readonly string[]): AddressState {
  return { bindings: keys.map((key) => bound('c0', 1, contact(key), now - 1_000)), tombstones: [] };
}

const expired: AddressState = { bindings: [bound('c0', 1, contact('a'), now - 100_000)], tombstones: [] };

describe('registrationStep', () => {
  it.each([
    ['a first contact', empty, register('c', 2, [contact('a')]), 1],
    ['two at once', empty, register('c', 2, [contact('a'), contact('b')]), 1],
    ['a refresh', bindingsOf('a'), register('c', 2, [contact('a')]), 0],
    ['a second contact', bindingsOf('a'), register('c', 2, [contact('b')]), 0],
    ['one of two removed', bindingsOf('a', 'b'), register('c', 2, [contact('a', { expiresSec: 0 })]), 0],
    ['the last one removed', bindingsOf('a'), register('c', 2, [contact('a', { expiresSec: 0 })]), -1],
    ['another removed that was not there', empty, register('c', 2, [contact('a', { expiresSec: 0 })]), 0],
    ['everything removed', bindingsOf('a', 'b'), register('c', 2, '*'), -1],
    ['one replaced by another', bindingsOf('a'), register('c', 2, [contact('a', { expiresSec: 0 }), contact('b')]), 0],
    ['an expired one that comes back', expired, register('c', 2, [contact('a')]), 0],
    ['an expired one that is left to the sweep', expired, register('c', 2, '*'), 0],
  ])('%s', (_, state, command, step) => {
    const decision = bind(state, command, now);
    if (decision.kind !== 'changed') throw new Error(decision.kind);
    expect(registrationStep(state, decision)).toBe(step);
  });

  it('counts what the sweep removes', () => {
    const decision = expire(expired, now);
    if (decision.kind !== 'changed') throw new Error(decision.kind);
    expect(registrationStep(expired, decision)).toBe(-1);
  });
});

describe('refusedClaims', () => {
  const claim = (tenantId: string, step: -1 | 0 | 1, maxRegistrations: number): RegistrationClaim => ({
    tenantId,
    step,
    maxRegistrations,
  });
  it.each<[string, RegistrationClaim[], [string, number][], [number, number][]]>([
    ['no limit', [claim('t', 1, 0)], [['t', 5]], []],
    ['room', [claim('t', 1, 6)], [['t', 5]], []],
    ['no room', [claim('t', 1, 5)], [['t', 5]], [[0, 5]]],
    ['a refresh without room', [claim('t', 0, 5)], [['t', 9]], []],
    ['room for one of two', [claim('t', 1, 6), claim('t', 1, 6)], [['t', 5]], [[1, 6]]],
    ['room that a later one gives back', [claim('t', 1, 5), claim('t', -1, 5)], [['t', 5]], []],
    ['a tenant that has none yet', [claim('t', 1, 1), claim('t', 1, 1)], [], [[1, 1]]],
    ['tenants apart', [claim('t', 1, 5), claim('u', 1, 5)], [['t', 5]], [[0, 5]]],
  ])('%s', (_, claims, counts, refused) => {
    expect([...refusedClaims(claims, new Map(counts))]).toEqual(refused);
  });
});
