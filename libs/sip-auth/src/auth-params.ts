/** An authentication header field's value, taken apart: `scheme name=value, name="value"` (RFC 3261 §25.1, RFC 7235 §2.1). */
export interface AuthParams {
  readonly kind: 'params';
  /** As written; compare without case. */
  readonly scheme: string;
  /** Lower-case names; values without quotes and quoted-pairs resolved. */
  readonly params: ReadonlyMap<string, string>;
}

/** A value that can't be read, with the offset in it at which reading stopped. */
export interface MalformedAuth {
  readonly kind: 'malformed';
  readonly reason: string;
  readonly offset: number;
}

const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const COMMA = 0x2c;
const EQUAL = 0x3d;
const BACKSLASH = 0x5c;

/** More parameters than any challenge has; beyond it the value is hostile. */
const MAX_PARAMS = 32;

function malformed(reason: string, offset: number): MalformedAuth {
  return { kind: 'malformed', reason, offset };
}

function skipSpace(value: string, from: number): number {
  let at = from;
  while (at < value.length) {
    const code = value.charCodeAt(at);
    if (code !== SPACE && code !== TAB) break;
    at += 1;
  }
  return at;
}

function skipSeparators(value: string, from: number): number {
  // RFC 7235 §2.1 with RFC 7230 §7: a recipient accepts empty list elements.
  let at = skipSpace(value, from);
  while (value.charCodeAt(at) === COMMA) at = skipSpace(value, at + 1);
  return at;
}

function tokenEnd(value: string, from: number): number {
  let at = from;
  while (at < value.length) {
    const code = value.charCodeAt(at);
    if (code === SPACE || code === TAB || code === COMMA || code === EQUAL || code === QUOTE) break;
    at += 1;
  }
  return at;
}

function bareValueEnd(value: string, from: number): number {
  let at = from;
  while (at < value.length) {
    const code = value.charCodeAt(at);
    if (code === SPACE || code === TAB || code === COMMA || code === QUOTE) break;
    at += 1;
  }
  return at;
}

/** The offset of the quote that closes the one at `open`, or -1. */
function closingQuote(value: string, open: number): number {
  for (let at = open + 1; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at;
  }
  return -1;
}

/** Quotes text as a quoted-string: backslash before `"` and `\` (RFC 3261 §25.1). */
export function quote(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

/**
 * Splits the value of a WWW-Authenticate, Proxy-Authenticate, Authorization or Proxy-Authorization field line into its
 * scheme and parameters. A parameter that occurs twice makes the value malformed (RFC 7235 §2.1). Never throws.
 */
export function parseAuthParams(value: string): AuthParams | MalformedAuth {
  const start = skipSpace(value, 0);
  const schemeEnd = tokenEnd(value, start);
  if (schemeEnd === start) return malformed('the authentication scheme is missing', start);
  const scheme = value.slice(start, schemeEnd);
  const params = new Map<string, string>();
  // RFC 3261 §25.1: other schemes' syntax is unknown (a token68, say), so only Digest's parameters are read.
  if (scheme.length !== 6 || scheme.toLowerCase() !== 'digest') return { kind: 'params', scheme, params };
  let at = skipSeparators(value, schemeEnd);
  if (at === schemeEnd && at < value.length) return malformed('white space must follow the scheme', at);
  while (at < value.length) {
    const nameStart = at;
    at = tokenEnd(value, at);
    if (at === nameStart) return malformed('a parameter name was expected', at);
    const name = value.slice(nameStart, at).toLowerCase();
    at = skipSpace(value, at);
    if (value.charCodeAt(at) !== EQUAL) return malformed(`"=" was expected after ${name}`, at);
    at = skipSpace(value, at + 1);
    let text: string;
    if (value.charCodeAt(at) === QUOTE) {
      const close = closingQuote(value, at);
      if (close === -1) return malformed(`the quoted value of ${name} has no closing quote`, at);
      const inner = value.slice(at + 1, close);
      text = inner.includes('\\') ? inner.replace(/\\([\s\S])/g, '$1') : inner;
      at = close + 1;
    } else {
      const end = bareValueEnd(value, at);
      if (end === at) return malformed(`the value of ${name} is missing`, at);
      text = value.slice(at, end);
      at = end;
    }
    if (params.has(name)) return malformed(`${name} occurs twice`, nameStart);
    if (params.size === MAX_PARAMS) return malformed(`more than ${MAX_PARAMS} parameters`, nameStart);
    params.set(name, text);
    const afterValue = skipSpace(value, at);
    if (afterValue < value.length && value.charCodeAt(afterValue) !== COMMA) {
      return malformed(`"," was expected after the value of ${name}`, afterValue);
    }
    at = skipSeparators(value, afterValue);
  }
  return { kind: 'params', scheme, params };
}
