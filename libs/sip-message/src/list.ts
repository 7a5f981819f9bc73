import { COMMA, DQUOTE, LAQUOT, skipLws, skipQuoted, trimLwsEnd } from './chars.js';

/**
 * The index of the comma that ends the list element at `start`, or `end`. Commas in quoted strings and between `<>` do not
 * separate (RFC 3261 §7.3.1); after a quote or bracket that does not close, nothing does.
 */
export function endOfElement(text: string, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const c = text.charCodeAt(at);
    if (c === COMMA) return at;
    if (c === DQUOTE) {
      const after = skipQuoted(text, at, end);
      if (after === -1) return end;
      at = after;
    } else if (c === LAQUOT) {
      const close = text.indexOf('>', at);
      if (close === -1 || close >= end) return end;
      at = close + 1;
    } else at++;
  }
  return end;
}

/** Appends the elements of the comma-separated text[start, end) to `elements`, trimmed; empty ones are skipped (RFC 3261 §25.1 `LWS` around `COMMA`). */
export function collectElements(text: string, start: number, end: number, elements: string[]): void {
  let at = start;
  while (at < end) {
    const elementEnd = endOfElement(text, at, end);
    const from = skipLws(text, at, elementEnd);
    const to = trimLwsEnd(text, from, elementEnd);
    if (to > from) elements.push(text.slice(from, to));
    at = elementEnd + 1;
  }
}
