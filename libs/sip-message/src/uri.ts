import {
  ALPHA,
  COLON,
  EQUAL,
  equalsIgnoringCase,
  PASSWORD,
  parseDigits,
  QUESTION,
  SCHEME,
  SEMI,
  TEL,
  URI_ANY,
  URI_HEADERS,
  URI_PARAM,
  USER,
} from './chars.js';
import { HeaderFailure } from './failure.js';
import { lowerCaseSlice, scanHost } from './host.js';
import { isEscapedText, NO_PARAMS, type Params, TextParams } from './params.js';

/** RFC 3261 §19.1. Parts are as written; only the host's letters are lowered. */
export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** As written, escapes included. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Lower case; an IPv6 address keeps its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  readonly params: Params;
  /** The text after `?`, as written. */
  readonly headers: string | undefined;
}

/** RFC 3966. */
export interface TelUri {
  readonly kind: 'tel';
  readonly scheme: 'tel';
  /** As written, visual separators included. */
  readonly number: string;
  readonly params: Params;
}

/** A URI of a scheme that the platform doesn't route, as written. */
export interface OtherUri {
  readonly kind: 'other';
  /** Lower case. */
  readonly scheme: string;
  readonly text: string;
}

export type Uri = SipUri | TelUri | OtherUri;
/** `offset` counts characters from the start of the URI. */
export type UriFailure = HeaderFailure;

/**
 * Reads a URI without surrounding `<>` or white space. A failure names what is wrong and where; it is a value because the
 * text comes from the wire.
 */
export function parseUri(text: string): Uri | UriFailure {
  return scanUri(text, 0, text.length);
}

/**
 * Reads the URI text[start, end). Offsets count from 0 of `text`. A message's URIs are read in the message's own text: a slice of
 * it is a string whose every character costs the engine a detour.
 */
export function scanUri(text: string, start: number, end: number): Uri | UriFailure {
  let colon = start;
  if (start >= end || ALPHA[text.charCodeAt(start)] !== 1)
    return new HeaderFailure('uri-scheme', start, 'A URI begins with a scheme and a colon');
  while (colon < end && SCHEME[text.charCodeAt(colon)] === 1) colon++;
  if (colon >= end || text.charCodeAt(colon) !== COLON) {
    return new HeaderFailure('uri-scheme', colon, 'A URI begins with a scheme and a colon');
  }
  if (equalsIgnoringCase(text, start, 'sip')) {
    if (colon === start + 3) return scanSipUri(text, 'sip', colon + 1, end);
    if (colon === start + 4 && equalsIgnoringCase(text, start, 'sips')) return scanSipUri(text, 'sips', colon + 1, end);
  }
  if (colon === start + 3 && equalsIgnoringCase(text, start, 'tel')) return scanTelUri(text, colon + 1, end);
  for (let i = colon + 1; i < end; i++) {
    if (URI_ANY[text.charCodeAt(i)] !== 1)
      return new HeaderFailure('uri-character', i, 'A character that no URI may hold');
  }
  if (colon + 1 === end) return new HeaderFailure('uri-empty', end, 'Nothing follows the scheme');
  return { kind: 'other', scheme: lowerCaseSlice(text, start, colon), text: text.slice(start, end) };
}

function scanSipUri(text: string, scheme: 'sip' | 'sips', start: number, end: number): SipUri | UriFailure {
  let user: string | undefined;
  let password: string | undefined;
  let at = start;
  // RFC 3261 §25.1: neither parameters nor headers may hold a raw `@`, so the first one ends the userinfo.
  const separator = text.indexOf('@', start);
  if (separator !== -1 && separator < end) {
    let userEnd = text.indexOf(':', start);
    if (userEnd === -1 || userEnd > separator) userEnd = separator;
    if (userEnd === start) return new HeaderFailure('uri-user', start, 'The user part is empty');
    if (!isEscapedText(text, start, userEnd, USER)) {
      return new HeaderFailure('uri-user', start, 'The user part has a character that must be escaped');
    }
    user = text.slice(start, userEnd);
    if (userEnd < separator) {
      if (!isEscapedText(text, userEnd + 1, separator, PASSWORD)) {
        return new HeaderFailure('uri-password', userEnd + 1, 'The password has a character that must be escaped');
      }
      password = text.slice(userEnd + 1, separator);
    }
    at = separator + 1;
  }
  const hostStart = at;
  at = scanHost(text, hostStart, end);
  if (at === -1) return new HeaderFailure('uri-host', hostStart, 'The host is no name, IPv4 or bracketed IPv6 address');
  const host = lowerCaseSlice(text, hostStart, at);
  let port: number | undefined;
  if (at < end && text.charCodeAt(at) === COLON) {
    const portStart = at + 1;
    at = portStart;
    while (at < end && text.charCodeAt(at) !== SEMI && text.charCodeAt(at) !== QUESTION) at++;
    port = parseDigits(text, portStart, at, 65535);
    if (port === -1) return new HeaderFailure('uri-port', portStart, 'The port is no number from 0 to 65535');
  }
  let params = NO_PARAMS;
  if (at < end && text.charCodeAt(at) === SEMI) {
    const paramsStart = at;
    at = scanUriParams(text, paramsStart, end);
    if (at < 0) return new HeaderFailure('uri-parameter', -at - 1, 'A URI parameter is malformed');
    params = new TextParams(text, paramsStart, at, true);
  }
  let headers: string | undefined;
  if (at < end && text.charCodeAt(at) === QUESTION) {
    if (at + 1 === end || !isEscapedText(text, at + 1, end, URI_HEADERS)) {
      return new HeaderFailure(
        'uri-headers',
        at + 1,
        'The headers part is empty or has a character that must be escaped',
      );
    }
    headers = text.slice(at + 1, end);
    at = end;
  }
  if (at !== end) return new HeaderFailure('uri-host', at, 'A character that no host may hold');
  return { kind: 'sip', scheme, user, password, host, port, params, headers };
}

/** The index after `;name[=value]…` that starts at `start`: of `?` or `end`; or -(offset + 1) of what is wrong. */
function scanUriParams(text: string, start: number, end: number): number {
  let stop = text.indexOf('?', start);
  if (stop === -1 || stop > end) stop = end;
  let at = start;
  while (at < stop) {
    const nameStart = at + 1;
    let partEnd = text.indexOf(';', nameStart);
    if (partEnd === -1 || partEnd > stop) partEnd = stop;
    let nameEnd = nameStart;
    while (nameEnd < partEnd && text.charCodeAt(nameEnd) !== EQUAL) nameEnd++;
    if (nameEnd === nameStart || !isEscapedText(text, nameStart, nameEnd, URI_PARAM)) return -nameStart - 1;
    if (nameEnd < partEnd) {
      const valueStart = nameEnd + 1;
      if (valueStart === partEnd || !isEscapedText(text, valueStart, partEnd, PARAM_VALUE)) return -valueStart - 1;
    }
    at = partEnd;
  }
  return stop;
}

/** `paramchar`, plus `=`: deployed elements put unescaped base64 there, and only the first `=` can separate. */
const PARAM_VALUE = URI_PARAM.slice();
PARAM_VALUE[EQUAL] = 1;

function scanTelUri(text: string, start: number, end: number): TelUri | UriFailure {
  let at = start;
  if (at < end && text.charCodeAt(at) === 0x2b) at++;
  const digitsStart = at;
  let digits = 0;
  while (at < end && TEL[text.charCodeAt(at)] === 1) {
    const c = text.charCodeAt(at);
    // RFC 3966 §3: at least one character of a number is no visual separator.
    if (c !== 0x2d && c !== 0x2e && c !== 0x28 && c !== 0x29) digits++;
    at++;
  }
  if (digits === 0) return new HeaderFailure('uri-number', digitsStart, 'There is no telephone number');
  const number = text.slice(start, at);
  if (at === end) return { kind: 'tel', scheme: 'tel', number, params: NO_PARAMS };
  if (text.charCodeAt(at) !== SEMI) {
    return new HeaderFailure('uri-number', at, 'A character that no telephone number may hold');
  }
  const paramsEnd = scanUriParams(text, at, end);
  if (paramsEnd < 0) return new HeaderFailure('uri-parameter', -paramsEnd - 1, 'A URI parameter is malformed');
  if (paramsEnd !== end) return new HeaderFailure('uri-character', paramsEnd, 'A tel URI has no headers part');
  return { kind: 'tel', scheme: 'tel', number, params: new TextParams(text, at, end, true) };
}

/** A scheme, a colon, and only visible ASCII without `<>"`. */
const URI_LIKE = /^[A-Za-z][A-Za-z0-9+\-.]*:[!#-;=?-~]+$/;

/** Whether the text looks like a URI. An expression, as it is slices that are looked at: see {@link scanUri}. */
export function looksLikeUri(text: string): boolean {
  return URI_LIKE.test(text);
}
