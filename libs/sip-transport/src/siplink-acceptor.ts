import type { TransportEvents } from './flow.js';
import type { HostPort } from './host-port.js';
import {
  type EnvelopePipe,
  SipLinkChannel,
  type SipLinkCounters,
  type SipLinkFlow,
  type SipLinkPeer,
} from './siplink-channel.js';
import { leavingNotice, type SipLinkClass } from './siplink-envelope.js';
import { defaultSipLinkLimits, type SipLinkLimits } from './siplink-limits.js';
import { watchClosing } from './watch-closing.js';

/** What a peer sends before it has heard that this end leaves arrives within this time. */
const onItsWayMs = 500;

/** A peer that asks for a stream. */
export interface SipLinkCaller extends SipLinkPeer {
  readonly linkClass: SipLinkClass;
  readonly remote: HostPort;
}

/** What the accepting side of SipLink is made of. */
export interface SipLinkAcceptorOptions {
  readonly events: TransportEvents;
  /** The address that flows name as their local one. */
  readonly local: HostPort;
  /** Who this end is, where the peers need to know one pod of a service from another. */
  readonly self?: SipLinkPeer;
  readonly limits?: Partial<SipLinkLimits>;
  /** Counts what goes over all streams of a class. */
  readonly counters?: Readonly<Record<SipLinkClass, SipLinkCounters>>;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/** The accepting side: turns streams, from gRPC or from this process, into flows. */
export class SipLinkAcceptor {
  readonly local: HostPort;
  readonly self: SipLinkPeer | undefined;
  readonly now: () => number;
  readonly #events: TransportEvents;
  readonly #limits: SipLinkLimits;
  readonly #counters: SipLinkAcceptorOptions['counters'];
  readonly #channels = new Set<SipLinkChannel>();
  #isLeaving = false;

  constructor(options: SipLinkAcceptorOptions) {
    this.local = options.local;
    this.self = options.self;
    this.now = options.now ?? (() => performance.now());
    this.#limits = { ...defaultSipLinkLimits, ...options.limits };
    this.#counters = options.counters;
    this.#events = watchClosing(options.events, (flow) => {
      for (const channel of this.#channels) if (channel === flow) this.#channels.delete(channel);
    });
  }

  /** The streams that are open. */
  get flows(): Iterable<SipLinkFlow> {
    return this.#channels;
  }

  /** An open stream from this peer, of this class; the latest if there are several. */
  flowFrom(peerName: string, linkClass: SipLinkClass): SipLinkFlow | undefined {
    let found: SipLinkFlow | undefined;
    for (const channel of this.#channels) {
      if (channel.peer.name === peerName && channel.linkClass === linkClass && !channel.closed) found = channel;
    }
    return found;
  }

  /** The channel for a new stream, or why there is none. */
  accept(caller: SipLinkCaller, pipe: EnvelopePipe): SipLinkChannel | 'closed' {
    if (this.#isLeaving) return 'closed';
    const channel = new SipLinkChannel({
      linkClass: caller.linkClass,
      peer: { name: caller.name, incarnation: caller.incarnation },
      local: this.local,
      remote: caller.remote,
      events: this.#events,
      limits: this.#limits,
      now: this.now,
      pipe,
      counters: this.#counters?.[caller.linkClass],
    });
    this.#channels.add(channel);
    return channel;
  }

  /** Accepts no more streams and tells the peers to ask others. Resolves when what they had sent before has most likely come. */
  async drain(): Promise<void> {
    this.#isLeaving = true;
    if (this.#channels.size === 0) return;
    for (const channel of this.#channels) channel.sendNotice(leavingNotice);
    await new Promise((resolve) => setTimeout(resolve, onItsWayMs));
  }

  /** Accepts nothing more and ends every stream after what is queued. The gRPC server itself is its owner's to stop. */
  close(): void {
    this.#isLeaving = true;
    for (const channel of this.#channels) channel.close();
  }
}
