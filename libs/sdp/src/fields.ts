import type { AddressType, Attribute, Bandwidth, Connection, MediaDescription, Origin } from './session-description.js';

const DIGITS = /^\d{1,20}$/;
const TOKEN = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;
const IPV4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

function words(value: string): string[] {
  return value.split(' ').filter((word) => word !== '');
}

function addressType(network: string | undefined, type: string | undefined): AddressType | undefined {
  // RFC 8866 §8.2.6: IN is the only network type in use over IP.
  if (network?.toUpperCase() !== 'IN') return undefined;
  const upper = type?.toUpperCase();
  return upper === 'IP4' || upper === 'IP6' ? upper : undefined;
}

function decimal(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !DIGITS.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

/** `o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>` (RFC 8866 §5.2). */
export function readOrigin(value: string): Origin | undefined {
  const [username, sessionId, sessionVersion, network, type, address, ...rest] = words(value);
  const kind = addressType(network, type);
  if (username === undefined || sessionId === undefined || sessionVersion === undefined) return undefined;
  if (kind === undefined || address === undefined || rest.length > 0) return undefined;
  if (!DIGITS.test(sessionId) || !DIGITS.test(sessionVersion)) return undefined;
  return { username, sessionId, sessionVersion, addressType: kind, address };
}

/** `c=<nettype> <addrtype> <connection-address>` with `/ttl` and `/count` for multicast (RFC 8866 §5.7). */
export function readConnection(value: string): Connection | undefined {
  const [network, type, full, ...rest] = words(value);
  const kind = addressType(network, type);
  if (kind === undefined || full === undefined || rest.length > 0) return undefined;
  const [address, first, second, ...more] = full.split('/');
  if (address === undefined || address === '' || more.length > 0) return undefined;
  if (kind === 'IP4' && address.includes(':')) return undefined;
  if (kind === 'IP6' && IPV4.test(address)) return undefined;
  if (kind === 'IP6' && second !== undefined) return undefined;
  // RFC 8866 §5.7: IPv4 multicast has a TTL before the count, IPv6 multicast has no TTL.
  const ttlText = kind === 'IP4' ? first : undefined;
  const countText = kind === 'IP4' ? second : first;
  const ttl = decimal(ttlText, 255);
  const addressCount = decimal(countText, 65_535);
  if ((ttlText !== undefined && ttl === undefined) || (countText !== undefined && addressCount === undefined)) {
    return undefined;
  }
  return { addressType: kind, address, ttl, addressCount };
}

/** `b=<bwtype>:<bandwidth>` (RFC 8866 §5.8). */
export function readBandwidth(value: string): Bandwidth | undefined {
  const colon = value.indexOf(':');
  if (colon <= 0) return undefined;
  const type = value.slice(0, colon);
  const amount = decimal(value.slice(colon + 1).trim(), Number.MAX_SAFE_INTEGER);
  return amount === undefined || !TOKEN.test(type) ? undefined : { type, value: amount };
}

/** `t=<start-time> <stop-time>` (RFC 8866 §5.9). */
export function readTime(value: string): { start: string; stop: string } | undefined {
  const [start, stop, ...rest] = words(value);
  if (start === undefined || stop === undefined || rest.length > 0) return undefined;
  return DIGITS.test(start) && DIGITS.test(stop) ? { start, stop } : undefined;
}

/** `a=<attribute-name>` or `a=<attribute-name>:<attribute-value>` (RFC 8866 §5.13). */
export function readAttribute(value: string): Attribute | undefined {
  const colon = value.indexOf(':');
  const name = colon === -1 ? value : value.slice(0, colon);
  if (!TOKEN.test(name)) return undefined;
  return { name, value: colon === -1 ? undefined : value.slice(colon + 1) };
}

/** `m=<media> <port>[/<number of ports>] <proto> <fmt> …` (RFC 8866 §5.14). */
export function readMedia(
  value: string,
): Pick<MediaDescription, 'media' | 'port' | 'portCount' | 'protocol' | 'formats'> | undefined {
  const [media, ports, protocol, ...formats] = words(value);
  if (media === undefined || ports === undefined || protocol === undefined || formats.length === 0) return undefined;
  if (!TOKEN.test(media)) return undefined;
  const slash = ports.indexOf('/');
  const port = decimal(slash === -1 ? ports : ports.slice(0, slash), 65_535);
  const portCount = slash === -1 ? undefined : decimal(ports.slice(slash + 1), 65_535);
  if (port === undefined || (slash !== -1 && (portCount === undefined || portCount === 0))) return undefined;
  return { media, port, portCount, protocol, formats };
}
