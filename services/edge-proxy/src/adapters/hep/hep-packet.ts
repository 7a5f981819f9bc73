import { isIP } from 'node:net';
import type { HostPort, TransportName } from '@ringdown/sip-transport';

/** A message as a capture server gets it. */
export interface HepMessage {
  readonly source: HostPort;
  readonly destination: HostPort;
  readonly transport: Exclude<TransportName, 'SIPLINK'>;
  /** Microseconds since 1970. */
  readonly atUs: number;
  /** The SIP message, one character a byte. */
  readonly raw: string;
  /** What belongs together: the Call-ID. */
  readonly correlationId: string;
}

/** Who captures. */
export interface HepAgent {
  /** A number that the capture server knows it by. */
  readonly id: number;
  /** Its name, such as the edge's. */
  readonly nodeName: string;
  /** What the capture server lets it in with; undefined where it asks for nothing. */
  readonly password: string | undefined;
}

/** Generic chunks (vendor 0) of HEP version 3, by their numbers. */
const Chunk = {
  IpFamily: 0x0001,
  IpProtocol: 0x0002,
  SourceIpv4: 0x0003,
  DestinationIpv4: 0x0004,
  SourceIpv6: 0x0005,
  DestinationIpv6: 0x0006,
  SourcePort: 0x0007,
  DestinationPort: 0x0008,
  Seconds: 0x0009,
  Microseconds: 0x000a,
  PayloadType: 0x000b,
  AgentId: 0x000c,
  Password: 0x000e,
  Payload: 0x000f,
  CorrelationId: 0x0011,
  NodeName: 0x0013,
} as const;

/** AF_INET and AF_INET6, as the specification has them. */
const families = { 4: 2, 6: 10 } as const;
const protocols = { UDP: 17, TCP: 6 } as const;
const sip = 1;
const headBytes = 6;
/** A packet's length has 16 bits, and a datagram that many less its own head. */
const maxPacketBytes = 65_000;

/** Writes a HEP version 3 packet. A message that doesn't fit into one is cut. */
export function hepPacket(message: HepMessage, agent: HepAgent): Buffer {
  const { source, destination, transport, atUs, raw, correlationId } = message;
  const family = isIP(source.host) === 6 || isIP(destination.host) === 6 ? 6 : 4;
  const [sourceChunk, destinationChunk] =
    family === 4 ? [Chunk.SourceIpv4, Chunk.DestinationIpv4] : [Chunk.SourceIpv6, Chunk.DestinationIpv6];
  const chunks = [
    number(Chunk.IpFamily, 1, families[family]),
    number(Chunk.IpProtocol, 1, transport === 'UDP' ? protocols.UDP : protocols.TCP),
    bytes(sourceChunk, addressBytes(source.host, family)),
    bytes(destinationChunk, addressBytes(destination.host, family)),
    number(Chunk.SourcePort, 2, source.port),
    number(Chunk.DestinationPort, 2, destination.port),
    number(Chunk.Seconds, 4, Math.floor(atUs / 1_000_000)),
    number(Chunk.Microseconds, 4, Math.floor(atUs % 1_000_000)),
    number(Chunk.PayloadType, 1, sip),
    number(Chunk.AgentId, 4, agent.id),
    ...(agent.password === undefined ? [] : [bytes(Chunk.Password, Buffer.from(agent.password, 'utf8'))]),
    bytes(Chunk.CorrelationId, Buffer.from(correlationId, 'latin1')),
    bytes(Chunk.NodeName, Buffer.from(agent.nodeName, 'utf8')),
  ];
  const used = chunks.reduce((sum, { length }) => sum + length, headBytes + headBytes);
  chunks.push(bytes(Chunk.Payload, Buffer.from(raw.slice(0, maxPacketBytes - used), 'latin1')));
  const packet = Buffer.concat([Buffer.from('HEP3\0\0', 'latin1'), ...chunks]);
  packet.writeUInt16BE(packet.length, 4);
  return packet;
}

function number(type: number, size: 1 | 2 | 4, value: number): Buffer {
  const chunk = head(type, size);
  chunk.writeUIntBE(value, headBytes, size);
  return chunk;
}

function bytes(type: number, content: Uint8Array): Buffer {
  const chunk = head(type, content.length);
  chunk.set(content, headBytes);
  return chunk;
}

/** Vendor 0, the type, and the length with the head's own six bytes. */
function head(type: number, size: number): Buffer {
  const chunk = Buffer.alloc(headBytes + size);
  chunk.writeUInt16BE(type, 2);
  chunk.writeUInt16BE(headBytes + size, 4);
  return chunk;
}

/** The bytes of an address; zeros for a name, which an advertised address may be. An IPv4 address among IPv6 ones is mapped (RFC 4291 §2.5.5.2). */
function addressBytes(host: string, family: 4 | 6): Buffer {
  const version = isIP(host);
  if (family === 4) return Buffer.from(version === 4 ? host.split('.').map(Number) : [0, 0, 0, 0]);
  if (version === 4) return Buffer.from([...zeros(10), 0xff, 0xff, ...host.split('.').map(Number)]);
  return version === 6 ? ipv6Bytes(host) : Buffer.alloc(16);
}

function ipv6Bytes(host: string): Buffer {
  // The URL parser writes an address in one way (RFC 5952), without dotted parts; a zone is nobody else's business.
  const text = new URL(`http://[${host.split('%', 1)[0]}]`).hostname.slice(1, -1);
  const [before = '', after] = text.split('::');
  const left = groups(before);
  const right = groups(after ?? '');
  const words = [...left, ...zeros(8 - left.length - right.length), ...right];
  return Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

function groups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function zeros(count: number): readonly number[] {
  return Array.from({ length: Math.max(0, count) }, () => 0);
}
