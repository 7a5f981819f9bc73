import { HEX, URI_UNRESERVED, USER_WRITTEN } from './chars.js';

/**
 * Decodes every `%` HEX HEX to the byte it stands for (latin1, one character a byte); a `%` that starts no escape stays.
 * For comparing and displaying only: forwarding never decodes (RFC 3261 §19.1.2).
 */
export function unescapeUri(text: string): string {
  let at = text.indexOf('%');
  if (at === -1) return text;
  let out = '';
  let copied = 0;
  while (at !== -1) {
    if (HEX[text.charCodeAt(at + 1)] === 1 && HEX[text.charCodeAt(at + 2)] === 1) {
      out += text.slice(copied, at) + String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 3), 16));
      copied = at + 3;
    }
    at = text.indexOf('%', at + 1);
  }
  return out + text.slice(copied);
}

/** Escapes each byte that may not stand in the user part of a SIP URI as `%` HEX HEX, in upper case. `text` is latin1. */
export function escapeUser(text: string): string {
  let out = '';
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (USER_WRITTEN[c] === 1) continue;
    out += `${text.slice(copied, i)}%${(c & 0xff).toString(16).toUpperCase().padStart(2, '0')}`;
    copied = i + 1;
  }
  return copied === 0 ? text : out + text.slice(copied);
}

/**
 * RFC 3261 §19.1.4: escapes of characters outside the reserved set equal the characters themselves; an escape of a
 * reserved character differs from the character. So unreserved escapes are decoded and the others get upper case digits.
 */
export function normaliseEscapes(text: string): string {
  let at = text.indexOf('%');
  if (at === -1) return text;
  let out = '';
  let copied = 0;
  while (at !== -1) {
    if (HEX[text.charCodeAt(at + 1)] === 1 && HEX[text.charCodeAt(at + 2)] === 1) {
      const code = Number.parseInt(text.slice(at + 1, at + 3), 16);
      const escape = text.slice(at, at + 3).toUpperCase();
      out += text.slice(copied, at) + (URI_UNRESERVED[code] === 1 ? String.fromCharCode(code) : escape);
      copied = at + 3;
    }
    at = text.indexOf('%', at + 1);
  }
  return out + text.slice(copied);
}
