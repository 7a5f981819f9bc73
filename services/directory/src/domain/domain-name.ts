import { type Parsed, parsed, rejected } from '@ringdown/platform/commands';

declare const domainName: unique symbol;

/** A host as it stands in a URI: a name in lower case without a trailing dot, an IPv4 address, or an IPv6 reference in brackets. */
export type DomainName = string & { readonly [domainName]: true };

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const IPV4 = /^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$/;
const IPV6_REFERENCE = /^\[[0-9a-f:.]+\]$/;
const DIGITS_ONLY = /^[0-9]+$/;

const RULE =
  'must be a host name such as sip.example.com, an IPv4 address, or an IPv6 address in brackets; internationalised names in their xn-- form';

/**
 * Reads a host (RFC 3261 §25.1 `host`) into its canonical form, so that one domain has one key. Case and a trailing dot don't
 * matter (RFC 3261 §19.1.4 compares hosts without case).
 */
export function parseDomainName(text: string): Parsed<DomainName> {
  const lower = text.toLowerCase();
  if (IPV6_REFERENCE.test(lower)) return parseIpv6Reference(lower);
  const host = lower.endsWith('.') ? lower.slice(0, -1) : lower;
  if (host.length === 0 || host.length > 253) return rejected(RULE);
  const labels = host.split('.');
  if (!labels.every((label) => LABEL.test(label))) return rejected(RULE);
  // RFC 3261 §25.1: a top label begins with a letter, so what ends in digits is an address or nothing.
  if (DIGITS_ONLY.test(labels.at(-1)!) && !isIpv4(host)) return rejected('is neither a host name nor an IPv4 address');
  return parsed(host as DomainName);
}

function isIpv4(host: string): boolean {
  return IPV4.test(host) && host.split('.').every((part) => Number(part) <= 255);
}

function parseIpv6Reference(reference: string): Parsed<DomainName> {
  // RFC 5952: the URL parser writes the one recommended text form, so that ::1 and 0:0::1 are one domain.
  const url = URL.parse(`http://${reference}/`);
  return url === null ? rejected('is not an IPv6 address in brackets') : parsed(url.hostname as DomainName);
}
