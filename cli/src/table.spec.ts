import { describe, expect, it } from 'vitest';
import { type Column, fields, table } from './table.js';

describe('table', () => {
  const columns: readonly Column<{ readonly a: unknown; readonly b: unknown }>[] = [
    ['name', ({ a }) => a],
    ['what', ({ b }) => b],
  ];

  it('aligns columns and leaves no blanks at the ends of lines', () => {
    const rows = [
      { a: 'long name', b: ['x', 'y'] },
      { a: 1, b: undefined },
    ];
    expect(table(columns, rows)).toBe('NAME       WHAT\nlong name  x, y\n1          -');
  });

  it('shows what would move the cursor as text', () => {
    expect(table(columns, [{ a: '\u001b[2Jx\r', b: '' }])).toBe('NAME          WHAT\n\\x1b[2Jx\\x0d');
  });

  it('shows one thing line by line', () => {
    expect(
      fields([
        ['a', true],
        ['longer', 'x\ny'],
      ]),
    ).toBe('a       true\nlonger  x\\x0ay');
  });
});
