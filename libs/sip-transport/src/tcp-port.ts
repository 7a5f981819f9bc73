import { once } from 'node:events';
import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net';
import type { Flow, TransportEvents } from './flow.js';
import { formatHostPort, type HostPort, reachableHost } from './host-port.js';
import { type ConnectionOwner, TcpConnection } from './tcp-connection.js';
import { defaultTcpLimits, type TcpLimits } from './tcp-limits.js';

/** How to open a TCP port. */
export interface TcpPortOptions {
  /** The address to bind. `::` takes IPv6 only: bind a second port for IPv4. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly events: TransportEvents;
  /** What peers are told instead of the bound address, where it differs or is a wildcard. */
  readonly advertisedHost?: string | undefined;
  readonly advertisedPort?: number | undefined;
  readonly limits?: Partial<TcpLimits>;
}

/** Plain counts since the port opened. */
export interface TcpCounters {
  accepted: number;
  connected: number;
  /** Connections refused for the overall or the per-address limit. */
  refused: number;
}

/** A TCP listener and the connections, both ways, that belong to it. */
export class TcpPort implements ConnectionOwner {
  readonly address: HostPort;
  readonly events: TransportEvents;
  readonly limits: TcpLimits;
  readonly counters: TcpCounters = { accepted: 0, connected: 0, refused: 0 };
  readonly #server: Server;
  readonly #bindHost: string;
  readonly #byId = new Map<number, TcpConnection>();
  readonly #outgoing = new Map<string, TcpConnection>();
  readonly #acceptedByHost = new Map<string, number>();
  #closed = false;

  private constructor(server: Server, options: TcpPortOptions) {
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address after it listens');
    this.address = {
      host: reachableHost(bound.address, options.advertisedHost),
      port: options.advertisedPort ?? bound.port,
    };
    this.#server = server;
    this.#bindHost = bound.address;
    this.events = options.events;
    this.limits = { ...defaultTcpLimits, ...options.limits };
    server.on('connection', (socket) => this.#accept(socket));
    // Running out of descriptors must not end the process: the listener goes on when connections close.
    server.on('error', () => {
      this.counters.refused += 1;
    });
  }

  /** Listens. Rejects with Node's error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when it can't. */
  static async open(options: TcpPortOptions): Promise<TcpPort> {
    // Half-open connections: when the peer ends its side, what is queued is written and our side ends too.
    const server = createServer({ allowHalfOpen: true });
    server.listen({ port: options.port, host: options.host, ipv6Only: isIPv6(options.host) });
    await once(server, 'listening');
    return new TcpPort(server, options);
  }

  /** Connections that are open or opening. */
  get size(): number {
    return this.#byId.size;
  }

  /**
   * The connection that this side opened to the address, or a new one. A connection that the peer opened is never
   * returned: what it says of its address is not proven, and only mutual TLS makes an alias (RFC 5923 §4). At the limit
   * of connections the flow returned is closed.
   */
  flowTo(remote: HostPort): TcpConnection {
    const key = formatHostPort(remote);
    const known = this.#outgoing.get(key);
    if (known !== undefined && !known.closed) return known;
    const refused = this.#closed || this.#byId.size >= this.limits.maxConnections;
    const socket = connect({
      allowHalfOpen: true,
      host: remote.host,
      port: remote.port,
      ...(this.#bindHost === '0.0.0.0' || this.#bindHost === '::' ? {} : { localAddress: this.#bindHost }),
    });
    const connection = new TcpConnection(this, socket, this.address, remote, false);
    this.#byId.set(connection.id, connection);
    if (refused) {
      this.counters.refused += 1;
      connection.abort('connection-limit');
      return connection;
    }
    this.counters.connected += 1;
    this.#outgoing.set(key, connection);
    return connection;
  }

  /** The connection with this flow id, however it came to be, while it is open. */
  flow(id: number): Flow | undefined {
    const connection = this.#byId.get(id);
    return connection?.closed === false ? connection : undefined;
  }

  /** Called by a connection when its socket is gone. */
  ended(connection: TcpConnection): void {
    this.#byId.delete(connection.id);
    const { host } = connection.remote;
    if (connection.accepted) {
      const left = (this.#acceptedByHost.get(host) ?? 1) - 1;
      if (left === 0) this.#acceptedByHost.delete(host);
      else this.#acceptedByHost.set(host, left);
      return;
    }
    const key = formatHostPort(connection.remote);
    if (this.#outgoing.get(key) === connection) this.#outgoing.delete(key);
  }

  /** Stops listening and ends every connection, each within the linger time. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const stopped = once(this.#server, 'close');
    this.#server.close();
    const ending = [...this.#byId.values()].map((connection) => connection.whenEnded());
    for (const connection of this.#byId.values()) connection.end('port-closed');
    await Promise.all([stopped, ...ending]);
  }

  #accept(socket: Socket): void {
    const { remoteAddress: host, remotePort: port } = socket;
    if (host === undefined || port === undefined) {
      socket.destroy();
      return;
    }
    const fromHost = this.#acceptedByHost.get(host) ?? 0;
    if (
      this.#closed ||
      this.#byId.size >= this.limits.maxConnections ||
      fromHost >= this.limits.maxConnectionsPerHost
    ) {
      this.counters.refused += 1;
      socket.on('error', () => socket.destroy());
      socket.destroy();
      return;
    }
    this.#acceptedByHost.set(host, fromHost + 1);
    this.counters.accepted += 1;
    const connection = new TcpConnection(this, socket, this.address, { host, port }, true);
    this.#byId.set(connection.id, connection);
  }
}
