import Table from 'cli-table3';

/** A column: its heading, and what a row has there. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => unknown];

const nothing = '';
/** No frame: the lines can be searched and cut as text. */
const plain = {
  top: nothing,
  'top-mid': nothing,
  'top-left': nothing,
  'top-right': nothing,
  bottom: nothing,
  'bottom-mid': nothing,
  'bottom-left': nothing,
  'bottom-right': nothing,
  left: nothing,
  'left-mid': nothing,
  mid: nothing,
  'mid-mid': nothing,
  right: nothing,
  'right-mid': nothing,
  middle: '  ',
};

/** Rows below their headings, each column as wide as its widest cell; ends without a line break. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const text = new Table({
    head: columns.map(([heading]) => heading.toUpperCase()),
    chars: plain,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  for (const row of rows) text.push(columns.map(([, cell]) => cellText(cell(row))));
  return text
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** One thing: a line for each of its fields. */
export function fields(entries: readonly (readonly [name: string, value: unknown])[]): string {
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${cellText(value)}`.trimEnd()).join('\n');
}

/** What a terminal shows of a value: control characters, which a name may bring along, would be commands to it. */
function cellText(value: unknown): string {
  if (value === undefined || value === null) return '-';
  const text =
    typeof value === 'string' ? value : Array.isArray(value) ? value.map(cellText).join(', ') : JSON.stringify(value);
  return printable(text);
}

/** The text without control characters, each replaced by its escape. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
