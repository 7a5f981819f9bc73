import { CR, DIGIT, DOT, equalsIgnoringCase, LF, parseDigits, SP, TOKEN } from './chars.js';
import { methodAt } from './method.js';
import { scanUri, type Uri } from './uri.js';

/** What {@link scanStartLine} found. One instance is reused: read it before the next call. */
export interface StartLine {
  /** '' for a response. */
  method: string;
  requestUri: string;
  /** The Request-URI, read; undefined for a response. */
  uri: Uri | undefined;
  statusCode: number;
  reasonPhrase: string;
  /** The index of the first header line. */
  next: number;
  /** Set on failure, with `failureAt`. */
  failureCode: string;
  failureReason: string;
  failureAt: number;
}

export const startLine: StartLine = {
  method: '',
  requestUri: '',
  uri: undefined,
  statusCode: 0,
  reasonPhrase: '',
  next: 0,
  failureCode: '',
  failureReason: '',
  failureAt: 0,
};

/** Reads the Request-Line or Status-Line at `start` into {@link startLine} (RFC 3261 §7.1, §7.2). False when it is malformed. */
export function scanStartLine(raw: string, start: number): boolean {
  startLine.method = '';
  startLine.requestUri = '';
  startLine.uri = undefined;
  startLine.statusCode = 0;
  startLine.reasonPhrase = '';
  // RFC 3261 §7.1: the version is case-insensitive on receipt.
  if (raw.charCodeAt(start + 3) === 0x2f && equalsIgnoringCase(raw, start, 'sip')) return scanStatusLine(raw, start);
  return scanRequestLine(raw, start);
}

function fail(code: string, at: number, reason: string): false {
  startLine.failureCode = code;
  startLine.failureReason = reason;
  startLine.failureAt = at;
  return false;
}

function scanRequestLine(raw: string, start: number): boolean {
  let at = start;
  while (TOKEN[raw.charCodeAt(at)] === 1) at++;
  if (at === start || raw.charCodeAt(at) !== SP)
    return fail('request-line', at, 'A request begins with a method and a space');
  startLine.method = methodAt(raw, start, at);
  const uriStart = at + 1;
  at = uriStart;
  // RFC 3261 §7.1: the Request-URI holds neither white space nor control characters and does not stand between < and >.
  while (raw.charCodeAt(at) > SP && raw.charCodeAt(at) < 0x7f) at++;
  if (at === uriStart || raw.charCodeAt(at) !== SP) {
    return fail(
      'request-line',
      at,
      'Method, Request-URI and version are not separated by one space each, or the URI has a character it may not have',
    );
  }
  const uriEnd = at;
  const versionStart = uriEnd + 1;
  const versionEnd = endOfVersion(raw, versionStart);
  if (versionEnd === -1) return fail('request-line', versionStart, 'The SIP version does not follow the Request-URI');
  if (!isVersion2(raw, versionStart, versionEnd)) return fail('version', versionStart, 'Only SIP/2.0 is spoken here');
  if (raw.charCodeAt(versionEnd) !== CR || raw.charCodeAt(versionEnd + 1) !== LF) {
    return fail('request-line', versionEnd, 'CRLF does not follow the SIP version');
  }
  const uri = scanUri(raw, uriStart, uriEnd);
  if (uri.kind === 'failure') return fail(`request-${uri.code}`, uri.offset, `Malformed Request-URI: ${uri.reason}`);
  if (uri.kind === 'sip' && uri.headers !== undefined) {
    // RFC 3261 §19.1.1, table 1: a Request-URI has no headers; accepting them would let a URI inject a Route.
    return fail('request-uri-headers', uriStart, 'A Request-URI can have no headers part');
  }
  startLine.requestUri = raw.slice(uriStart, uriEnd);
  startLine.uri = uri;
  startLine.next = versionEnd + 2;
  return true;
}

function scanStatusLine(raw: string, start: number): boolean {
  const versionEnd = endOfVersion(raw, start);
  if (versionEnd === -1 || raw.charCodeAt(versionEnd) !== SP) {
    return fail('status-line', start, 'A response begins with the SIP version and a space');
  }
  if (!isVersion2(raw, start, versionEnd)) return fail('version', start, 'Only SIP/2.0 is spoken here');
  const codeStart = versionEnd + 1;
  let at = codeStart;
  while (DIGIT[raw.charCodeAt(at)] === 1) at++;
  // RFC 3261 §7.2: the status code is a three-digit integer from 100 to 699.
  const statusCode = at - codeStart === 3 ? parseDigits(raw, codeStart, at, 699) : -1;
  if (statusCode < 100) return fail('status-code', codeStart, 'The status code is no number from 100 to 699');
  startLine.statusCode = statusCode;
  // Some peers leave out the space before an empty reason phrase; there is nothing else it could mean.
  if (raw.charCodeAt(at) === SP) at++;
  else if (raw.charCodeAt(at) !== CR) return fail('status-line', at, 'No space follows the status code');
  const end = raw.indexOf('\r', at);
  if (end === -1 || raw.charCodeAt(end + 1) !== LF)
    return fail('status-line', at, 'The status line does not end in CRLF');
  startLine.reasonPhrase = raw.slice(at, end);
  if (startLine.reasonPhrase.includes('\n'))
    return fail('bare-line-end', at, 'A line feed without its carriage return');
  startLine.next = end + 2;
  return true;
}

/** The index after `SIP/` 1*DIGIT `.` 1*DIGIT, or -1. */
function endOfVersion(raw: string, start: number): number {
  if (!equalsIgnoringCase(raw, start, 'sip') || raw.charCodeAt(start + 3) !== 0x2f) return -1;
  let at = start + 4;
  while (DIGIT[raw.charCodeAt(at)] === 1) at++;
  if (at === start + 4 || raw.charCodeAt(at) !== DOT) return -1;
  const minorStart = ++at;
  while (DIGIT[raw.charCodeAt(at)] === 1) at++;
  return at === minorStart ? -1 : at;
}

function isVersion2(raw: string, start: number, end: number): boolean {
  return end - start === 7 && raw.startsWith('2.0', start + 4);
}
