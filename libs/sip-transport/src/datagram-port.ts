import type { Flow } from './flow.js';
import type { HostPort } from './host-port.js';

/** Plain counts since the port opened. */
export interface DatagramCounters {
  received: number;
  sent: number;
  /** Datagrams of at most four bytes, which phones send to keep a pinhole open. */
  keepalives: number;
  /** STUN messages, which phones send to the same end and which are answered here. */
  stun: number;
  sendErrors: number;
}

/** How much a batched port did at once. Plain counts since it opened. */
export interface BatchCounters {
  /** How often the loop woke up to read. */
  readonly wakeUps: number;
  /** Of these, those that had waited for more to come. */
  readonly gatheredWaits: number;
  /** recvmmsg calls. */
  readonly reads: number;
  readonly readErrors: number;
  /** sendmmsg calls. */
  readonly sends: number;
}

/** `batched`: recvmmsg and sendmmsg in an add-on. `dgram`: node:dgram. */
export type DatagramPortKind = 'batched' | 'dgram';

/**
 * A bound datagram socket: UdpPort over node:dgram, or BatchedUdpPort, which reads and writes batches. Nothing here says when a
 * datagram leaves.
 */
export interface DatagramPort {
  readonly kind: DatagramPortKind;
  /** The address peers know this port by. */
  readonly address: HostPort;
  readonly counters: Readonly<DatagramCounters>;
  /** undefined for a port that knows no batches. */
  readonly batches: BatchCounters | undefined;
  flowTo(remote: HostPort): Flow;
  close(): Promise<void>;
}
