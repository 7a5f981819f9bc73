import type { Flow } from './flow.js';
import type { HostPort } from './host-port.js';

/** Plain counts since the port opened. */
export interface DatagramCounters {
  received: number;
  sent: number;
  /** Datagrams of at most four bytes, which phones send to keep a pinhole open. */
  keepalives: number;
  sendErrors: number;
}

/**
 * A bound datagram socket. UdpPort is one over node:dgram; a port that reads and writes batches can stand in for it, since
 * nothing here says when a datagram leaves.
 */
export interface DatagramPort {
  /** The address peers know this port by. */
  readonly address: HostPort;
  readonly counters: Readonly<DatagramCounters>;
  flowTo(remote: HostPort): Flow;
  close(): Promise<void>;
}
