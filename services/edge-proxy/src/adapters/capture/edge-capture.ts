import type { edge } from '@ringdown/contracts';
import type { Bus, OutageLog, Settings } from '@ringdown/platform';
import type { MessageTap } from '@ringdown/sip-runtime';
import type { Flow } from '@ringdown/sip-transport';
import { type CallMessages, findCallMessages, type MessagesOfEdge } from '../../use-cases/find-call-messages.js';
import { KeepEvents } from '../bus/keep-events.js';
import { foundFromWire } from '../grpc/captured-messages.js';
import { HepExporter } from '../hep/hep-exporter.js';
import { bothTaps } from './both-taps.js';
import { type CaptureLimits, MessageCapture } from './message-capture.js';
import { WallClock } from './wall-clock.js';

export interface EdgeCaptureOptions {
  readonly edgeId: string;
  /** Absent: the edge keeps no messages, and asks the others for theirs all the same. */
  readonly limits: CaptureLimits | undefined;
  /** The capture server that gets a copy of every message. Default: none. */
  readonly hep?: NonNullable<Settings['hep']> | undefined;
  readonly outages: OutageLog;
  readonly bus: Bus;
  /** The other edges that are known. */
  readonly others: () => readonly (readonly [edgeId: string, service: Pick<edge.EdgeService, 'findMessages'>])[];
  /** See `MessageCapture`. */
  readonly peerOf: (flow: Flow) => string | undefined;
}

const askTimeoutMs = 2_000;
/** A caller who hears nothing for so long begins to think that nothing happens. */
const slowRingingSec = 6;

/** The messages of calls as far as an edge has to do with them: it keeps its own, answers others, asks others, and hears of calls to keep. */
export class EdgeCapture {
  readonly #options: EdgeCaptureOptions;
  readonly #capture: MessageCapture | undefined;
  readonly #keepEvents: KeepEvents;
  readonly #hep: HepExporter | undefined;

  constructor(options: EdgeCaptureOptions) {
    const { edgeId, limits, bus, peerOf } = options;
    this.#options = options;
    this.#keepEvents = new KeepEvents({
      bus,
      edgeId,
      wallClock: () => Date.now(),
      kept: (callId, reason) => this.#capture?.keep(callId, reason),
    });
    if (limits !== undefined) {
      const publish: KeepEvents['publish'] = (callId, reason) => this.#keepEvents.publish(callId, reason);
      this.#capture = new MessageCapture({ edgeId, limits, peerOf, publish });
    }
    this.#hep = this.#openHep();
  }

  /** To be given every message of the edge; undefined where none is wanted. */
  get tap(): MessageTap | undefined {
    if (this.#hep === undefined || this.#capture === undefined) return this.#hep ?? this.#capture;
    return bothTaps(this.#capture, this.#hep);
  }

  /** Copies for the capture server since the start; undefined where there is none. */
  get copies(): HepExporter['counters'] | undefined {
    return this.#hep?.counters;
  }

  /** How much is kept; undefined where nothing is. */
  get fill(): MessageCapture['fill'] | undefined {
    return this.#capture?.fill;
  }

  /** What this edge has of a call; undefined where it keeps no messages. */
  own(callId: string): Promise<MessagesOfEdge> | undefined {
    return this.#capture?.find(callId);
  }

  /** What the whole platform has of a call, and which edges could not be asked. */
  all(callId: string): Promise<CallMessages> {
    const others = this.#options.others().map(([edgeId, service]) => ({
      edgeId,
      found: async (sipCallId: string) =>
        foundFromWire(edgeId, await service.findMessages({ sipCallId }, { timeoutMs: askTimeoutMs })),
    }));
    const self = { edgeId: this.#options.edgeId, found: async (sipCallId: string) => this.own(sipCallId) };
    return findCallMessages([self, ...others], callId);
  }

  /** Has all edges keep the messages of a call, those that it has by now and those to come. */
  keep(callId: string): void {
    this.#keepEvents.publish(callId, 'operator');
  }

  /** A call has rung after this time; one that took long is kept. */
  rang(callId: string, afterSec: number): void {
    if (afterSec >= slowRingingSec) this.#capture?.propose(callId, 'slow');
  }

  close(): void {
    this.#keepEvents.close();
    this.#capture?.close();
    this.#hep?.close();
  }

  #openHep(): HepExporter | undefined {
    const { hep, edgeId, outages } = this.#options;
    if (hep === undefined) return undefined;
    const { server, id, password } = hep;
    return new HepExporter({
      server,
      agent: { id, nodeName: edgeId, password },
      clock: new WallClock(),
      failed: (error) =>
        void outages.failed('hep', `the capture server at ${server.host} can't be reached: copies are dropped`, {
          error,
        }),
      succeeded: () => void outages.healed('hep', 'the capture server can be reached'),
    });
  }
}
