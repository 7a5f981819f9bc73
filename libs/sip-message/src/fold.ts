import { CR, HTAB, LF, SP } from './chars.js';

/**
 * A header value on one line: each fold becomes one space (RFC 3261 §7.3.1), and a stray line end, which could start a
 * header of its own, can't get through. Linear in the length of the value, whatever it holds.
 */
export function unfold(value: string): string {
  if (!value.includes('\r') && !value.includes('\n')) return value;
  let out = '';
  let copied = 0;
  for (let at = 0; at < value.length; at++) {
    if (!isLineEnd(value.charCodeAt(at))) continue;
    let end = at;
    while (end > copied && isBlank(value.charCodeAt(end - 1))) end--;
    out += `${value.slice(copied, end)} `;
    while (at < value.length && (isBlank(value.charCodeAt(at)) || isLineEnd(value.charCodeAt(at)))) at++;
    copied = at;
  }
  return out + value.slice(copied);
}

function isBlank(c: number): boolean {
  return c === SP || c === HTAB;
}

function isLineEnd(c: number): boolean {
  return c === CR || c === LF;
}
