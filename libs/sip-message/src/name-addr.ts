import {
  COMMA,
  DQUOTE,
  equalsIgnoringCase,
  LAQUOT,
  LWS,
  QUESTION,
  RAQUOT,
  SEMI,
  skipLws,
  skipQuoted,
  TOKEN,
  trimLwsEnd,
} from './chars.js';
import { HeaderFailure } from './failure.js';
import { unfold } from './fold.js';
import { NO_PARAMS, type Params, type ScannedParam, scanParam, TextParams } from './params.js';
import { unquote } from './quoted-string.js';
import { looksLikeUri } from './uri.js';

/** `name-addr` or `addr-spec` with the header's parameters (RFC 3261 §20.10, §25.1). */
export interface NameAddr {
  readonly kind: 'name-addr';
  /** Without its quotes and escapes. */
  readonly displayName: string | undefined;
  /** The text between `<>`, or the addr-spec. Its scheme and characters are checked, no more: see `parseUri`. */
  readonly uri: string;
  /** The header's own parameters: without `<>`, everything after the first `;` is the header's (RFC 3261 §20.10). */
  readonly params: Params;
}

/** A {@link NameAddr} that reads its parts from the text it stands in. */
export class ScannedNameAddr implements NameAddr {
  readonly kind = 'name-addr';
  readonly uri: string;
  /** The value of the `tag` parameter. */
  readonly tag: string | undefined;
  /** The index of the comma or end that follows. */
  readonly end: number;
  readonly #text: string;
  readonly #start: number;
  readonly #displayEnd: number;
  readonly #paramsStart: number;

  constructor(
    text: string,
    start: number,
    displayEnd: number,
    uri: string,
    tag: string | undefined,
    paramsStart: number,
    end: number,
  ) {
    this.#text = text;
    this.#start = start;
    this.#displayEnd = displayEnd;
    this.uri = uri;
    this.tag = tag;
    this.#paramsStart = paramsStart;
    this.end = end;
  }

  /** The same address in `text`, which holds it `shift` characters further on. */
  shifted(text: string, shift: number): ScannedNameAddr {
    return new ScannedNameAddr(
      text,
      this.#start + shift,
      this.#displayEnd + shift,
      this.uri,
      this.tag,
      this.#paramsStart + shift,
      this.end + shift,
    );
  }

  get displayName(): string | undefined {
    if (this.#displayEnd <= this.#start) return undefined;
    return unquote(unfold(this.#text.slice(this.#start, this.#displayEnd)));
  }

  get params(): Params {
    return this.#paramsStart >= this.end ? NO_PARAMS : new TextParams(this.#text, this.#paramsStart, this.end, false);
  }
}

const scanned: ScannedParam = { nameStart: 0, nameEnd: 0, valueStart: 0, valueEnd: 0 };

/** Reads one address, as in From, To, Refer-To: a header value that holds exactly one. */
export function parseNameAddr(text: string): NameAddr | HeaderFailure {
  return scanNameAddr(text, 0, text.length, true);
}

/**
 * Reads the address at text[start, end). With `single`, the value is a header that holds one address, so a comma can't
 * separate; without, the element ends at a comma. Offsets count from 0 of `text`.
 */
export function scanNameAddr(
  text: string,
  start: number,
  end: number,
  single: boolean,
): ScannedNameAddr | HeaderFailure {
  const first = skipLws(text, start, end);
  let displayEnd = first;
  let at = first;
  if (at < end && text.charCodeAt(at) === DQUOTE) {
    at = skipQuoted(text, at, end);
    if (at === -1) return syntax(first, 'a quoted string does not end');
    displayEnd = at;
    at = skipLws(text, at, end);
    if (at >= end || text.charCodeAt(at) !== LAQUOT) return syntax(at, 'no < after the display name');
  } else {
    const bracket = endOfUnquotedName(text, first, end, single);
    if (bracket < 0) return syntax(-bracket - 1, 'a display name has a character that needs quotes');
    if (bracket < end) {
      at = bracket;
      displayEnd = trimLwsEnd(text, first, bracket);
    }
  }
  let uriStart = at;
  let uriEnd: number;
  if (at < end && text.charCodeAt(at) === LAQUOT) {
    uriStart = at + 1;
    uriEnd = text.indexOf('>', uriStart);
    if (uriEnd === -1 || uriEnd >= end) return syntax(at, 'no > after the URI');
    at = uriEnd + 1;
  } else {
    uriEnd = endOfAddrSpec(text, uriStart, end);
    // RFC 3261 §20: a URI with a question mark or comma in it must stand between < and >.
    if (uriEnd < end && text.charCodeAt(uriEnd) === QUESTION) return syntax(uriEnd, 'a URI with ? needs < and >');
    at = uriEnd;
  }
  const uri = text.slice(uriStart, uriEnd);
  if (!looksLikeUri(uri)) return syntax(uriStart, 'no URI, or one with a character it may not have');
  at = skipLws(text, at, end);
  const paramsStart = at;
  let tag: string | undefined;
  while (at < end && text.charCodeAt(at) === SEMI) {
    const next = scanParam(text, at, end, scanned);
    if (next < 0) return syntax(-next - 1, 'a parameter is malformed');
    if (scanned.nameEnd - scanned.nameStart === 3 && equalsIgnoringCase(text, scanned.nameStart, 'tag')) {
      if (tag !== undefined || !isToken(text, scanned.valueStart, scanned.valueEnd)) {
        return syntax(scanned.nameStart, 'the tag is no token, or comes twice');
      }
      tag = text.slice(scanned.valueStart, scanned.valueEnd);
    }
    at = next;
  }
  if (at < end && (single || text.charCodeAt(at) !== COMMA)) return syntax(at, 'an unexpected character');
  return new ScannedNameAddr(text, first, displayEnd, uri, tag, paramsStart, at);
}

function syntax(offset: number, what: string): HeaderFailure {
  return new HeaderFailure('address-syntax', offset, `Malformed address: ${what}`);
}

/**
 * The index of the `<` that ends an unquoted display name, `end` when the value has no `<` and so no display name, or
 * -(offset + 1) of a character that makes the name ambiguous.
 *
 * RFC 3261 §25.1 allows tokens only, but phones and gateways send raw UTF-8, commas, dots in initials and mail addresses.
 * RFC 4475 §3.1.2.15 lets an element infer the quotes; this does, where a value holds one address. In a list a comma
 * ends the element. A quote, semicolon or colon before the `<` could be read in two ways and is refused.
 */
function endOfUnquotedName(text: string, start: number, end: number, single: boolean): number {
  let suspect = -1;
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === LAQUOT) return suspect === -1 ? i : -suspect - 1;
    if (c === COMMA && !single) return end;
    if (suspect === -1 && (c === DQUOTE || c === SEMI || c === 0x3a || c === RAQUOT || c === 0x5c)) suspect = i;
  }
  return end;
}

function endOfAddrSpec(text: string, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const c = text.charCodeAt(at);
    if (c === SEMI || c === COMMA || c === QUESTION || c === LAQUOT || LWS[c] === 1) break;
    at++;
  }
  return at;
}

function isToken(text: string, start: number, end: number): boolean {
  if (start === -1) return false;
  for (let i = start; i < end; i++) {
    if (TOKEN[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}
