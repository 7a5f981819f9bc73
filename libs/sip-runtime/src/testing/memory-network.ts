import { type Flow, formatHostPort, type HostPort, nextFlowId, type TransportEvents } from '@ringdown/sip-transport';
import type { StackPort } from '../sip-stack-options.js';

/** One datagram, or one message on a connection, under way. */
export interface Delivery {
  readonly from: HostPort;
  readonly to: HostPort;
  readonly raw: string;
}

/** Ports in memory. What is sent waits until `deliver`, so that a test decides what arrives. */
export class MemoryNetwork {
  readonly sent: Delivery[] = [];
  readonly #ports = new Map<string, MemoryPort>();
  readonly #underWay: Delivery[] = [];
  /** Which deliveries are lost. */
  loses: (delivery: Delivery) => boolean = () => false;

  port(address: HostPort, events: TransportEvents, reliable = false): MemoryPort {
    const port = new MemoryPort(this, address, events, reliable);
    this.#ports.set(formatHostPort(address), port);
    return port;
  }

  put(delivery: Delivery): void {
    this.sent.push(delivery);
    this.#underWay.push(delivery);
  }

  /** Delivers what is under way, and what that causes, until nothing is. */
  deliver(): void {
    for (let delivery = this.#underWay.shift(); delivery !== undefined; delivery = this.#underWay.shift()) {
      const { from, to, raw } = delivery;
      if (this.loses(delivery)) continue;
      const port = this.#ports.get(formatHostPort(to));
      port?.events.message(raw, port.flowTo(from), undefined);
    }
  }
}

/** A port of a MemoryNetwork. */
export class MemoryPort implements StackPort {
  readonly network: MemoryNetwork;
  readonly address: HostPort;
  readonly events: TransportEvents;
  readonly reliable: boolean;
  readonly #flows = new Map<string, MemoryFlow>();

  constructor(network: MemoryNetwork, address: HostPort, events: TransportEvents, reliable: boolean) {
    this.network = network;
    this.address = address;
    this.events = events;
    this.reliable = reliable;
  }

  flowTo(remote: HostPort): MemoryFlow {
    const key = formatHostPort(remote);
    const known = this.#flows.get(key);
    if (known?.closed === false) return known;
    const flow = new MemoryFlow(this, { host: remote.host, port: remote.port });
    this.#flows.set(key, flow);
    return flow;
  }
}

/** A flow of a MemoryPort. */
export class MemoryFlow implements Flow {
  readonly id = nextFlowId();
  readonly transport: 'UDP' | 'TCP';
  readonly reliable: boolean;
  readonly local: HostPort;
  readonly remote: HostPort;
  closed = false;
  /** Makes `send` fail at once. */
  refuses = false;
  readonly #port: MemoryPort;

  constructor(port: MemoryPort, remote: HostPort) {
    this.#port = port;
    this.transport = port.reliable ? 'TCP' : 'UDP';
    this.reliable = port.reliable;
    this.local = port.address;
    this.remote = remote;
  }

  send(raw: string): boolean {
    if (this.closed || this.refuses) return false;
    this.#port.network.put({ from: this.local, to: this.remote, raw });
    return true;
  }

  flowTo(remote: HostPort): Flow {
    return this.#port.flowTo(remote);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#port.events.flowClosed(this, 'closed');
  }
}
