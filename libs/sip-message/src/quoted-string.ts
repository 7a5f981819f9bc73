import { BACKSLASH, DQUOTE } from './chars.js';

/** The text of a quoted string: without its quotes, each quoted-pair replaced by its character. Other text is returned as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== DQUOTE || text.charCodeAt(text.length - 1) !== DQUOTE) return text;
  const inner = text.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  let out = '';
  for (let i = 0; i < inner.length; i++) {
    if (inner.charCodeAt(i) === BACKSLASH && i + 1 < inner.length) i++;
    out += inner[i];
  }
  return out;
}

/** `text` as a quoted string (RFC 3261 §25.1); line ends, which no quoted string may hold, become spaces. */
export function quote(text: string): string {
  return `"${text.replace(/[\r\n]+/g, ' ').replace(/["\\]/g, '\\$&')}"`;
}
