import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { checkoutRoot } from '@ringdown/testbed';
import { asMarkdown } from './render.js';
import { loadResult, type Result, type ResultTable, resultsFolder } from './result.js';

/** The README that shows the tables. */
export const readmePath = join(checkoutRoot, 'README.md');

const end = '<!-- bench: end -->';
const block = /<!-- bench: ((?:[\w.-]+\.json ?)+)-->\n[^]*?<!-- bench: end -->/;

/** Columns that explain a number and don't belong where one is quoted. */
const leftOut = /^(?:of it |datagrams$|failed \+ repeated$|asked of edge$)/;

/**
 * The README with the tables of these files of `bench/results`. Throws when it has no place for them: a line
 * `<!-- bench: file.json -->` and below it `<!-- bench: end -->`.
 */
export function withTables(readme: string, files: readonly string[]): string {
  if (!block.test(readme))
    throw new Error(`README.md has no "<!-- bench: file.json -->" … "${end}" to write tables into`);
  const tables = files.map((file) => quoted(loadResult(join(resultsFolder, file)), file));
  return readme.replace(block, () => [`<!-- bench: ${files.join(' ')} -->`, '', ...tables, end].join('\n'));
}

/** The files that the README's tables come from. */
export function filesIn(readme: string): readonly string[] {
  return block.exec(readme)?.[1]?.trim().split(' ') ?? [];
}

/** Rewrites the README with the tables of these results, which must lie in `bench/results`. */
export function rewriteReadme(paths: readonly string[]): void {
  const readme = readFileSync(readmePath, 'utf8');
  const files = paths.map((path) => basename(path));
  writeFileSync(readmePath, withTables(readme, files));
}

function quoted({ at, machine, tables }: Result, file: string): string {
  const source = `${at.slice(0, 10)}, ${machine.cores} cores of ${machine.cpu}, Linux ${machine.kernel}, Node.js ${machine.node}`;
  const kamailio = machine.kamailio === undefined ? '' : `, ${machine.kamailio}`;
  const from = `[${file}](bench/results/${file})`;
  return `${tables.map((table) => asMarkdown(narrow(table))).join('\n\n')}\n\n${source}${kamailio}: ${from}\n`;
}

function narrow(table: ResultTable): ResultTable {
  const kept = table.columns.flatMap((heading, index) => (leftOut.test(heading) ? [] : [index]));
  const only = (cells: readonly string[]): readonly string[] => kept.map((index) => cells[index] ?? '');
  return { ...table, columns: only(table.columns), rows: table.rows.map(only) };
}
