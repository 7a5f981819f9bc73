import type { StackPort } from '@ringdown/sip-runtime';
import { type Flow, formatHostPort, type HostPort, type TransportEvents } from '@ringdown/sip-transport';
import type { MessageRecorder } from './recorder.js';

/** Stands between a stack and its port, and records what passes, both ways, as it is on the wire. */
export class RecordingTransport {
  /** To be given to the port. */
  readonly events: TransportEvents;
  readonly #recorder: MessageRecorder;
  readonly #flows = new WeakMap<Flow, RecordedFlow>();

  constructor(recorder: MessageRecorder, stack: () => TransportEvents) {
    this.#recorder = recorder;
    this.events = {
      message: (raw, flow, envelope) => {
        recorder.record('<', formatHostPort(flow.remote), raw);
        stack().message(raw, this.flow(flow), envelope);
      },
      malformed: (head, flow, code) => stack().malformed(head, this.flow(flow), code),
      flowClosed: (flow, reason) => stack().flowClosed(this.flow(flow), reason),
      sendFailed: (flow, error) => stack().sendFailed(this.flow(flow), error),
    };
  }

  /** The port as the stack should see it. */
  port(port: StackPort): StackPort {
    return { address: port.address, flowTo: (remote) => this.flow(port.flowTo(remote)) };
  }

  /** The flow as the stack sees it: always the same one for the same flow. */
  flow(flow: Flow): RecordedFlow {
    const known = this.#flows.get(flow);
    if (known !== undefined) return known;
    const recorded = new RecordedFlow(this, this.#recorder, flow);
    this.#flows.set(flow, recorded);
    return recorded;
  }
}

/** A flow whose sends are recorded. */
export class RecordedFlow implements Flow {
  readonly #transport: RecordingTransport;
  readonly #recorder: MessageRecorder;
  readonly #flow: Flow;

  constructor(transport: RecordingTransport, recorder: MessageRecorder, flow: Flow) {
    this.#transport = transport;
    this.#recorder = recorder;
    this.#flow = flow;
  }

  get id(): number {
    return this.#flow.id;
  }

  get transport(): Flow['transport'] {
    return this.#flow.transport;
  }

  get reliable(): boolean {
    return this.#flow.reliable;
  }

  get local(): HostPort {
    return this.#flow.local;
  }

  get remote(): HostPort {
    return this.#flow.remote;
  }

  get closed(): boolean {
    return this.#flow.closed;
  }

  send(raw: string): boolean {
    this.#recorder.record('>', formatHostPort(this.remote), raw);
    return this.#flow.send(raw);
  }

  flowTo(remote: HostPort): Flow {
    return this.#transport.flow(this.#flow.flowTo(remote));
  }

  close(): void {
    this.#flow.close();
  }
}
