import { networkInterfaces } from 'node:os';

/** A numeric IP address (IPv6 without brackets) and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The address as it stands in a sent-by or a URI: `192.0.2.1:5060`, `[2001:db8::1]:5060`. */
export function formatHostPort(address: HostPort): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** Whether the text is an address of this machine only, or the name for it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * What peers should call a socket bound to `bound`: the advertised host if one is given, the bound host if it names one
 * address, otherwise this machine's first external address of the same family, or loopback where it has none.
 */
export function reachableHost(bound: string, advertised: string | undefined): string {
  if (advertised !== undefined) return advertised;
  if (bound !== '0.0.0.0' && bound !== '::') return bound;
  const family = bound === '::' ? 'IPv6' : 'IPv4';
  for (const addresses of Object.values(networkInterfaces())) {
    for (const address of addresses ?? []) {
      if (address.family === family && !address.internal && !address.address.startsWith('fe80:'))
        return address.address;
    }
  }
  return family === 'IPv6' ? '::1' : '127.0.0.1';
}

/** The parts of `192.0.2.1:5060`, `[2001:db8::1]:5060` or `name:5060`; undefined where there is no port. */
export function parseHostPort(text: string): HostPort | undefined {
  const parts = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (parts === null) return undefined;
  return { host: parts[1] ?? parts[2] ?? '', port: Number(parts[3]) };
}

/** The address without the wrapping that an IPv4 address has on an IPv6 socket: `192.0.2.1` for `::ffff:192.0.2.1`. */
export function plainHost(host: string): string {
  if (!/^::ffff:/i.test(host)) return host;
  const rest = host.slice('::ffff:'.length);
  if (rest.includes('.')) return rest;
  const [high, low, more] = rest.split(':').map((group) => Number.parseInt(group, 16));
  if (high === undefined || low === undefined || more !== undefined) return host;
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** An IPv6 address in its shortest form (RFC 5952), as the system writes it; one with a zone (RFC 4007) as it is. */
export function compressIpv6(host: string): string {
  if (host.includes('%')) return host;
  return new URL(`http://[${host}]`).hostname.slice(1, -1);
}
