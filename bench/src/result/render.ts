import Table from 'cli-table3';
import type { ResultTable } from './result.js';

/** A table for a terminal, with its remarks below. */
export function forTerminal({ title, columns, rows, remarks }: ResultTable): string {
  const table = new Table({
    head: [...columns],
    style: { head: [], border: [], compact: true },
    colAligns: columns.map((_, index) => (index === 0 ? 'left' : 'right')),
  });
  for (const row of rows) table.push([...row]);
  return [title, table.toString(), ...remarks].join('\n');
}

/** The same as Markdown. */
export function asMarkdown({ title, columns, rows, remarks }: ResultTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '--:'));
  const said = remarks.length === 0 ? [] : ['', ...remarks.map((remark) => `- ${remark}`)];
  return [`${title}:`, '', line(columns), line(rule), ...rows.map(line), ...said].join('\n');
}
