import { crc32 } from 'node:zlib';
import type { HostPort } from './host-port.js';
import { parseIpv4 } from './ipv4.js';

const headerBytes = 20;
const magicCookie = '\x21\x12\xa4\x42';
const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const bindingError = 0x0111;

const mappedAddressXored = 0x0020;
const errorCode = 0x0009;
const unknownAttributes = 0x000a;
const fingerprint = 0x8028;
const fingerprintMask = 0x5354554e;
const fingerprintBytes = 8;

/** What a request may ask us to comprehend (RFC 8489 §18.3.1), used or not: credentials mean nothing here (RFC 5626 §8). */
const comprehended: ReadonlySet<number> = new Set([0x0006, 0x0008, 0x0014, 0x0015]);
/** More are not listed: the answer stays smaller than what asks for it. */
const maxUnknown = 4;

/** Whether a datagram is STUN and not SIP: no SIP message begins with two zero bits (RFC 5626 §8, RFC 8489 §5). */
export function isStun(raw: string): boolean {
  return raw.charCodeAt(0) < 0x40 && raw.length >= headerBytes && raw.startsWith(magicCookie, 4);
}

/**
 * The answer to a binding request from `source`: where its datagrams come from, so that a phone sees its NAT and keeps it open
 * (RFC 5626 §4.4.2, RFC 8489 §7.3.1). Latin1 strings, a character a byte. undefined where nothing is to be answered: responses,
 * indications, other methods, what is malformed.
 */
export function stunAnswer(raw: string, source: HostPort): string | undefined {
  const bodyBytes = word(raw, 2);
  if (word(raw, 0) !== bindingRequest || bodyBytes !== raw.length - headerBytes || bodyBytes % 4 !== 0)
    return undefined;
  const unknown: number[] = [];
  let fingerprinted = false;
  for (let at = headerBytes; at < raw.length; ) {
    const type = word(raw, at);
    const next = at + 4 + ((word(raw, at + 2) + 3) & ~3);
    if (next > raw.length) return undefined;
    if (type === fingerprint) {
      // It is the last of all, and right, or this isn't STUN.
      if (next !== raw.length || next - at !== fingerprintBytes || raw.slice(at) !== fingerprintOf(raw.slice(0, at)))
        return undefined;
      fingerprinted = true;
    } else if (type < 0x8000 && !comprehended.has(type) && unknown.length < maxUnknown) unknown.push(type);
    at = next;
  }
  const transaction = raw.slice(4, headerBytes);
  const [type, attributes] =
    unknown.length === 0
      ? [bindingSuccess, attribute(mappedAddressXored, xored(source, transaction))]
      : [
          bindingError,
          attribute(errorCode, '\0\0\x04\x14Unknown Attribute') +
            attribute(unknownAttributes, unknown.map(twoBytes).join('')),
        ];
  const bytes = attributes.length + (fingerprinted ? fingerprintBytes : 0);
  const answer = twoBytes(type) + twoBytes(bytes) + transaction + attributes;
  return fingerprinted ? answer + fingerprintOf(answer) : answer;
}

function word(raw: string, at: number): number {
  return (raw.charCodeAt(at) << 8) | raw.charCodeAt(at + 1);
}

function twoBytes(value: number): string {
  return String.fromCharCode(value >> 8, value & 255);
}

function attribute(type: number, value: string): string {
  const padding = '\0'.repeat((4 - (value.length % 4)) % 4);
  return twoBytes(type) + twoBytes(value.length) + value + padding;
}

/** The CRC of what comes before it, whose header counts it in its length already. */
function fingerprintOf(before: string): string {
  const sum = (crc32(Buffer.from(before, 'latin1')) ^ fingerprintMask) >>> 0;
  return attribute(fingerprint, twoBytes(sum >>> 16) + twoBytes(sum & 0xffff));
}

/** The address, XORed with cookie and transaction, so that no NAT takes it for one that it should change (RFC 8489 §14.2). */
function xored({ host, port }: HostPort, transaction: string): string {
  const ipv4 = parseIpv4(host);
  const address = ipv4 === undefined ? ipv6Bytes(host) : twoBytes(ipv4 >>> 16) + twoBytes(ipv4 & 0xffff);
  let text = `\0${ipv4 === undefined ? '\x02' : '\x01'}${twoBytes(port ^ word(magicCookie, 0))}`;
  for (let at = 0; at < address.length; at += 1)
    text += String.fromCharCode(address.charCodeAt(at) ^ transaction.charCodeAt(at));
  return text;
}

function ipv6Bytes(host: string): string {
  const [head = '', tail] = (host.split('%', 1)[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  while (groups.length + last.length < 8) groups.push('0');
  return [...groups, ...last].map((group) => twoBytes(Number.parseInt(group, 16))).join('');
}
