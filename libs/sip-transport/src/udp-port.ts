import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP, isIPv6 } from 'node:net';
import type { DatagramCounters, DatagramPort } from './datagram-port.js';
import { type Flow, nextFlowId, type TransportEvents } from './flow.js';
import { type HostPort, reachableHost } from './host-port.js';
import { RecentlyUsed } from './recently-used.js';
import { isStun, stunAnswer } from './stun.js';
import { defaultUdpOptions, maxDatagramBytes, maxKeepaliveBytes, type UdpPortOptions } from './udp-port-options.js';

/** A UDP socket over node:dgram. One latin1 string a datagram, both ways. */
export class UdpPort implements DatagramPort {
  readonly kind = 'dgram';
  readonly batches = undefined;
  readonly address: HostPort;
  readonly counters: DatagramCounters = { received: 0, sent: 0, keepalives: 0, stun: 0, sendErrors: 0 };
  /** 4 or 6: the version of IP that it speaks. */
  readonly family: number;
  readonly #socket: Socket;
  readonly #events: TransportEvents;
  readonly #flows: RecentlyUsed<string, UdpFlow>;
  #last: UdpFlow | undefined;
  #closed = false;

  private constructor(socket: Socket, options: UdpPortOptions) {
    const bound = socket.address();
    this.address = {
      host: reachableHost(bound.address, options.advertisedHost),
      port: options.advertisedPort ?? bound.port,
    };
    this.family = isIP(bound.address);
    this.#socket = socket;
    this.#events = options.events;
    this.#flows = new RecentlyUsed(options.maxFlows ?? defaultUdpOptions.maxFlows);
    socket.on('message', (bytes, source) => this.#received(bytes, source));
    socket.on('error', () => {
      this.counters.sendErrors += 1;
    });
  }

  /** Binds the socket. Rejects with Node's error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when it can't. */
  static async open(options: UdpPortOptions): Promise<UdpPort> {
    const socket = createSocket({
      type: isIPv6(options.host) ? 'udp6' : 'udp4',
      ipv6Only: isIPv6(options.host),
      reusePort: options.reusePort ?? defaultUdpOptions.reusePort,
      recvBufferSize: options.receiveBufferBytes ?? defaultUdpOptions.receiveBufferBytes,
      sendBufferSize: options.sendBufferBytes ?? defaultUdpOptions.sendBufferBytes,
      // A name never reaches a socket: dgram would otherwise go through the resolver's thread pool for every datagram.
      lookup: (host, _options, found) => found(null, host, 4),
    });
    // Waited for before bind: with a synchronous lookup the socket may listen before bind returns.
    const listening = once(socket, 'listening');
    try {
      socket.bind(options.port, options.host);
      await listening;
    } catch (error) {
      socket.close();
      throw error;
    }
    return new UdpPort(socket, options);
  }

  get closed(): boolean {
    return this.#closed;
  }

  flowTo(remote: HostPort): UdpFlow {
    return this.#flowTo(remote.host, remote.port);
  }

  /** Sends one datagram; the flow is told when the kernel refuses it. */
  transmit(raw: string, flow: UdpFlow): boolean {
    if (this.#closed || raw.length > maxDatagramBytes || !flow.reachable) {
      this.counters.sendErrors += 1;
      return false;
    }
    const bytes = Buffer.from(raw, 'latin1');
    this.#socket.send(bytes, 0, bytes.length, flow.remote.port, flow.remote.host, flow.sent);
    this.counters.sent += 1;
    return true;
  }

  /** Counts and reports a datagram that the kernel refused. */
  transmitFailed(flow: UdpFlow, error: Error): void {
    this.counters.sendErrors += 1;
    if (!this.#closed) this.#events.sendFailed(flow, error);
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #received(bytes: Buffer, source: RemoteInfo): void {
    if (this.#closed) return;
    if (bytes.length <= maxKeepaliveBytes) {
      this.counters.keepalives += 1;
      return;
    }
    const raw = bytes.toString('latin1');
    if (isStun(raw)) {
      this.counters.stun += 1;
      const answer = stunAnswer(raw, { host: source.address, port: source.port });
      if (answer !== undefined) this.#flowTo(source.address, source.port).send(answer);
      return;
    }
    this.counters.received += 1;
    this.#events.message(raw, this.#flowTo(source.address, source.port), undefined);
  }

  #flowTo(host: string, port: number): UdpFlow {
    const last = this.#last;
    if (last !== undefined && last.remote.port === port && last.remote.host === host) return last;
    const key = `${host}|${port}`;
    let flow = this.#flows.get(key);
    if (flow === undefined) {
      flow = new UdpFlow(this, host, port);
      this.#flows.set(key, flow);
    }
    this.#last = flow;
    return flow;
  }
}

/** The address pair of a UDP port and one peer. Never closes but with its port. */
export class UdpFlow implements Flow {
  readonly id = nextFlowId();
  readonly transport = 'UDP';
  readonly reliable = false;
  readonly local: HostPort;
  readonly remote: HostPort;
  /** False for what can be written in a sent-by but not sent to: port 0, a name, an address of the other version of IP. */
  readonly reachable: boolean;
  readonly #port: UdpPort;
  /** One callback for every datagram on this flow, since a closure per datagram would cost more than the send's own work. */
  readonly sent = (error: Error | null): void => {
    if (error !== null) this.#port.transmitFailed(this, error);
  };

  constructor(port: UdpPort, host: string, remotePort: number) {
    this.#port = port;
    this.local = port.address;
    this.remote = { host, port: remotePort };
    this.reachable = remotePort > 0 && remotePort <= 65_535 && isIP(host) === port.family;
  }

  get closed(): boolean {
    return this.#port.closed;
  }

  send(raw: string): boolean {
    return this.#port.transmit(raw, this);
  }

  flowTo(remote: HostPort): Flow {
    return this.#port.flowTo(remote);
  }

  close(): void {}
}
