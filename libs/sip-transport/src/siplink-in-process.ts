import type { HostPort } from './host-port.js';
import type { SipLinkAcceptor } from './siplink-acceptor.js';
import { type EnvelopePipe, type QueuedItem, SipLinkChannel, type SipLinkFlow } from './siplink-channel.js';
import type { SipLinkConnector, SipLinkConnectorOptions } from './siplink-connector.js';
import { remainingMs } from './siplink-deadline.js';
import type { LinkItem, SipLinkClass } from './siplink-envelope.js';
import { defaultSipLinkLimits } from './siplink-limits.js';
import { watchClosing } from './watch-closing.js';

/** How to reach an acceptor in the same process. */
export interface InProcessSipLinkOptions extends SipLinkConnectorOptions {
  readonly acceptor: SipLinkAcceptor;
}

/** One direction and a half: what one end writes, and the reading that the same end holds back. */
class InProcessPipe implements EnvelopePipe {
  /** The channel that reads what the other end writes. */
  reader: SipLinkChannel | undefined;
  other: InProcessPipe | undefined;
  #paused = false;
  #held: LinkItem[][] = [];
  #ended = false;

  write(batch: readonly QueuedItem[], now: number): boolean {
    const items = batch.map((queued) => asReceived(queued, now));
    return this.other?.deliver(items) ?? false;
  }

  /** Takes a batch from the other end; false while reading is held back. */
  deliver(items: LinkItem[]): boolean {
    if (this.#paused) {
      this.#held.push(items);
      return false;
    }
    queueMicrotask(() => this.reader?.receive(items));
    return true;
  }

  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    if (!this.#paused) return;
    this.#paused = false;
    const held = this.#held;
    this.#held = [];
    for (const items of held) this.deliver(items);
    if (held.length > 0) queueMicrotask(() => this.other?.reader?.drained());
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const other = this.other;
    // After what was written before, as on a wire.
    queueMicrotask(() => other?.reader?.broken('peer-closed'));
  }
}

function asReceived(queued: QueuedItem, now: number): LinkItem {
  if (queued.item.kind === 'notice') return queued.item;
  const context = { ...queued.item.context, deadlineMs: remainingMs(queued, now) };
  return { kind: 'message', raw: queued.item.raw, context };
}

/** SipLink without a network: the same queue, deadlines, refusals and breaks as over gRPC, and no bytes copied. */
export class InProcessSipLinkClient implements SipLinkConnector {
  readonly linkClass: SipLinkClass;
  readonly #options: InProcessSipLinkOptions;
  #channel: SipLinkChannel | undefined;
  #peerLeaves = false;
  #closed = false;
  #waiting: ((flow: SipLinkFlow) => void)[] = [];

  constructor(options: InProcessSipLinkOptions) {
    this.linkClass = options.linkClass;
    this.#options = options;
  }

  get flow(): SipLinkFlow | undefined {
    return this.#channel?.closed === false ? this.#channel : undefined;
  }

  get connected(): boolean {
    return this.flow !== undefined && !this.#peerLeaves;
  }

  start(): void {
    if (this.#closed || this.#channel !== undefined) return;
    const { acceptor, linkClass, self, events, limits, counters } = this.#options;
    const here = new InProcessPipe();
    const there = new InProcessPipe();
    here.other = there;
    there.other = here;
    const local: HostPort = { host: acceptor.local.host, port: 0 };
    const accepted = acceptor.accept({ ...self, linkClass, remote: local }, there);
    if (typeof accepted === 'string') return;
    const channel = new SipLinkChannel({
      linkClass,
      peer: acceptor.self ?? { name: 'in-process', incarnation: '' },
      local,
      remote: acceptor.local,
      events: watchClosing(events, () => {
        this.#channel = undefined;
        if (!this.#closed) this.#options.changed?.();
        this.start();
      }),
      limits: { ...defaultSipLinkLimits, ...limits },
      now: this.#options.now ?? acceptor.now,
      pipe: here,
      counters,
      peerLeaves: () => {
        this.#peerLeaves = true;
        this.#options.changed?.();
      },
    });
    this.#peerLeaves = false;
    here.reader = channel;
    there.reader = accepted;
    this.#channel = channel;
    for (const resolve of this.#waiting.splice(0)) resolve(channel);
    this.#options.changed?.();
  }

  whenConnected(): Promise<SipLinkFlow> {
    const flow = this.flow;
    if (flow !== undefined) return Promise.resolve(flow);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#closed = true;
    this.#channel?.close();
  }
}
