/** How far an IP address reaches. */
export type Reach = 'loopback' | 'private' | 'public';

/** The address without brackets, and an IPv4 address that is written as IPv6 as IPv4; undefined for a name. */
export function ipAddress(host: string): string | undefined {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  if (mapped !== null) return mapped[1];
  return isIpv4(bare) || bare.includes(':') ? bare.toLowerCase() : undefined;
}

/** The address family of a host; undefined for a name. */
export function familyOf(host: string): 'IP4' | 'IP6' | undefined {
  const address = ipAddress(host);
  if (address === undefined) return undefined;
  return address.includes(':') ? 'IP6' : 'IP4';
}

/** How far a host's address reaches; undefined for a name, and for the address that stands for none. */
export function reachOf(host: string): Reach | undefined {
  const address = ipAddress(host);
  if (address === undefined || address === '0.0.0.0' || address === '::') return undefined;
  return address.includes(':') ? reachOfIpv6(address) : reachOfIpv4(address);
}

function isIpv4(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);
}

/** RFC 1918, RFC 6598 (carriers' own translators), RFC 3927. */
function reachOfIpv4(address: string): Reach {
  const [first = 0, second = 0] = address.split('.').map(Number);
  if (first === 127) return 'loopback';
  const isPrivate =
    first === 10 ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second <= 127) ||
    (first === 169 && second === 254);
  return isPrivate ? 'private' : 'public';
}

/** RFC 4193, RFC 4291 §2.5.6. */
function reachOfIpv6(address: string): Reach {
  if (address === '::1') return 'loopback';
  return /^(?:f[cd]|fe[89ab])/.test(address) ? 'private' : 'public';
}
