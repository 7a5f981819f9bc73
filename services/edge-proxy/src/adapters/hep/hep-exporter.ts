import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { MessageTap } from '@ringdown/sip-runtime';
import type { Flow, HostPort, TransportName } from '@ringdown/sip-transport';
import { blankedSecrets } from '../../domain/blanked-secrets.js';
import { callIdOf, type Direction } from '../../domain/captured-message.js';
import { type HepAgent, hepPacket } from './hep-packet.js';

export interface HepExporterOptions {
  readonly server: HostPort;
  readonly agent: HepAgent;
  /** `nowUs`: microseconds since 1970; `correct` is called now and then. */
  readonly clock: { readonly nowUs: () => number; correct(): void };
  /** Told when packets can't be sent, and when they can again. */
  readonly failed: (error: unknown) => void;
  readonly succeeded: () => void;
}

interface Waiting {
  readonly direction: Direction;
  readonly raw: string;
  readonly flow: Flow;
  readonly atUs: number;
}

/** What waits to be written, and what the kernel has not taken yet; more is dropped. */
const maxWaiting = 2_000;
const perTurn = 64;
const retryMs = 5_000;
const correctMs = 1_000;

/**
 * Sends a copy of each message that comes and goes over a wire to a capture server (Homer), as HEP version 3 over UDP, with its secrets blanked. The path of a message costs a place in a
 * bounded queue; packets are written afterwards, some in each turn of the event loop. A server that is away costs nothing: what can't be sent is dropped and counted.
 */
export class HepExporter implements MessageTap {
  readonly counters = { sent: 0, dropped: 0 };
  readonly #options: HepExporterOptions;
  #waiting: Waiting[] = [];
  #unsent = 0;
  #scheduled = false;
  #socket: Socket | undefined;
  #isConnected = false;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #corrections: NodeJS.Timeout;

  constructor(options: HepExporterOptions) {
    this.#options = options;
    this.#corrections = setInterval(() => options.clock.correct(), correctMs);
    this.#corrections.unref();
    this.#connect();
  }

  received(raw: string, flow: Flow): void {
    this.#add('received', raw, flow);
  }

  sent(raw: string, flow: Flow): void {
    this.#add('sent', raw, flow);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#corrections);
    this.#waiting = [];
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** Between edges a message has no addresses that mean anything outside of the platform; both ends send what they see on the wire. */
  #add(direction: Direction, raw: string, flow: Flow): void {
    if (flow.transport === 'SIPLINK') return;
    if (!this.#isConnected || this.#waiting.length + this.#unsent >= maxWaiting) {
      this.counters.dropped += 1;
      return;
    }
    this.#waiting.push({ direction, raw, flow, atUs: this.#options.clock.nowUs() });
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#send());
  }

  #send(): void {
    this.#scheduled = false;
    const batch = this.#waiting.splice(0, perTurn);
    for (const message of batch) this.#transmit(message);
    if (this.#waiting.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => this.#send());
  }

  #transmit({ direction, raw, flow, atUs }: Waiting): void {
    const socket = this.#socket;
    if (socket === undefined || !this.#isConnected) {
      this.counters.dropped += 1;
      return;
    }
    const [source, destination] = direction === 'sent' ? [flow.local, flow.remote] : [flow.remote, flow.local];
    const transport = flow.transport as Exclude<TransportName, 'SIPLINK'>;
    const correlationId = callIdOf(raw) ?? '';
    const message = { source, destination, transport, atUs, raw: blankedSecrets(raw), correlationId };
    this.#unsent += 1;
    socket.send(hepPacket(message, this.#options.agent), (error) => {
      this.#unsent -= 1;
      if (error === null) {
        this.counters.sent += 1;
        this.#options.succeeded();
      } else {
        this.counters.dropped += 1;
        this.#options.failed(error);
      }
    });
  }

  /** The name is looked up now, and again after a failure. */
  #connect(): void {
    const { host, port } = this.#options.server;
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    this.#socket = socket;
    socket.unref();
    socket.on('connect', () => {
      this.#isConnected = true;
    });
    socket.on('error', (error) => {
      // That nobody listens is told by ICMP, and changes nothing; a name that can't be looked up is tried again.
      this.#options.failed(error);
      if (this.#isConnected || this.#closed) return;
      socket.close();
      this.#socket = undefined;
      this.#retry = setTimeout(() => this.#connect(), retryMs);
      this.#retry.unref();
    });
    socket.connect(port, host);
  }
}
