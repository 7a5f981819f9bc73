import { isIPv4, isIPv6 } from 'node:net';
import { compressIpv6, type HostPort, plainHost } from './host-port.js';

/** What the first bytes of a connection from a balancer are. */
export type ProxyHeader =
  /** More bytes are needed. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed'; readonly reason: string }
  /** `bytes` long. `source` is undefined where the balancer speaks for itself (health checks) or for no known address. */
  | { readonly kind: 'header'; readonly bytes: number; readonly source: HostPort | undefined };

const incomplete: ProxyHeader = { kind: 'incomplete' };

const v1Start = Buffer.from('PROXY ', 'latin1');
/** The longest line of version 1 has 107 bytes, CRLF included. */
const v1MaxBytes = 107;

const v2Start = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const v2FixedBytes = 16;
/** Addresses and TLVs. The length field allows 64 KiB; what balancers send is a few hundred bytes. */
const v2MaxBytes = 4_096;

/**
 * Reads the header of the PROXY protocol, version 1 or 2, at the beginning of the bytes. Never throws. What can't become a
 * header is malformed with the first byte that shows it.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (beginsLike(bytes, v2Start)) return bytes.length < v2FixedBytes ? incomplete : readV2(bytes);
  if (beginsLike(bytes, v1Start)) return readV1(bytes);
  return malformed('no PROXY header');
}

function malformed(reason: string): ProxyHeader {
  return { kind: 'malformed', reason };
}

/** Whether the bytes that are there fit the start, however few they are. */
function beginsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.compare(start, 0, length, 0, length) === 0;
}

function readV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, v1MaxBytes).indexOf('\r\n', 0, 'latin1');
  if (end === -1) return bytes.length >= v1MaxBytes ? malformed('version 1 without a line end') : incomplete;
  const line = bytes.toString('latin1', 0, end);
  const header = (source: HostPort | undefined): ProxyHeader => ({ kind: 'header', bytes: end + 2, source });
  // What follows UNKNOWN is to be ignored.
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) return header(undefined);
  const [, family, host = '', to = '', port = '', toPort = '', more] = line.split(' ');
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined;
  if (isAddress === undefined) return malformed('version 1 with an unknown protocol');
  if (more !== undefined || !isAddress(host) || !isAddress(to)) return malformed('version 1 with a bad address');
  if (!isPort(port) || !isPort(toPort)) return malformed('version 1 with a bad port');
  return header({ host: plainHost(isIPv6(host) ? compressIpv6(host) : host), port: Number(port) });
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

function readV2(bytes: Buffer): ProxyHeader {
  const versionAndCommand = bytes.readUInt8(12);
  const familyAndProtocol = bytes.readUInt8(13);
  const length = bytes.readUInt16BE(14);
  if (versionAndCommand !== 0x20 && versionAndCommand !== 0x21) return malformed('version 2 with an unknown command');
  if (length > v2MaxBytes) return malformed('version 2, too long');
  const family = familyAndProtocol >> 4;
  const protocol = familyAndProtocol & 0x0f;
  if (family > 3 || protocol > 2) return malformed('version 2 with an unknown family');
  const addressBytes = family === 1 ? 12 : family === 2 ? 36 : 0;
  // LOCAL says nothing of addresses, even where some stand there.
  const local = versionAndCommand === 0x20;
  if (!local && length < addressBytes) return malformed('version 2, too short for its addresses');
  if (!local && protocol === 2) return malformed('version 2 for datagrams');
  const all = v2FixedBytes + length;
  if (bytes.length < all) return incomplete;
  if (local || protocol === 0 || addressBytes === 0) return { kind: 'header', bytes: all, source: undefined };
  const at = v2FixedBytes;
  const source =
    family === 1
      ? { host: bytes.subarray(at, at + 4).join('.'), port: bytes.readUInt16BE(at + 8) }
      : { host: plainHost(ipv6Text(bytes, at)), port: bytes.readUInt16BE(at + 32) };
  return { kind: 'header', bytes: all, source };
}

function ipv6Text(bytes: Buffer, at: number): string {
  const groups: string[] = [];
  for (let group = 0; group < 8; group += 1) groups.push(bytes.readUInt16BE(at + 2 * group).toString(16));
  return compressIpv6(groups.join(':'));
}
