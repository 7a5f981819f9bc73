import { type Parsed, parsed, rejected } from './parsed.js';

// Says which form of cursor this is, so that another one can be told from it later.
const FORM = 1;

/** The key of the last item as a cursor: opaque, so that nobody builds one. */
export function formatCursor(key: string): string {
  return Buffer.from(JSON.stringify([FORM, key])).toString('base64url');
}

/** The key in a cursor that `formatCursor` made. */
export function parseCursor(cursor: string): Parsed<string> {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(value) && value[0] === FORM && typeof value[1] === 'string') return parsed(value[1]);
  } catch {
    // What is no JSON is no cursor, as below.
  }
  return rejected('is no cursor of this list; use the "next" of the previous page as it is');
}
