import { type Flow, nextFlowId, type TransportEvents } from './flow.js';
import type { HostPort } from './host-port.js';
import { isNewRequest } from './new-request.js';
import {
  type EnvelopeContext,
  isLeavingNotice,
  type LinkItem,
  type SipLinkClass,
  type TransportErrorNotice,
} from './siplink-envelope.js';
import type { SipLinkLimits } from './siplink-limits.js';

/** What became of an envelope: on its way, refused for lack of room, or refused because the stream is gone. */
export type EnvelopeOutcome = 'queued' | 'full' | 'closed';

/** Who is at the other end of a stream, by its own word; credentials decide whether that word counts. */
export interface SipLinkPeer {
  /** The pod, such as an edge's id. */
  readonly name: string;
  /** Which life of that pod. */
  readonly incarnation: string;
}

/** A SipLink stream as a flow. */
export interface SipLinkFlow extends Flow {
  readonly linkClass: SipLinkClass;
  readonly peer: SipLinkPeer;
  /** Queues a message with its context. 'full' only for a new out-of-dialog request, unless the reserve is used up too. */
  sendEnvelope(raw: string, context: EnvelopeContext): EnvelopeOutcome;
  /** Tells the peer that a request it sent here could not be sent on. */
  sendNotice(notice: TransportErrorNotice): EnvelopeOutcome;
  /** Stops taking envelopes from the peer, which then queues and refuses (HTTP/2 flow control, RFC 9113 §5.2). */
  pauseReading(): void;
  resumeReading(): void;
}

/** Whether the flow is a SipLink stream. */
export function isSipLinkFlow(flow: Flow): flow is SipLinkFlow {
  return flow.transport === 'SIPLINK';
}

/** One item in a queue, with the time after which it is dropped. */
export interface QueuedItem {
  readonly item: LinkItem;
  readonly deadline: number;
}

/** The stream beneath a channel. */
export interface EnvelopePipe {
  /** Writes a batch. False: write no more until the channel's `drained` is called. */
  write(batch: readonly QueuedItem[], now: number): boolean;
  pauseReading(): void;
  resumeReading(): void;
  /** Ends the stream: gracefully, or at once when `abort`. Calls the channel's `broken` when it is gone, or never. */
  end(abort: boolean): void;
}

/** What a channel is made of. */
export interface SipLinkChannelOptions {
  readonly linkClass: SipLinkClass;
  /** As far as it is known when the stream opens. */
  readonly peer: SipLinkPeer;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly events: TransportEvents;
  readonly limits: SipLinkLimits;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  readonly pipe: EnvelopePipe;
  /** The peer takes nothing new any more. */
  readonly peerLeaves?: () => void;
  /** Counts on, where several streams count together. Default: counts for this one alone. */
  readonly counters?: SipLinkCounters | undefined;
}

/** Plain counts since the stream opened, or since the first of several that count together did. */
export interface SipLinkCounters {
  sent: number;
  received: number;
  batches: number;
  refused: number;
  /** Dropped because they had waited past their deadline. */
  late: number;
  /** Envelopes that wait for the peer now. */
  queued: number;
}

export function newSipLinkCounters(): SipLinkCounters {
  return { sent: 0, received: 0, batches: 0, refused: 0, late: 0, queued: 0 };
}

const nothing: EnvelopeContext = {};

/** The queue, the deadlines and the room kept for calls in progress, over any pipe. */
export class SipLinkChannel implements SipLinkFlow {
  readonly id = nextFlowId();
  readonly transport = 'SIPLINK';
  readonly reliable = true;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly linkClass: SipLinkClass;
  #peer: SipLinkPeer;
  readonly counters: SipLinkCounters;
  readonly #events: TransportEvents;
  readonly #limits: SipLinkLimits;
  readonly #now: () => number;
  readonly #pipe: EnvelopePipe;
  readonly #peerLeaves: (() => void) | undefined;
  #queue: QueuedItem[] = [];
  #queuedBytes = 0;
  #flushing = false;
  #stalled: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SipLinkChannelOptions) {
    this.linkClass = options.linkClass;
    this.#peer = options.peer;
    this.local = options.local;
    this.remote = options.remote;
    this.#events = options.events;
    this.#limits = options.limits;
    this.#now = options.now;
    this.#pipe = options.pipe;
    this.#peerLeaves = options.peerLeaves;
    this.counters = options.counters ?? newSipLinkCounters();
  }

  get closed(): boolean {
    return this.#closed;
  }

  get peer(): SipLinkPeer {
    return this.#peer;
  }

  /** The peer has told who it is, by accepting the stream. */
  named(peer: SipLinkPeer): void {
    this.#peer = peer;
  }

  /** Envelopes that wait for the peer. */
  get queued(): number {
    return this.#queue.length;
  }

  send(raw: string): boolean {
    return this.sendEnvelope(raw, nothing) === 'queued';
  }

  sendEnvelope(raw: string, context: EnvelopeContext): EnvelopeOutcome {
    if (this.#closed) return 'closed';
    const deadline = this.#now() + (context.deadlineMs ?? this.#limits.deadlineMs);
    return this.#enqueue({ item: { kind: 'message', raw, context }, deadline }, raw.length);
  }

  sendNotice(notice: TransportErrorNotice): EnvelopeOutcome {
    if (this.#closed) return 'closed';
    return this.#enqueue({ item: { kind: 'notice', notice }, deadline: this.#now() + this.#limits.deadlineMs }, 0);
  }

  flowTo(): Flow {
    return this;
  }

  pauseReading(): void {
    this.#pipe.pauseReading();
  }

  resumeReading(): void {
    this.#pipe.resumeReading();
  }

  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#end('closed', false);
  }

  /** The pipe's word that it takes more. */
  drained(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    this.#flush();
  }

  /** The pipe's word that it is gone. */
  broken(reason: string): void {
    this.#end(reason, true);
  }

  /** A batch from the peer, in order. */
  receive(items: readonly LinkItem[]): void {
    for (const item of items) {
      if (this.#closed) return;
      this.counters.received += 1;
      if (item.kind === 'message') this.#events.message(item.raw, this, item.context);
      else if (isLeavingNotice(item.notice)) this.#peerLeaves?.();
      else this.#events.peerSendFailed?.(item.notice, this);
    }
  }

  #enqueue(queued: QueuedItem, bytes: number): EnvelopeOutcome {
    if (!this.#hasRoom(queued.item, bytes)) {
      this.counters.refused += 1;
      return 'full';
    }
    this.#queue.push(queued);
    this.counters.queued += 1;
    this.#queuedBytes += bytes;
    if (!this.#flushing && this.#stalled === undefined) {
      // What one turn of the event loop sends leaves as one batch.
      this.#flushing = true;
      setImmediate(flushChannel, this);
    }
    return 'queued';
  }

  #hasRoom(item: LinkItem, bytes: number): boolean {
    const { maxQueued, maxQueuedBytes, reserved } = this.#limits;
    if (this.#queue.length < maxQueued && this.#queuedBytes + bytes <= maxQueuedBytes) return true;
    if (item.kind === 'message' && isNewRequest(item.raw)) return false;
    return this.#queue.length < maxQueued + reserved && this.#queuedBytes + bytes <= 2 * maxQueuedBytes;
  }

  /** Called once a turn, after something was queued. */
  flushTurn(): void {
    this.#flushing = false;
    if (this.#stalled === undefined) this.#flush();
  }

  #flush(): void {
    while (this.#queue.length > 0 && !this.#closed && this.#stalled === undefined) {
      const now = this.#now();
      const batch: QueuedItem[] = [];
      let batchBytes = 0;
      let taken = 0;
      for (const queued of this.#queue) {
        const bytes = queued.item.kind === 'message' ? queued.item.raw.length : 0;
        if (batch.length === this.#limits.maxBatch) break;
        if (batch.length > 0 && batchBytes + bytes > this.#limits.maxBatchBytes) break;
        taken += 1;
        this.#queuedBytes -= bytes;
        if (queued.deadline <= now) {
          this.counters.late += 1;
        } else {
          batch.push(queued);
          batchBytes += bytes;
        }
      }
      this.#queue = this.#queue.slice(taken);
      this.counters.queued -= taken;
      if (batch.length > 0) this.#write(batch, now);
    }
  }

  #write(batch: readonly QueuedItem[], now: number): void {
    this.counters.sent += batch.length;
    this.counters.batches += 1;
    if (!this.#pipe.write(batch, now) && !this.#closed) {
      this.#stalled = setTimeout(() => this.#end('peer-not-reading', true), this.#limits.stallTimeoutMs);
    }
  }

  #end(reason: string, abort: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    this.counters.queued -= this.#queue.length;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#pipe.end(abort);
    // In a turn of its own: whoever closes a flow in the middle of its work hears of it afterwards.
    setImmediate(() => this.#events.flowClosed(this, reason));
  }
}

function flushChannel(channel: SipLinkChannel): void {
  channel.flushTurn();
}
