import { describe, expect, it } from 'vitest';
import { type FlowOwner, type LeaseState, renew } from './flow-owner.js';

const now = 1_000_000;

/** `i1 live` is a life of the edge; its lease ends when it began. */
function life(text: string): FlowOwner {
  const [incarnation = '', state = ''] = text.split(' ');
  const at = now - 5_000;
  return {
    edgeId: 'e1',
    incarnation,
    state: state as LeaseState,
    stateSinceMs: at,
    leaseUntilMs: at,
    ownsPinholes: false,
  };
}

describe('renew', () => {
  it.each<[string, string[], string, string[]]>([
    ['the first word of an edge', [], 'renewed', ['i2 live']],
    ['in time', ['i2 live'], 'renewed', ['i2 live']],
    ['while suspended: what is bound comes back', ['i2 suspended'], 'renewed', ['i2 live']],
    ['after the end, and nobody else has begun', ['i2 ended'], 'begun-anew', ['i2 live']],
    ['another life that is over stays as it is', ['i1 ended', 'i2 live'], 'renewed', ['i2 live']],
    ['the first word of a new life ends the one before', ['i1 live'], 'renewed', ['i2 live', 'i1 ended']],
    ['and a suspended one', ['i1 suspended'], 'renewed', ['i2 live', 'i1 ended']],
    ['a life that another has ended', ['i2 ended', 'i3 live'], 'superseded', []],
    ['also while that other one is silent', ['i2 ended', 'i3 suspended'], 'superseded', []],
    ['after the other one is over too', ['i2 ended', 'i3 ended'], 'begun-anew', ['i2 live']],
  ])('%s', (_, lives, outcome, owners) => {
    const renewal = renew(
      lives.map(life),
      { edgeId: 'e1', incarnation: 'i2', leaseMs: 4_000, ownsPinholes: true },
      now,
    );
    expect(renewal.outcome).toBe(outcome);
    expect(renewal.owners.map(({ incarnation, state }) => `${incarnation} ${state}`)).toEqual(owners);
    const own = renewal.owners.filter(({ incarnation }) => incarnation === 'i2');
    expect(own.every((life) => life.leaseUntilMs === now + 4_000 && life.ownsPinholes)).toBe(true);
  });
});
