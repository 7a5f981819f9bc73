import { type Flow, nextFlowId, type StreamTransportName, type TransportEvents } from './flow.js';
import type { HostPort } from './host-port.js';

/** A flow that never opened, for whoever asked for one that can't be had. Its closing is told as that of any other. */
export class ClosedFlow implements Flow {
  readonly id = nextFlowId();
  readonly transport: StreamTransportName;
  readonly reliable = true;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly closed = true;
  readonly #flowTo: (remote: HostPort, serverName?: string) => Flow;

  constructor(
    port: {
      readonly transport: StreamTransportName;
      readonly address: HostPort;
      readonly events: TransportEvents;
      flowTo(remote: HostPort, serverName?: string): Flow;
    },
    remote: HostPort,
    reason: string,
  ) {
    this.transport = port.transport;
    this.local = port.address;
    this.remote = remote;
    this.#flowTo = (other, serverName) => port.flowTo(other, serverName);
    process.nextTick(() => port.events.flowClosed(this, reason));
  }

  send(): boolean {
    return false;
  }

  flowTo(remote: HostPort, serverName?: string): Flow {
    return this.#flowTo(remote, serverName);
  }

  close(): void {}
}
