import { once } from 'node:events';
import { createServer, isIPv6, type Server, type Socket } from 'node:net';
import { Admission } from './admission.js';
import { type HostPort, plainHost, reachableHost } from './host-port.js';
import { ProxyHeaderReader } from './proxy-header-reader.js';
import type { StreamLimits } from './stream-limits.js';
import { newStreamCounters, type StreamCounters, type StreamPortOptions } from './stream-port.js';

/** A connection that a peer opened, before any handshake. `remote` is the client, also behind a balancer. */
export interface AcceptedSocket {
  readonly socket: Socket;
  readonly remote: HostPort;
}

/** What takes the connections of a listener. */
export type AcceptSocket = (accepted: AcceptedSocket) => void;

/** Connections that the system keeps until they are accepted: phones that lost another edge come all at once. */
const maxPendingConnections = 4_096;

/** The listening socket of a stream port: it bounds connections and reads what balancers say of them. */
export class StreamListener {
  readonly address: HostPort;
  /** What outgoing connections bind; undefined where that is up to the system. */
  readonly bindHost: string | undefined;
  readonly limits: StreamLimits;
  readonly counters: StreamCounters = newStreamCounters();
  readonly handshakeFailures = new Map<string, number>();
  readonly admission: Admission;
  readonly #server: Server;
  readonly #proxies: ProxyHeaderReader | undefined;
  #accept: AcceptSocket = ({ socket }) => socket.destroy();
  #closed = false;
  #stopped: Promise<unknown> | undefined;

  private constructor(
    server: Server,
    options: StreamPortOptions,
    limits: StreamLimits,
    proxies: ProxyHeaderReader | undefined,
  ) {
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address after it listens');
    this.address = {
      host: reachableHost(bound.address, options.advertisedHost),
      port: options.advertisedPort ?? bound.port,
    };
    const anyHost = bound.address === '0.0.0.0' || bound.address === '::';
    this.bindHost = anyHost ? undefined : bound.address;
    this.limits = limits;
    this.admission = new Admission(limits);
    this.#server = server;
    this.#proxies = proxies;
    server.on('connection', (socket) => this.#arrived(socket));
    // Running out of descriptors must not end the process: the listener goes on when connections close.
    server.on('error', () => {
      this.counters.refused += 1;
    });
  }

  /**
   * Listens. Rejects with Node's error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when it can't, with a RangeError for a balancer's range that
   * is none.
   */
  static async open(options: StreamPortOptions, defaults: StreamLimits): Promise<StreamListener> {
    const limits = { ...defaults, ...options.limits };
    const { proxyProtocol } = options;
    const proxies = proxyProtocol === undefined ? undefined : new ProxyHeaderReader(proxyProtocol.from, limits);
    // Half-open connections: when the peer ends its side, what is queued is written and our side ends too.
    const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 });
    const { host, port } = options;
    server.listen({ host, port, ipv6Only: isIPv6(host), backlog: maxPendingConnections });
    await once(server, 'listening');
    return new StreamListener(server, options, limits, proxies);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** To be called in the turn of the event loop in which the listener was opened. */
  start(accept: AcceptSocket): void {
    this.#accept = accept;
  }

  handshakeFailed(reason: string): void {
    this.counters.failedHandshakes += 1;
    this.handshakeFailures.set(reason, (this.handshakeFailures.get(reason) ?? 0) + 1);
  }

  /** Takes no more connections; what is open stays. Resolves when the last of them is gone. */
  stop(): Promise<unknown> {
    if (this.#stopped === undefined) {
      this.#stopped = once(this.#server, 'close');
      this.#server.close();
    }
    return this.#stopped;
  }

  /** As `stop`, and what has come and has not said yet who it is goes too. */
  close(): Promise<unknown> {
    this.#closed = true;
    this.#proxies?.close();
    return this.stop();
  }

  #arrived(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    // A connection may be over before it is looked at. Whoever takes it over listens for errors that count.
    socket.on('error', () => socket.destroy());
    if (remoteAddress === undefined || remotePort === undefined || this.#closed) {
      socket.destroy();
      return;
    }
    if (!this.admission.enter()) {
      this.#refuse(socket);
      return;
    }
    socket.once('close', () => this.admission.leave());
    const remote = { host: plainHost(remoteAddress), port: remotePort };
    if (this.#proxies?.expects(remote.host) !== true) {
      this.#enter({ socket, remote });
      return;
    }
    this.#proxies.read(socket, (read) => {
      if (read.kind === 'malformed') {
        this.counters.badProxyHeaders += 1;
        socket.destroy();
      } else this.#enter({ socket, remote: read.source ?? remote });
    });
  }

  #enter(accepted: AcceptedSocket): void {
    const { socket, remote } = accepted;
    if (!this.admission.enterFrom(remote.host)) {
      this.#refuse(socket);
      return;
    }
    socket.once('close', () => this.admission.leaveFrom(remote.host));
    this.#accept(accepted);
  }

  #refuse(socket: Socket): void {
    this.counters.refused += 1;
    socket.destroy();
  }
}
