import { COLON, CR, HTAB, LF, SP, skipLws, trimLwsEnd } from './chars.js';
import { Header, headerName } from './header.js';
import { FIRST_NAME_ROW, headerIdOfRow, NAME_COLUMN, NAME_STEPS } from './header-name-tree.js';

/** What {@link scanHeaders} found. One instance is reused: read it before the next call. */
export interface HeaderScan {
  /** Four numbers a header field: see `HeaderIndex`. A new array each time. */
  fields: number[];
  present: number;
  headersEnd: number;
  bodyStart: number;
  /** Where the first field of each of these begins in `fields`, or -1. */
  via: number;
  from: number;
  to: number;
  callId: number;
  cseq: number;
  maxForwards: number;
  contentLength: number;
  /** Set on failure. */
  failureCode: string;
  failureAt: number;
  failureReason: string;
}

export const headerScan: HeaderScan = {
  fields: [],
  present: 0,
  headersEnd: 0,
  bodyStart: 0,
  via: -1,
  from: -1,
  to: -1,
  callId: -1,
  cseq: -1,
  maxForwards: -1,
  contentLength: -1,
  failureCode: '',
  failureAt: 0,
  failureReason: '',
};

/** Headers of which a message has at most one (RFC 3261 §7.3.1), as bits by id. */
const SINGLE =
  (1 << Header.From) |
  (1 << Header.To) |
  (1 << Header.CallId) |
  (1 << Header.CSeq) |
  (1 << Header.MaxForwards) |
  (1 << Header.ContentLength);

/** Finds the header fields from the first header line at `at` to the empty line, into {@link headerScan}. False when a line is malformed. */
export function scanHeaders(raw: string, at: number): boolean {
  const length = raw.length;
  const fields: number[] = [];
  reset(fields, length);
  let present = 0;
  while (at < length) {
    const lineStart = at;
    let c = raw.charCodeAt(at);
    if (c === CR) {
      if (raw.charCodeAt(at + 1) !== LF) return fail('bare-line-end', at, 'A CR without its LF');
      headerScan.headersEnd = at;
      headerScan.bodyStart = at + 2;
      break;
    }
    let row = FIRST_NAME_ROW;
    let column = NAME_COLUMN[c] as number;
    while (column > 0) {
      row = NAME_STEPS[row + column] as number;
      c = raw.charCodeAt(++at);
      column = NAME_COLUMN[c] as number;
    }
    if (at === lineStart) return fail('header-name', at, 'A header line does not begin with a name');
    const id = headerIdOfRow(row);
    // RFC 3261 §25.1 HCOLON: blanks may precede the colon.
    while (c === SP || c === HTAB) c = raw.charCodeAt(++at);
    if (c !== COLON) return fail('header-name', at, 'No colon follows a header name');
    const afterColon = at + 1;
    const lineEnd = endOfField(raw, afterColon);
    if (lineEnd === -1) return false;
    at = lineEnd + 2;
    const valueStart = skipLws(raw, afterColon, lineEnd);
    const field = fields.length;
    fields.push(id, lineStart, valueStart, trimLwsEnd(raw, valueStart, lineEnd));
    if (id >= 31) continue;
    const bit = 1 << id;
    if ((present & SINGLE & bit) !== 0) return fail('repeated-header', lineStart, `More than one ${headerName(id)}`);
    if ((present & bit) === 0 && id <= Header.ContentLength) keepFirst(id, field);
    present |= bit;
  }
  headerScan.present = present;
  return true;
}

function reset(fields: number[], length: number): void {
  headerScan.fields = fields;
  headerScan.headersEnd = length;
  headerScan.bodyStart = length;
  headerScan.via = -1;
  headerScan.from = -1;
  headerScan.to = -1;
  headerScan.callId = -1;
  headerScan.cseq = -1;
  headerScan.maxForwards = -1;
  headerScan.contentLength = -1;
}

function fail(code: string, at: number, reason: string): false {
  headerScan.failureCode = code;
  headerScan.failureAt = at;
  headerScan.failureReason = reason;
  return false;
}

/** The index of the CRLF that ends the field whose value starts at `from`, its folds included, or -1 and a failure. */
function endOfField(raw: string, from: number): number {
  let at = from;
  for (;;) {
    const lineEnd = raw.indexOf('\r', at);
    if (lineEnd === -1) {
      fail('bare-line-end', raw.length, 'A header line does not end in CRLF');
      return -1;
    }
    const lineFeed = raw.indexOf('\n', at);
    if (lineFeed !== lineEnd + 1) {
      const first = lineFeed === -1 || lineEnd < lineFeed ? lineEnd : lineFeed;
      fail('bare-line-end', first, 'A header line has a CR or LF that is not part of a CRLF');
      return -1;
    }
    at = lineFeed + 1;
    const next = raw.charCodeAt(at);
    // RFC 3261 §7.3.1: a line that begins with a blank continues the one before it.
    if (next !== SP && next !== HTAB) return lineEnd;
  }
}

function keepFirst(id: number, field: number): void {
  switch (id) {
    case Header.Via:
      headerScan.via = field;
      break;
    case Header.From:
      headerScan.from = field;
      break;
    case Header.To:
      headerScan.to = field;
      break;
    case Header.CallId:
      headerScan.callId = field;
      break;
    case Header.CSeq:
      headerScan.cseq = field;
      break;
    case Header.MaxForwards:
      headerScan.maxForwards = field;
      break;
    case Header.ContentLength:
      headerScan.contentLength = field;
      break;
    default:
      break;
  }
}
