import { TOKEN } from './chars.js';
import { HEADER_NAMES, Header, type HeaderId } from './header.js';

/** The column of {@link NAME_STEPS} for a character: 0 for what no name may hold, 1 for token characters that no known name has. */
export const NAME_COLUMN: Uint8Array = TOKEN.slice();
for (const [index, letter] of [...'-abcdefghijklmnopqrstuvwxyz'].entries()) {
  NAME_COLUMN[letter.charCodeAt(0)] = index + 2;
  NAME_COLUMN[letter.toUpperCase().charCodeAt(0)] = index + 2;
}

const COLUMNS = 32;
const spellings = HEADER_NAMES.flatMap(([id, name, compact]) =>
  [name, compact ?? ''].map((spelling) => ({ id, spelling })),
);
/** Two rows beside those of the prefixes: the one of names that are not known, and the first. */
const rows = spellings.reduce((sum, { spelling }) => sum + spelling.length, 2);

/** Rows go by the index they begin at. Row 0 is that of names that are not known, and leads nowhere else. */
export const FIRST_NAME_ROW = COLUMNS;

/**
 * All known names as one tree: NAME_STEPS[row + NAME_COLUMN[character]] is the row of the prefix that is one character longer. One
 * step a character finds the end of a name, checks it, folds its case and tells which it is.
 */
export const NAME_STEPS = new Uint16Array(rows * COLUMNS);
const rowIds = new Uint8Array(rows).fill(Header.Other);

let unusedRow = FIRST_NAME_ROW + COLUMNS;
for (const { id, spelling } of spellings) {
  if (spelling === '') continue;
  let row = FIRST_NAME_ROW;
  for (const character of spelling) {
    const step = row + (NAME_COLUMN[character.charCodeAt(0)] as number);
    if (NAME_STEPS[step] === 0) {
      NAME_STEPS[step] = unusedRow;
      unusedRow += COLUMNS;
    }
    row = NAME_STEPS[step] as number;
  }
  rowIds[row / COLUMNS] = id;
}

/** The id of the name whose characters led to this row; `Header.Other` when it is not a known one. */
export function headerIdOfRow(row: number): HeaderId {
  return rowIds[row / COLUMNS] as HeaderId;
}

/** The id of a header name, in any case, long or compact; `Header.Other` when it is not a known one. */
export function headerId(name: string): HeaderId {
  let row = FIRST_NAME_ROW;
  for (let i = 0; i < name.length; i++) {
    const column = NAME_COLUMN[name.charCodeAt(i)] ?? 0;
    if (column === 0) return Header.Other;
    row = NAME_STEPS[row + column] as number;
  }
  return headerIdOfRow(row);
}
