import { DQUOTE, EQUAL, PERCENT, skipLws, skipQuoted, TOKEN, VALUE_END } from './chars.js';
import { unescapeUri } from './uri-escape.js';

/**
 * The `;name=value` parameters of a header value or a URI. Names are case-insensitive and keep their order; values are as
 * written (a quoted one with its quotes: see `unquote`); a parameter without `=` has the value ''. When a name appears
 * twice, `get` returns the first.
 */
export interface Params {
  get(name: string): string | undefined;
  has(name: string): boolean;
  entries(): readonly (readonly [name: string, value: string])[];
  readonly size: number;
}

/** Parameters read on demand from the text they stand in; the text has been checked by {@link scanParams} or the URI parser. */
export class TextParams implements Params {
  readonly #text: string;
  readonly #start: number;
  readonly #end: number;
  readonly #ofUri: boolean;

  /** `ofUri`: names may hold escapes, which header parameters can't (RFC 4475 §3.1.1.5). */
  constructor(text: string, start: number, end: number, ofUri: boolean) {
    this.#text = text;
    this.#start = start;
    this.#end = end;
    this.#ofUri = ofUri;
  }

  get size(): number {
    return this.entries().length;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get(name: string): string | undefined {
    if (this.#start === this.#end) return undefined;
    const lower = name.toLowerCase();
    for (const [candidate, value] of this.entries()) {
      if (nameMatches(candidate, lower, this.#ofUri)) return value;
    }
    return undefined;
  }

  #entries: readonly (readonly [string, string])[] | undefined;

  entries(): readonly (readonly [string, string])[] {
    if (this.#entries !== undefined) return this.#entries;
    const entries: [string, string][] = [];
    const text = this.#text;
    const end = this.#end;
    let at = this.#start;
    while (at < end) {
      const nameStart = skipLws(text, at + 1, end);
      let nameEnd = nameStart;
      while (nameEnd < end && text.charCodeAt(nameEnd) !== EQUAL && VALUE_END[text.charCodeAt(nameEnd)] !== 1)
        nameEnd++;
      at = skipLws(text, nameEnd, end);
      let value = '';
      if (text.charCodeAt(at) === EQUAL && at < end) {
        const valueStart = skipLws(text, at + 1, end);
        at = endOfValue(text, valueStart, end);
        value = text.slice(valueStart, at);
        at = skipLws(text, at, end);
      }
      entries.push([text.slice(nameStart, nameEnd), value]);
    }
    this.#entries = entries;
    return entries;
  }
}

function nameMatches(candidate: string, lower: string, ofUri: boolean): boolean {
  if (candidate === lower) return true;
  if (candidate.length === lower.length) return candidate.toLowerCase() === lower;
  // RFC 3261 §19.1.4: an escaped character equals the character itself, so `%6C%72` is `lr`.
  return ofUri && candidate.includes('%') && unescapeUri(candidate).toLowerCase() === lower;
}

function endOfValue(text: string, start: number, end: number): number {
  if (text.charCodeAt(start) === DQUOTE) {
    const after = skipQuoted(text, start, end);
    return after === -1 ? end : after;
  }
  let at = start;
  while (at < end && VALUE_END[text.charCodeAt(at)] !== 1) at++;
  return at;
}

/** What {@link scanParam} found; one instance is reused by a scan, so read it before the next call. */
export interface ScannedParam {
  nameStart: number;
  nameEnd: number;
  valueStart: number;
  valueEnd: number;
}

/**
 * Reads one `;name[=value]` whose semicolon is at `at` (RFC 3261 §25.1 generic-param, with white space allowed around the
 * separators). Returns the index after it, or -(offset + 1) of what is wrong. Without a value, valueStart is -1.
 */
export function scanParam(text: string, at: number, end: number, found: ScannedParam): number {
  const nameStart = skipLws(text, at + 1, end);
  let nameEnd = nameStart;
  while (nameEnd < end && TOKEN[text.charCodeAt(nameEnd)] === 1) nameEnd++;
  if (nameEnd === nameStart) return -nameStart - 1;
  found.nameStart = nameStart;
  found.nameEnd = nameEnd;
  found.valueStart = -1;
  found.valueEnd = -1;
  const next = skipLws(text, nameEnd, end);
  if (next >= end || text.charCodeAt(next) !== EQUAL) return next;
  const valueStart = skipLws(text, next + 1, end);
  let valueEnd = valueStart;
  if (valueStart < end && text.charCodeAt(valueStart) === DQUOTE) {
    valueEnd = skipQuoted(text, valueStart, end);
    if (valueEnd === -1) return -valueStart - 1;
  } else {
    while (valueEnd < end && VALUE_END[text.charCodeAt(valueEnd)] !== 1) valueEnd++;
    if (valueEnd === valueStart) return -valueStart - 1;
  }
  found.valueStart = valueStart;
  found.valueEnd = valueEnd;
  return skipLws(text, valueEnd, end);
}

/** Whether the URI parameter or header text[start, end) has only the characters of `allowed` and whole escapes. */
export function isEscapedText(text: string, start: number, end: number, allowed: Uint8Array): boolean {
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    if (allowed[c] === 1) continue;
    if (c !== PERCENT || !isEscape(text, i, end)) return false;
    i += 2;
  }
  return true;
}

/** Whether text[at] begins `%` HEX HEX that ends before `end`. */
export function isEscape(text: string, at: number, end: number): boolean {
  return at + 2 < end && isHex(text.charCodeAt(at + 1)) && isHex(text.charCodeAt(at + 2));
}

function isHex(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66);
}

/** A parameter list that is there but empty. */
export const NO_PARAMS: Params = new TextParams('', 0, 0, false);
