/** One line of a description, as offsets into it. */
export interface Line {
  /** The letter before "=", or '' if the line has not the form `x=…`. */
  readonly type: string;
  /** Offset of the first character. */
  readonly start: number;
  /** Offset past the last character, before the line ending. */
  readonly end: number;
  /** Offset of the next line. */
  readonly next: number;
  /** -1 in the session section, else the index of the `m=` section. */
  readonly section: number;
}

const CR = 0x0d;
const EQUAL = '=';

/**
 * Cuts a description into lines. RFC 8866 §5: lines end with CRLF, and a parser should take a bare LF as well. Empty lines at the
 * end are left out; at most `limit` lines are returned.
 */
export function scanLines(text: string, limit: number): Line[] {
  const lines: Line[] = [];
  let section = -1;
  let start = 0;
  while (start < text.length && lines.length < limit) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 ? text.length : newline + 1;
    let end = newline === -1 ? text.length : newline;
    if (end > start && text.charCodeAt(end - 1) === CR) end -= 1;
    const type = end - start >= 2 && text[start + 1] === EQUAL ? (text[start] as string) : '';
    if (type === 'm') section += 1;
    lines.push({ type, start, end, next, section });
    start = next;
  }
  let last = lines.at(-1);
  while (last !== undefined && last.end === last.start) {
    lines.pop();
    last = lines.at(-1);
  }
  return lines;
}
