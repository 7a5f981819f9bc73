import ipaddr from 'ipaddr.js';

/**
 * Whether an IP address is one of the public internet: not loopback, private, link-local, shared (RFC 6598), multicast, reserved or unspecified,
 * also where IPv6 carries such an IPv4 address. A text that is no address is not public.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  // An IPv4-mapped address is taken for the IPv4 address that the kernel connects to. Those behind translators and tunnels
  // (NAT64, 6to4, Teredo) have ranges of their own and are refused, since what they lead to is another's.
  return ipaddr.process(text).range() === 'unicast';
}
