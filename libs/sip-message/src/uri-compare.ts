import { telNumber } from './address-of-record.js';
import { canonicalHost } from './host.js';
import type { Params } from './params.js';
import type { SipUri, TelUri, Uri } from './uri.js';
import { normaliseEscapes, unescapeUri } from './uri-escape.js';

/** Whether two URIs are equal by RFC 3261 §19.1.4 (sip, sips), RFC 3966 §5 (tel), or character by character. */
export function uriEquals(a: Uri, b: Uri): boolean {
  if (a.kind === 'sip') return b.kind === 'sip' && sipUriEquals(a, b);
  if (a.kind === 'tel') return b.kind === 'tel' && telUriEquals(a, b);
  return b.kind === 'other' && a.text === b.text;
}

function sipUriEquals(a: SipUri, b: SipUri): boolean {
  if (a.scheme !== b.scheme) return false;
  if (!partEquals(a.user, b.user) || !partEquals(a.password, b.password)) return false;
  // RFC 5954 §4.2: equal IPv6 addresses may be written differently.
  if (canonicalHost(a.host) !== canonicalHost(b.host)) return false;
  // RFC 3261 §19.1.4: an omitted port does not match the default port.
  if (a.port !== b.port) return false;
  return paramsAgree(a.params, b.params) && headersAgree(a.headers, b.headers);
}

/** RFC 3261 §19.1.4: the userinfo is compared case-sensitively, after escapes. */
function partEquals(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && b !== undefined && normaliseEscapes(a) === normaliseEscapes(b);
}

/** RFC 3261 §19.1.4: one that is in only one of the two URIs never matches. */
const NEVER_DEFAULTED = new Set(['user', 'ttl', 'method', 'maddr', 'transport']);

function paramsAgree(a: Params, b: Params): boolean {
  const left = normalParams(a);
  const right = normalParams(b);
  for (const [name, value] of left) {
    const other = right.get(name);
    if (other === undefined ? NEVER_DEFAULTED.has(name) : other !== value) return false;
  }
  for (const name of right.keys()) {
    if (!left.has(name) && NEVER_DEFAULTED.has(name)) return false;
  }
  return true;
}

function normalParams(params: Params): Map<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of params.entries()) {
    map.set(unescapeUri(name).toLowerCase(), normaliseEscapes(value).toLowerCase());
  }
  return map;
}

/** RFC 3261 §19.1.4: header components are never ignored; their order does not matter. */
function headersAgree(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const left = normalHeaders(a);
  const right = normalHeaders(b);
  return left.length === right.length && left.every((header, i) => header === right[i]);
}

function normalHeaders(headers: string): string[] {
  return headers
    .split('&')
    .map((header) => {
      const equal = header.indexOf('=');
      const name = equal === -1 ? header : header.slice(0, equal);
      return `${normaliseEscapes(name).toLowerCase()}=${equal === -1 ? '' : normaliseEscapes(header.slice(equal + 1))}`;
    })
    .sort();
}

function telUriEquals(a: TelUri, b: TelUri): boolean {
  if (telNumber(a) !== telNumber(b)) return false;
  const left = normalParams(a.params);
  const right = normalParams(b.params);
  if (left.size !== right.size) return false;
  for (const [name, value] of left) {
    if (right.get(name) !== value) return false;
  }
  return true;
}
