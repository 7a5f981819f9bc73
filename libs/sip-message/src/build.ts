import type { AnswerableRequest } from './answerable-request.js';
import { unfold } from './fold.js';
import { Header, type HeaderId, headerName } from './header.js';
import type { SipRequest } from './message.js';
import { parseNameAddr } from './name-addr.js';
import { reasonPhrase } from './reason-phrase.js';

/** A header field to write, by id or by name. Line ends in a value become spaces, so that no value can add a header. */
export type HeaderField = readonly [name: HeaderId | string, value: string];

export interface ResponseOptions {
  readonly reasonPhrase?: string;
  /** Added to To unless it has a tag, or the status code is 100 (RFC 3261 §8.2.6.2). */
  readonly toTag?: string;
  readonly headers?: readonly HeaderField[];
  readonly contentType?: string;
  /** latin1: a character is a byte. */
  readonly body?: string;
  /** false: leave Record-Route out although the response may establish a dialog. */
  readonly recordRoute?: boolean;
}

export interface RequestParts {
  readonly method: string;
  readonly requestUri: string;
  readonly headers: readonly HeaderField[];
  /** latin1: a character is a byte. */
  readonly body?: string;
}

/** `Name: value` CRLF. */
export function headerLine(name: HeaderId | string, value: string): string {
  if (name === Header.Other) throw new Error('Header.Other stands for many names: give the name itself');
  const written = typeof name === 'number' ? headerName(name) : unfold(name);
  return `${written}: ${unfold(value)}\r\n`;
}

/**
 * A response to `request` (RFC 3261 §8.2.6.2): all Via fields, From, To, Call-ID and CSeq are copied, Timestamp into a
 * 100 (§8.2.6.1), Record-Route into 101 to 299 (§12.1.1). What a malformed request lacks, its answer lacks too.
 */
export function buildResponse(
  request: SipRequest | AnswerableRequest,
  statusCode: number,
  options: ResponseOptions = {},
): string {
  let out = `SIP/2.0 ${statusCode} ${unfold(options.reasonPhrase ?? reasonPhrase(statusCode))}\r\n`;
  for (const via of request.values(Header.Via)) out += `Via: ${via}\r\n`;
  if (statusCode > 100 && statusCode < 300 && options.recordRoute !== false && request.kind === 'request') {
    for (const route of request.values(Header.RecordRoute)) out += `Record-Route: ${route}\r\n`;
  }
  const from = request.value(Header.From);
  if (from !== undefined) out += `From: ${from}\r\n`;
  const to = request.value(Header.To);
  if (to !== undefined) out += `To: ${to}${addedTag(request, to, statusCode, options.toTag)}\r\n`;
  const callId = request.value(Header.CallId);
  if (callId !== undefined) out += `Call-ID: ${callId}\r\n`;
  const cseq = request.value(Header.CSeq);
  if (cseq !== undefined) out += `CSeq: ${cseq}\r\n`;
  if (statusCode === 100) {
    const timestamp = request.value(Header.Timestamp);
    if (timestamp !== undefined) out += `Timestamp: ${timestamp}\r\n`;
  }
  if (options.headers !== undefined) {
    for (const [name, value] of options.headers) out += headerLine(name, value);
  }
  if (options.contentType !== undefined) out += headerLine(Header.ContentType, options.contentType);
  const body = options.body ?? '';
  return `${out}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function addedTag(
  request: SipRequest | AnswerableRequest,
  to: string,
  statusCode: number,
  toTag: string | undefined,
): string {
  if (statusCode === 100 || toTag === undefined) return '';
  return hasToTag(request, to) ? '' : `;tag=${unfold(toTag)}`;
}

/** A To that can't be read is searched for what looks like a tag: a second one would make it worse. */
function hasToTag(request: SipRequest | AnswerableRequest, to: string): boolean {
  if (request.kind === 'request') return request.toTag !== undefined;
  const address = parseNameAddr(to);
  return address.kind === 'failure' ? /;\s*tag\s*=/i.test(to) : address.params.has('tag');
}

/** A request with the given start line and header fields in order, then Content-Length and the body. */
export function buildRequest(parts: RequestParts): string {
  let out = `${unfold(parts.method)} ${unfold(parts.requestUri)} SIP/2.0\r\n`;
  for (const [name, value] of parts.headers) out += headerLine(name, value);
  const body = parts.body ?? '';
  return `${out}Content-Length: ${body.length}\r\n\r\n${body}`;
}
