/**
 * One spelling of a host: lower case, no dot at the end, IPv6 in brackets. RFC 5954 §4.2: one IPv6 address may be written in several
 * ways; a URL's host is one of them (RFC 5952).
 */
export function canonicalHost(host: string): string {
  const name = host.toLowerCase();
  const isIPv6 = name.includes(':');
  if (!isIPv6) return name.endsWith('.') ? name.slice(0, -1) : name;
  const bracketed = name.startsWith('[') ? name : `[${name}]`;
  return URL.canParse(`http://${bracketed}`) ? new URL(`http://${bracketed}`).hostname : bracketed;
}
