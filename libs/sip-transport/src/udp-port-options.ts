import type { TransportEvents } from './flow.js';

/** How to open a UDP port, of either kind. */
export interface UdpPortOptions {
  /** The address to bind. `::` takes IPv6 only: bind a second port for IPv4. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly events: TransportEvents;
  /** What peers are told instead of the bound address, where it differs or is a wildcard. */
  readonly advertisedHost?: string | undefined;
  readonly advertisedPort?: number | undefined;
  /** Let other processes bind the same port; the kernel spreads datagrams by source address. */
  readonly reusePort?: boolean;
  /** Kernel buffers, in bytes; the kernel may grant less. */
  readonly receiveBufferBytes?: number;
  readonly sendBufferBytes?: number;
  /** How many peers' flows are remembered, so that the same peer is the same flow. */
  readonly maxFlows?: number;
}

/** What holds where an option is absent. */
export const defaultUdpOptions = {
  reusePort: false,
  receiveBufferBytes: 4 * 1024 * 1024,
  sendBufferBytes: 1024 * 1024,
  maxFlows: 65_536,
} as const;

/** The largest UDP payload over IPv4: 65,535 less 20 bytes of IP and 8 of UDP header (RFC 768). */
export const maxDatagramBytes = 65_507;

/** The longest datagram taken for a keepalive: CRLFCRLF, or the NULs that some phones send. */
export const maxKeepaliveBytes = 4;
