import { COLON, DIGIT, DIGIT_0, DOT, HEX, HYPHEN, LABEL, LBRACKET, RBRACKET } from './chars.js';

/**
 * The index after the host that starts at `start` (RFC 3261 §25.1 `host`: hostname, IPv4address or bracketed
 * IPv6reference), or -1 when there is none. The host ends at the first character that can't belong to it.
 */
export function scanHost(text: string, start: number, end: number): number {
  if (start < end && text.charCodeAt(start) === LBRACKET) {
    const close = text.indexOf(']', start);
    if (close === -1 || close >= end || !isIpv6(text, start + 1, close)) return -1;
    return close + 1;
  }
  const ipv4End = endOfIpv4(text, start, end);
  if (ipv4End !== -1 && !goesOn(text, ipv4End, end)) return ipv4End;
  let at = start;
  let labels = 0;
  let lastIsNumber = 1;
  for (;;) {
    const labelStart = at;
    let isNumber = 1;
    let c = text.charCodeAt(at);
    while (at < end && LABEL[c] === 1) {
      isNumber &= DIGIT[c] as number;
      c = text.charCodeAt(++at);
    }
    // A trailing dot makes the name absolute.
    if (at === labelStart && labels > 0) break;
    // RFC 3261 §25.1 `domainlabel`: neither empty nor with a hyphen at an end.
    if (at === labelStart || text.charCodeAt(labelStart) === HYPHEN || text.charCodeAt(at - 1) === HYPHEN) return -1;
    labels++;
    lastIsNumber = isNumber;
    if (at >= end || c !== DOT) break;
    at++;
  }
  // RFC 3261 §25.1 wants a letter first in the last label; container names may begin with a digit, so one that is no
  // number, and thus can't be taken for an address, is enough.
  return lastIsNumber === 1 ? -1 : at;
}

function goesOn(text: string, at: number, end: number): boolean {
  return at < end && (LABEL[text.charCodeAt(at)] === 1 || text.charCodeAt(at) === DOT);
}

/** Whether text[start, end) is an IPv4 address. */
export function isIpv4(text: string, start: number, end: number): boolean {
  return endOfIpv4(text, start, end) === end;
}

/** The index after four decimal numbers up to 255 of at most three digits (RFC 3261 §25.1 `IPv4address`), or -1. */
function endOfIpv4(text: string, start: number, end: number): number {
  let at = start;
  for (let part = 0; ; part++) {
    const partStart = at;
    let number = 0;
    while (at < end && at < partStart + 3 && DIGIT[text.charCodeAt(at)] === 1) {
      number = number * 10 + text.charCodeAt(at) - DIGIT_0;
      at++;
    }
    if (at === partStart || number > 255) return -1;
    if (part === 3) return at;
    if (at >= end || text.charCodeAt(at) !== DOT) return -1;
    at++;
  }
}

/**
 * Whether text[start, end) is an IPv6 address without brackets (RFC 4291 §2.2, RFC 5954). RFC 3261's grammar let three
 * colons come before an embedded IPv4 address; RFC 5118 §4.10 asks that it be taken for two.
 */
export function isIpv6(text: string, start: number, end: number): boolean {
  let groups = 0;
  let compressed = false;
  let at = start;
  while (at < end) {
    if (text.charCodeAt(at) === COLON) {
      if (text.charCodeAt(at + 1) !== COLON || at + 1 >= end) return false;
      if (compressed) return false;
      compressed = true;
      at += 2;
      if (at < end && text.charCodeAt(at) === COLON && isIpv4(text, at + 1, end)) at++;
      continue;
    }
    let groupEnd = at;
    while (groupEnd < end && HEX[text.charCodeAt(groupEnd)] === 1) groupEnd++;
    if (groupEnd < end && text.charCodeAt(groupEnd) === DOT) {
      if (!isIpv4(text, at, end)) return false;
      groups += 2;
      break;
    }
    if (groupEnd === at || groupEnd - at > 4) return false;
    groups++;
    at = groupEnd;
    if (at < end) {
      if (text.charCodeAt(at) !== COLON || at + 1 === end) return false;
      if (text.charCodeAt(at + 1) !== COLON) at++;
    }
  }
  return compressed ? groups <= 7 : groups === 8;
}

/** The address in groups, for comparison (RFC 5954 §4.2: IPv6 addresses are compared as numbers), or the host as it is. */
export function canonicalHost(host: string): string {
  if (host.charCodeAt(0) !== LBRACKET || host.charCodeAt(host.length - 1) !== RBRACKET) return host;
  let address = host.slice(1, -1).replace(':::', '::');
  const dotted = address.lastIndexOf(':') + 1;
  if (address.includes('.', dotted)) {
    const parts = address.slice(dotted).split('.').map(Number) as [number, number, number, number];
    address = `${address.slice(0, dotted)}${(parts[0] * 256 + parts[1]).toString(16)}:${(parts[2] * 256 + parts[3]).toString(16)}`;
  }
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: Math.max(0, zeros) }, () => '0'), ...right];
  return `[${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}]`;
}

/** text[start, end) in lower case; without an allocation beyond the slice when it is already so. */
export function lowerCaseSlice(text: string, start: number, end: number): string {
  const slice = text.slice(start, end);
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x41 && c <= 0x5a) return slice.toLowerCase();
  }
  return slice;
}
