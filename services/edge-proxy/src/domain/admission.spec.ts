import { describe, expect, it } from 'vitest';
import { Admission } from './admission.js';

const kinds = (
  admission: Admission,
  calls: readonly (readonly [at: number, tenant: string, emergency?: boolean])[],
  perSec = 2,
) => calls.map(([at, tenant, emergency = false]) => admission.call(at, tenant, perSec, emergency).kind);

it('an edge that is cut off takes no connection’s registration, and everything else', () => {
  const admission = new Admission();
  admission.cutOff(true);
  expect([admission.request(false, true).kind, admission.request(false).kind]).toEqual(['refused', 'admitted']);
  admission.cutOff(false);
  expect(admission.request(false, true).kind).toBe('admitted');
  admission.drain(true);
  expect(admission.request(false, true)).toMatchObject({ reason: 'draining' });
});

describe('calls per second', () => {
  it.each([
    {
      name: 'a second’s worth at once, no more',
      calls: [
        [0, 'a'],
        [0, 'a'],
        [0, 'a'],
      ],
      expected: ['admitted', 'admitted', 'refused'],
    },
    {
      name: 'the bucket fills with time',
      calls: [
        [0, 'a'],
        [0, 'a'],
        [400, 'a'],
        [500, 'a'],
        [501, 'a'],
      ],
      expected: ['admitted', 'admitted', 'refused', 'admitted', 'refused'],
    },
    {
      name: 'and not beyond a second’s worth',
      calls: [
        [0, 'a'],
        [9_000, 'a'],
        [9_000, 'a'],
        [9_000, 'a'],
      ],
      expected: ['admitted', 'admitted', 'admitted', 'refused'],
    },
    {
      name: 'each tenant has its own',
      calls: [
        [0, 'a'],
        [0, 'a'],
        [0, 'a'],
        [0, 'b'],
      ],
      expected: ['admitted', 'admitted', 'refused', 'admitted'],
    },
    {
      name: 'emergencies pass and take nothing',
      calls: [
        [0, 'a', true],
        [0, 'a'],
        [0, 'a'],
        [0, 'a', true],
      ],
      expected: ['admitted', 'admitted', 'admitted', 'admitted'],
    },
  ] as const)('$name', ({ calls, expected }) => {
    expect(kinds(new Admission(), calls)).toEqual(expected);
  });

  it('0 is no limit', () => {
    expect(
      kinds(
        new Admission(),
        Array.from({ length: 50 }, () => [0, 'a'] as const),
        0,
      ),
    ).not.toContain('refused');
  });

  it('a flood of one tenant takes nothing from another over a minute', () => {
    const admission = new Admission();
    let admitted = 0;
    for (let at = 0; at < 60_000; at += 10) {
      admission.call(at, 'flood', 5, false);
      if (at % 1_000 === 0) admitted += admission.call(at, 'quiet', 1, false).kind === 'admitted' ? 1 : 0;
    }
    expect(admitted).toBe(60);
  });

  it('forgets the buckets of tenants that are quiet', () => {
    const admission = new Admission();
    for (let tenant = 0; tenant < 30_000; tenant++) admission.call(tenant, `t${tenant}`, 1, false);
    expect(admission.size).toBeLessThan(12_000);
  });
});

it('a drain refuses new requests but for emergencies', () => {
  const admission = new Admission();
  expect(admission.request(false).kind).toBe('admitted');
  admission.drain(true);
  expect([admission.request(false), admission.request(true)]).toEqual([
    { kind: 'refused', reason: 'draining', retryAfterSec: expect.any(Number) },
    { kind: 'admitted' },
  ]);
});
