import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ForwardTarget, TargetQueue } from './fork-target.js';
import { breadthShares } from './max-breadth.js';

const target = (uri: string, qThousandths = 1000, identity?: string): ForwardTarget => ({
  uri,
  qThousandths,
  hopCount: 1,
  failover: 'flows',
  ...(identity === undefined ? {} : { identity }),
});

describe('RFC 3261 §16.5: the target set', () => {
  it.each<{ name: string; a: ForwardTarget; b: ForwardTarget; same: boolean }>([
    { name: 'equal text', a: target('sip:a@x'), b: target('sip:a@x'), same: true },
    {
      name: 'equal by §19.1.4',
      a: target('sip:%61lice@X.test;b=1;a=2'),
      b: target('sip:alice@x.test;a=2;b=1'),
      same: true,
    },
    { name: 'another user', a: target('sip:a@x'), b: target('sip:b@x'), same: false },
    { name: 'another port', a: target('sip:a@x'), b: target('sip:a@x:5060'), same: false },
    { name: 'q does not matter', a: target('sip:a@x', 1), b: target('sip:a@x', 2), same: true },
    {
      name: 'two devices with one private address',
      a: target('sip:a@10.0.0.2', 1, 'i1'),
      b: target('sip:a@10.0.0.2', 1, 'i2'),
      same: false,
    },
    { name: 'one device', a: target('sip:a@10.0.0.2', 1, 'i1'), b: target('sip:a@10.0.0.2', 1, 'i1'), same: true },
    {
      name: 'a redirect’s bare URI is any device of that URI',
      a: target('sip:a@10.0.0.2', 1, 'i1'),
      b: target('sip:a@10.0.0.2'),
      same: true,
    },
    { name: 'text that is no URI is only itself', a: target('::'), b: target(':;'), same: false },
  ])('$name', ({ a, b, same }) => {
    const queue = new TargetQueue<ForwardTarget>();
    expect(queue.add(a)).toBe(true);
    expect(queue.add(b)).toBe(!same);
  });

  it('gives targets by falling q, those of one q in the order they came', () => {
    const queue = new TargetQueue<ForwardTarget>();
    for (const [uri, q] of [
      ['a', 500],
      ['b', 1000],
      ['c', 500],
      ['d', 0],
      ['e', 1000],
    ] as const)
      queue.add(target(`sip:${uri}@x`, q));
    expect(queue.topQ).toBe(1000);
    expect(queue.countFrom(500)).toBe(4);
    expect(
      queue
        .take(5)
        .map(({ uri }) => uri[4])
        .join(''),
    ).toBe('beacd');
    expect(queue.isEmpty).toBe(true);
  });

  it('remembers a target that was taken', () => {
    const queue = new TargetQueue<ForwardTarget>();
    queue.add(target('sip:a@x'));
    queue.take(1);
    expect(queue.add(target('sip:a@x'))).toBe(false);
  });
});

describe('RFC 5393 §5.3.3: breadth shares', () => {
  it.each([
    { available: 60, targets: 1, shares: [60] },
    { available: 60, targets: 3, shares: [20, 20, 20] },
    { available: 7, targets: 3, shares: [3, 2, 2] },
    { available: 2, targets: 5, shares: [1, 1] },
    { available: 0, targets: 5, shares: [] },
    { available: 5, targets: 0, shares: [] },
  ])('$available among $targets: $shares', ({ available, targets, shares }) => {
    expect(breadthShares(available, targets)).toEqual(shares);
  });

  it('never gives away more than there is, nor a share of 0', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (available, targets) => {
        const shares = breadthShares(available, targets);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(targets === 0 ? 0 : available);
        expect(shares.every((share) => share >= 1)).toBe(true);
        expect(shares.length).toBe(Math.min(available, targets));
      }),
    );
  });
});
