import { answerablePart } from './answerable-request.js';
import { CR, DIGIT, LF, parseDigits, SP, skipLws, TOKEN } from './chars.js';
import { HeaderFailure, ParseFailure } from './failure.js';
import { headerScan, scanHeaders } from './header-scan.js';
import { type CSeq, type HeaderIndex, SipRequest, SipResponse } from './message.js';
import { methodAt } from './method.js';
import { type ScannedNameAddr, scanNameAddr } from './name-addr.js';
import { scanStartLine, startLine } from './start-line.js';
import { scanVia } from './via.js';

export type ParseResult = SipRequest | SipResponse | ParseFailure;

/** RFC 3261 §20.16: a CSeq number fits 32 bits. */
const MAX_CSEQ = 0xffffffff;
/** Far above any message; keeps the sum of offsets exact. */
const MAX_CONTENT_LENGTH = 0xffffffff;

/**
 * Reads one message: a datagram, or what `StreamFramer` cut from a stream. Never throws: bad input is a
 * {@link ParseFailure}. Success means that the start line, topmost Via, From, To, Call-ID, CSeq, Max-Forwards and
 * Content-Length are well formed and come no more often than they may; other headers are read when asked for.
 *
 * Lines end in CRLF and nothing else (RFC 3261 §7). A lone CR or LF is refused, because messages are forwarded by copying:
 * where this element saw one header value, a laxer one behind it could see two headers.
 *
 * Bytes after Content-Length are ignored (RFC 3261 §18.3). A datagram that ends after a whole header line, without the
 * empty line, is read as if it had that line, since nothing more can come.
 */
export function parseMessage(raw: string): ParseResult {
  // RFC 3261 §7.5: CRLFs before the start line are ignored.
  let start = 0;
  while (raw.charCodeAt(start) === CR && raw.charCodeAt(start + 1) === LF) start += 2;
  if (start >= raw.length) return new ParseFailure('empty', start, 'The message is empty', 400, undefined);
  if (!scanStartLine(raw, start)) {
    return refuse(raw, start, startLine.failureCode, startLine.failureAt, startLine.failureReason);
  }
  const { method, requestUri, uri, statusCode, reasonPhrase } = startLine;
  if (!scanHeaders(raw, startLine.next)) {
    return refuse(raw, start, headerScan.failureCode, headerScan.failureAt, headerScan.failureReason);
  }
  const { fields, headersEnd, bodyStart } = headerScan;
  const missing = missingHeader();
  if (missing !== '')
    return refuse(raw, start, `missing-${missing.toLowerCase()}`, headersEnd, `${missing} is missing`);

  const viaStart = fields[headerScan.via + 2] as number;
  const topmostVia = scanVia(raw, viaStart, fields[headerScan.via + 3] as number);
  if (topmostVia instanceof HeaderFailure) return refuse(raw, start, 'via', topmostVia.offset, topmostVia.reason);
  if (topmostVia.protocol !== 'SIP/2.0') {
    return refuse(raw, start, 'via', viaStart, 'Malformed Via: the protocol is not SIP/2.0');
  }
  const from = addressAt(raw, fields, headerScan.from);
  if (from instanceof HeaderFailure) return refuse(raw, start, 'from', from.offset, `From: ${from.reason}`);
  const to = addressAt(raw, fields, headerScan.to);
  if (to instanceof HeaderFailure) return refuse(raw, start, 'to', to.offset, `To: ${to.reason}`);

  const callIdStart = fields[headerScan.callId + 2] as number;
  const callIdEnd = fields[headerScan.callId + 3] as number;
  if (!isCallId(raw, callIdStart, callIdEnd)) {
    return refuse(raw, start, 'call-id', callIdStart, 'Call-ID is empty or has white space or control characters');
  }
  const cseqStart = fields[headerScan.cseq + 2] as number;
  const cseq = parseCSeq(raw, cseqStart, fields[headerScan.cseq + 3] as number);
  if (cseq === undefined) return refuse(raw, start, 'cseq', cseqStart, 'CSeq is no 32-bit number and a method');
  // RFC 3261 §8.1.1.5: the method in CSeq is the request's.
  if (method !== '' && cseq.method !== method) {
    return refuse(raw, start, 'cseq-method', cseqStart, 'CSeq has another method than the request line');
  }
  // RFC 3261 §20.22: an integer from 0 to 255.
  const maxForwards = numberAt(raw, fields, headerScan.maxForwards, 255);
  if (maxForwards === -1) {
    const at = fields[headerScan.maxForwards + 2] as number;
    return refuse(raw, start, 'max-forwards', at, 'Max-Forwards is no number from 0 to 255');
  }
  const contentLength = numberAt(raw, fields, headerScan.contentLength, MAX_CONTENT_LENGTH);
  const bodyEnd = contentLength === undefined ? raw.length : bodyStart + contentLength;
  // RFC 3261 §18.3: a datagram that ends before its body does is discarded or answered 400.
  if (contentLength === -1 || bodyEnd > raw.length) {
    const at = fields[headerScan.contentLength + 2] as number;
    return refuse(raw, start, 'content-length', at, 'Content-Length is no number, or more than the bytes that follow');
  }
  const index: HeaderIndex = { fields, present: headerScan.present, headersEnd, bodyStart, bodyEnd };
  const core = { callId: raw.slice(callIdStart, callIdEnd), cseq, topmostVia, from, to };
  return uri === undefined
    ? new SipResponse(raw, index, core, statusCode, reasonPhrase)
    : new SipRequest(raw, index, core, method, requestUri, uri, maxForwards);
}

function refuse(raw: string, start: number, code: string, at: number, reason: string): ParseFailure {
  // RFC 3261 §8.2.6, §16.3: only requests are answered; a response that can't be read is dropped.
  const isResponse = raw.startsWith('SIP/', start);
  const statusCode = code === 'version' ? 505 : 400;
  return new ParseFailure(code, at, reason, statusCode, isResponse ? undefined : answerablePart(raw, start));
}

/** The first header that RFC 3261 §8.1.1 (and §8.2.6.2 for responses) requires and {@link headerScan} lacks, or ''. */
function missingHeader(): string {
  if (headerScan.via === -1) return 'Via';
  if (headerScan.from === -1) return 'From';
  if (headerScan.to === -1) return 'To';
  if (headerScan.callId === -1) return 'Call-ID';
  return headerScan.cseq === -1 ? 'CSeq' : '';
}

function addressAt(raw: string, fields: readonly number[], field: number): ScannedNameAddr | HeaderFailure {
  return scanNameAddr(raw, fields[field + 2] as number, fields[field + 3] as number, true);
}

/** The number that is the field's value, undefined when there is no such field, or -1 when it is none or above `max`. */
function numberAt(raw: string, fields: readonly number[], field: number, max: number): number | undefined {
  if (field === -1) return undefined;
  return parseDigits(raw, fields[field + 2] as number, fields[field + 3] as number, max);
}

/** RFC 3261 §25.1: 1*DIGIT LWS Method. */
function parseCSeq(raw: string, start: number, end: number): CSeq | undefined {
  let numberEnd = start;
  while (numberEnd < end && DIGIT[raw.charCodeAt(numberEnd)] === 1) numberEnd++;
  const number = parseDigits(raw, start, numberEnd, MAX_CSEQ);
  const methodStart = skipLws(raw, numberEnd, end);
  let methodEnd = methodStart;
  while (methodEnd < end && TOKEN[raw.charCodeAt(methodEnd)] === 1) methodEnd++;
  if (number === -1 || methodStart === numberEnd || methodEnd === methodStart || methodEnd !== end) return undefined;
  return { number, method: methodAt(raw, methodStart, methodEnd) };
}

/** RFC 3261 §25.1 `callid`, with every visible ASCII character: peers use more than `word` allows, and it is only compared. */
function isCallId(raw: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = raw.charCodeAt(i);
    if (c <= SP || c >= 0x7f) return false;
  }
  return end > start;
}
