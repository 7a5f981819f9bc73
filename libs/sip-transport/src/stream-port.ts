import type { Flow, StreamTransportName, TransportEvents } from './flow.js';
import type { HostPort } from './host-port.js';
import type { StreamLimits } from './stream-limits.js';

/** What every stream port is opened with. */
export interface StreamPortOptions {
  /** The address to bind. `::` takes IPv6 only: bind a second port for IPv4. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly events: TransportEvents;
  /** What peers are told instead of the bound address, where it differs or is a wildcard. */
  readonly advertisedHost?: string | undefined;
  readonly advertisedPort?: number | undefined;
  readonly limits?: Partial<StreamLimits> | undefined;
  /**
   * CIDR ranges of the balancers: a connection from there begins with a PROXY protocol header, version 1 or 2, or is closed. From
   * anywhere else no header is read.
   */
  readonly proxyProtocol?: { readonly from: readonly string[] } | undefined;
}

/** Plain counts since the port opened. */
export interface StreamCounters {
  /** Connections that peers opened, and that came through their handshakes. */
  accepted: number;
  /** Connections that this side began to open. */
  connected: number;
  /** Connections refused for the overall or the per-address limit, or since too many waited for their handshake. */
  refused: number;
  /** Connections from a balancer that were closed because their PROXY header was missing, malformed or late. */
  badProxyHeaders: number;
  /** Handshakes of TLS and WebSocket that came to nothing. */
  failedHandshakes: number;
}

/** A listening socket for streams and the connections that belong to it: TcpPort, TlsPort or WebSocketPort. */
export interface StreamPort {
  readonly transport: StreamTransportName;
  /** The address peers know this port by. */
  readonly address: HostPort;
  readonly counters: Readonly<StreamCounters>;
  /** Handshakes that came to nothing, by reason: OpenSSL's and the system's codes, and some of our own. */
  readonly handshakeFailures: ReadonlyMap<string, number>;
  /** Connections that are open or opening. */
  readonly size: number;
  /** The connection with this flow id, however it came to be, while it is open. */
  flow(id: number): Flow | undefined;
  /**
   * The connection that this side opened to the address, or a new one. `serverName`: whose certificate TLS expects there (RFC 5922
   * §4), without it the address itself. Where none can be opened (the limit of connections; WebSocket, which only clients open)
   * the flow returned is closed.
   */
  flowTo(remote: HostPort, serverName?: string): Flow;
  /** The connections that are open now, for whoever closes them one by one. */
  connections(): Iterable<Flow>;
  /** Takes no more connections; those that are open stay. */
  stopListening(): void;
  /** Stops listening and ends every connection, each within the linger time. */
  close(): Promise<void>;
}

/** Counters at their start. */
export function newStreamCounters(): StreamCounters {
  return { accepted: 0, connected: 0, refused: 0, badProxyHeaders: 0, failedHandshakes: 0 };
}
