import { describe, expect, it } from 'vitest';
import { OfferBudget } from './offer-budget.js';

function taken(budget: OfferBudget, now: number, host: string, times: number): number {
  return Array.from({ length: times }, () => budget.take(now, host)).filter(Boolean).length;
}

describe('OfferBudget', () => {
  it('gives one host its part, all hosts together the whole, and both anew each second', () => {
    const budget = new OfferBudget({ perSec: 10, perHostPerSec: 4 });
    expect(taken(budget, 0, 'a', 6)).toBe(4);
    expect(taken(budget, 500, 'b', 4)).toBe(4);
    expect(taken(budget, 999, 'c', 4)).toBe(2);
    expect(taken(budget, 1_000, 'c', 9)).toBe(4);
  });
});
