import { describe, expect, it } from 'vitest';
import { applyChange } from '../testing/apply-change.js';
import { bound, contact, register } from '../testing/contacts.js';
import { bind } from './bind.js';
import type { AddressState, Binding } from './binding.js';
import { endLease, restore, suspend } from './suspend.js';

const now = 1_000_000;
const owner = { edgeId: 'e1', incarnation: 'i1', ownsPinholes: false };

/** `k1 e1 i1 TCP` is bound over a TCP connection of edge e1's life i1; a `-` at the end has it suspended. */
function binding(text: string, atMs = now - 10): Binding {
  const [key = '', edgeId = '', incarnation = '', transport = '', mark] = text.split(' ');
  const flow = { token: `${transport.toLowerCase()}#1`, edgeId, incarnation, transport, host: '192.0.2.1', port: 5060 };
  return {
    ...bound(`call-${key}`, 7, contact(key, { flow }), atMs),
    suspendedAtMs: mark === '-' ? now - 5 : undefined,
  };
}

function stateOf(texts: readonly string[]): AddressState {
  return { bindings: texts.map((text) => binding(text)), tombstones: [] };
}

const described = (bindings: readonly Binding[]): string[] =>
  bindings.map(({ bindingKey, suspendedAtMs }) => `${bindingKey}${suspendedAtMs === undefined ? '' : ' -'}`).sort();

describe.each([
  { what: suspend, reason: 'suspended' },
  { what: restore, reason: 'restored' },
  { what: endLease, reason: 'lease-ended' },
])('$what.name', ({ what, reason }) => {
  const rows: Record<string, [string, string[], string[] | undefined, boolean?][]> = {
    suspended: [
      ['a connection', ['a e1 i1 TCP'], ['a -']],
      ['every kind of connection', ['a e1 i1 TLS', 'b e1 i1 WS', 'c e1 i1 WSS'], ['a -', 'b -', 'c -']],
      ['no pinhole that others can send through', ['a e1 i1 UDP'], undefined],
      ['a pinhole of its own', ['a e1 i1 UDP'], ['a -'], true],
      ['nothing of another life', ['a e1 i2 TCP', 'b e2 i1 TCP'], undefined],
      ['nothing without a flow', ['a   '], undefined],
      ['not twice', ['a e1 i1 TCP -'], undefined],
      ['only its own of a device with two flows', ['a e1 i1 TCP', 'b e2 i1 TCP'], ['a -', 'b']],
    ],
    restored: [
      ['what was suspended', ['a e1 i1 TCP -', 'b e2 i1 TCP -'], ['a', 'b -']],
      ['nothing else', ['a e1 i1 TCP', 'b e1 i2 TCP -'], undefined],
    ],
    'lease-ended': [
      ['suspended or not', ['a e1 i1 TCP -', 'b e1 i1 WS', 'c e2 i1 TCP'], ['c']],
      ['no pinhole that others can send through', ['a e1 i1 UDP'], undefined],
      ['a pinhole of its own', ['a e1 i1 UDP -'], [], true],
      ['nothing of another life', ['a e1 i2 TCP'], undefined],
    ],
  };

  it.each(rows[reason] ?? [])('%s', (_, before, after, ownsPinholes = false) => {
    const state = stateOf(before);
    const decision = what(state, { ...owner, ownsPinholes }, now);
    const changed = decision.kind === 'changed' ? decision : undefined;
    expect(changed?.reason).toBe(after && reason);
    expect(changed && described(changed.bindings)).toEqual(after);
    expect(changed && described(applyChange(state, changed).bindings)).toEqual(after);
  });

  it('leaves what has expired to the sweep', () => {
    const expired = {
      bindings: [binding(`a e1 i1 TCP${reason === 'restored' ? ' -' : ''}`, now - 100_000)],
      tombstones: [],
    };
    expect(what(expired, owner, now)).toEqual({ kind: 'unchanged' });
  });
});

describe('a phone that comes back', () => {
  const suspended = stateOf(['a e1 i1 TCP -']);
  const elsewhere = contact('a', {
    flow: { token: 'tcp#9', edgeId: 'e2', incarnation: 'i1', transport: 'TCP', host: '192.0.2.1', port: 5061 },
  });

  it.each<[string, string, number]>([
    ['with a new Call-ID', 'another', 1],
    ['with the next CSeq', 'call-a', 8],
    ['by repeating its REGISTER', 'call-a', 7],
  ])('takes its binding over %s', (_, callId, cseq) => {
    const decision = bind(suspended, register(callId, cseq, [elsewhere]), now);
    if (decision.kind !== 'changed') throw new Error(decision.kind);
    expect(decision.bindings).toMatchObject([{ flow: { edgeId: 'e2', token: 'tcp#9' }, suspendedAtMs: undefined }]);
    expect(suspend(applyChange(suspended, decision), owner, now + 1)).toEqual({ kind: 'unchanged' });
  });

  it('finds no room taken by its suspended contact, but a late REGISTER is late', () => {
    const moved = bind(suspended, register('another', 1, [contact('b')], { maxContacts: 1 }), now);
    expect(moved).toMatchObject({ kind: 'changed', bindings: [{ bindingKey: 'b' }, { bindingKey: 'a' }] });
    expect(bind(suspended, register('call-a', 6, [elsewhere]), now)).toEqual({ kind: 'out-of-order', currentCseq: 7 });
  });

  it('after the end of the lease may repeat its REGISTER, and an older one stays late', () => {
    const decision = endLease(suspended, owner, now);
    if (decision.kind !== 'changed') throw new Error(decision.kind);
    const after = applyChange({ bindings: [], tombstones: [] }, decision);
    expect(bind(after, register('call-a', 7, [elsewhere]), now + 1)).toMatchObject({ kind: 'changed' });
    expect(bind(after, register('call-a', 6, [elsewhere]), now + 1)).toEqual({ kind: 'out-of-order', currentCseq: 6 });
  });
});
