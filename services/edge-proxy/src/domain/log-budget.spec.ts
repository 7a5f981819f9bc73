import { describe, expect, it } from 'vitest';
import { LogBudget, type LogBudgetOptions } from './log-budget.js';

type Asked = readonly [atMs: number, source: string];

/** What each request for a line got: how many were silenced before it, or `silent`. */
const answers = (budget: LogBudget, asked: readonly Asked[]) =>
  asked.map(([atMs, source]) => {
    const allowance = budget.take(atMs, source);
    return allowance.kind === 'line' ? allowance.silenced : 'silent';
  });

const small: LogBudgetOptions = { lines: 2, windowMs: 1_000, sources: 2 };

describe('lines of a source', () => {
  it.each<{ name: string; asked: readonly Asked[]; expected: readonly (number | 'silent')[] }>([
    {
      name: 'so many in a window, then silence',
      asked: [
        [0, 'a'],
        [10, 'a'],
        [20, 'a'],
        [999, 'a'],
      ],
      expected: [0, 0, 'silent', 'silent'],
    },
    {
      name: 'the first line of the next window counts those that were not written',
      asked: [
        [0, 'a'],
        [10, 'a'],
        [20, 'a'],
        [30, 'a'],
        [1_000, 'a'],
        [1_001, 'a'],
        [1_002, 'a'],
      ],
      expected: [0, 0, 'silent', 'silent', 2, 0, 'silent'],
    },
    {
      name: 'a window begins with a line, not where the last one ended',
      asked: [
        [0, 'a'],
        [1_900, 'a'],
        [2_800, 'a'],
        [2_899, 'a'],
        [2_900, 'a'],
      ],
      expected: [0, 0, 0, 'silent', 1],
    },
    {
      name: 'each source has its own',
      asked: [
        [0, 'a'],
        [0, 'a'],
        [0, 'a'],
        [0, 'b'],
        [1_000, 'b'],
        [1_000, 'a'],
      ],
      expected: [0, 0, 'silent', 0, 0, 1],
    },
    {
      name: 'the one whose window began first is forgotten for a third',
      asked: [
        [0, 'a'],
        [0, 'a'],
        [1, 'b'],
        [2, 'a'],
        [3, 'c'],
        [4, 'b'],
        [5, 'b'],
        [6, 'a'],
      ],
      expected: [0, 0, 0, 'silent', 0, 0, 'silent', 0],
    },
    {
      name: 'a known source’s new window pushes out no other and makes it the youngest',
      asked: [
        [0, 'a'],
        [500, 'b'],
        [501, 'b'],
        [1_000, 'a'],
        [1_001, 'b'],
        [1_002, 'c'],
        [1_003, 'a'],
        [1_004, 'a'],
      ],
      expected: [0, 0, 0, 0, 'silent', 0, 0, 'silent'],
    },
    {
      name: 'a clock that is set back begins a window',
      asked: [
        [5_000, 'a'],
        [5_000, 'a'],
        [5_000, 'a'],
        [100, 'a'],
        [1_099, 'a'],
        [1_099, 'a'],
      ],
      expected: [0, 0, 'silent', 1, 0, 'silent'],
    },
  ])('$name', ({ asked, expected }) => {
    expect(answers(new LogBudget(small), asked)).toEqual(expected);
  });

  it('are 10 in 10 seconds unless told', () => {
    const budget = new LogBudget();
    const got = answers(
      budget,
      Array.from({ length: 40_001 }, (_, ms) => [ms, 'scanner'] as const),
    );
    expect(got.filter((answer) => answer !== 'silent')).toHaveLength(41);
    expect(got[10_000]).toBe(9_990);
  });
});

it('remembers no more than 10,000 sources, however many there are', () => {
  const budget = new LogBudget();
  for (let source = 0; source < 50_000; source++) budget.take(source, `s${source}`);
  expect(budget.size).toBe(10_000);
});
