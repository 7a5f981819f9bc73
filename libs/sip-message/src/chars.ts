/** Character codes and the character classes of RFC 3261 §25.1, as tables indexed by the code of a latin1 character. */

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const DQUOTE = 0x22;
export const PERCENT = 0x25;
export const ASTERISK = 0x2a;
export const COMMA = 0x2c;
export const HYPHEN = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const DIGIT_0 = 0x30;
export const COLON = 0x3a;
export const SEMI = 0x3b;
export const LAQUOT = 0x3c;
export const EQUAL = 0x3d;
export const RAQUOT = 0x3e;
export const QUESTION = 0x3f;
export const AT = 0x40;
export const LBRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const RBRACKET = 0x5d;

const DIGITS = '0123456789';
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ALPHANUM = LETTERS + DIGITS;
const MARK = "-_.!~*'()";
const UNRESERVED = ALPHANUM + MARK;

export type CharClass = Uint8Array;

function charClass(members: string): CharClass {
  const table = new Uint8Array(256);
  for (let i = 0; i < members.length; i++) table[members.charCodeAt(i)] = 1;
  return table;
}

/** RFC 3261 §25.1 `token`. */
export const TOKEN = charClass(`${ALPHANUM}-.!%*_+\`'~`);
export const ALPHA = charClass(LETTERS);
export const DIGIT = charClass(DIGITS);
export const HEX = charClass(`${DIGITS}abcdefABCDEF`);
/** The characters of a scheme after its first letter. */
export const SCHEME = charClass(`${ALPHANUM}+-.`);
/** Letters, digits and hyphen, plus the underscore that deployed DNS names contain although RFC 3261's `domainlabel` has none. */
export const LABEL = charClass(`${ALPHANUM}-_`);
export const URI_UNRESERVED = charClass(UNRESERVED);
/**
 * RFC 3261 §25.1 `user`, without `%`. The raw `#` is a leniency: phones dial it unescaped, and in a SIP URI it has no
 * other meaning.
 */
export const USER = charClass(`${UNRESERVED}&=+$,;?/#`);
/** RFC 3261 §25.1 `user` without escapes: what a user part is written with. */
export const USER_WRITTEN = charClass(`${UNRESERVED}&=+$,;?/`);
/** RFC 3261 §25.1 `password`, without `%`. */
export const PASSWORD = charClass(`${UNRESERVED}&=+$,`);
/** RFC 3261 §25.1 `paramchar`, without `%`. */
export const URI_PARAM = charClass(`${UNRESERVED}[]/:&+$`);
/** RFC 3261 §25.1 `hname` and `hvalue` with their separators, without `%`. */
export const URI_HEADERS = charClass(`${UNRESERVED}[]/?:+$&=`);
/** What an absolute URI of an unknown scheme may hold (RFC 3986 §2), `%` included. */
export const URI_ANY = charClass(`${UNRESERVED}:/?#[]@$&+,;=%`);
/** Digits, `*`, `#`, hex letters and visual separators of a telephone number (RFC 3966 §3). */
export const TEL = charClass(`${DIGITS}abcdefABCDEF*#-.()`);
/** Linear white space inside a header value: line ends appear there only as folding, which the message scan has checked. */
export const LWS = charClass(' \t\r\n');
/** Where an unquoted parameter value ends. */
export const VALUE_END = charClass(' \t\r\n;,"<>');

/** The first index in [at, end) that is not white space, or `end`. */
export function skipLws(text: string, at: number, end: number): number {
  while (at < end && LWS[text.charCodeAt(at)] === 1) at++;
  return at;
}

/** The index after the last character of [start, end) that is not white space, or `start`. */
export function trimLwsEnd(text: string, start: number, end: number): number {
  while (end > start && LWS[text.charCodeAt(end - 1)] === 1) end--;
  return end;
}

/** The index after the closing quote of the quoted string that opens at `at`, or -1 when it does not close before `end`. */
export function skipQuoted(text: string, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === DQUOTE) return i + 1;
    // RFC 3261 §25.1: a quoted-pair hides the character after the backslash.
    if (c === BACKSLASH) i++;
  }
  return -1;
}

/** Whether text[start, start + lower.length) equals `lower` (lower case letters, digits, hyphens), ignoring case. */
export function equalsIgnoringCase(text: string, start: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    const c = text.charCodeAt(start + i);
    const folded = c >= 0x41 && c <= 0x5a ? c | 0x20 : c;
    if (folded !== lower.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * The decimal number in text[start, end), or -1 when there is no digit, another character, or it exceeds `max`.
 * Leading zeros are allowed (RFC 3261 §25.1 `1*DIGIT`); digits beyond `max` stop the scan, so a long number costs nothing.
 */
export function parseDigits(text: string, start: number, end: number, max: number): number {
  if (start >= end) return -1;
  let number = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
    if (number > max) return -1;
  }
  return number;
}
