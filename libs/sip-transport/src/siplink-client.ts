import { type ChannelCredentials, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { siplink } from '@ringdown/contracts';
import { isLoopback, parseHostPort } from './host-port.js';
import { type EnvelopePipe, type QueuedItem, SipLinkChannel, type SipLinkFlow } from './siplink-channel.js';
import type { SipLinkConnector, SipLinkConnectorOptions } from './siplink-connector.js';
import { remainingMs } from './siplink-deadline.js';
import type { SipLinkClass } from './siplink-envelope.js';
import { defaultSipLinkLimits } from './siplink-limits.js';
import { readAcceptance, streamMetadata } from './siplink-metadata.js';
import { readEnvelopes } from './siplink-server.js';
import { toWire } from './siplink-wire.js';
import { watchClosing } from './watch-closing.js';

/** How to reach a SipLink server over gRPC. */
export interface SipLinkClientOptions extends SipLinkConnectorOptions {
  /** `host:port` of the peer's gRPC server. */
  readonly address: string;
  /** How the two prove who they are. Without them the connection is not encrypted, which is allowed to loopback only. */
  readonly credentials?: ChannelCredentials;
  /** The name to ask TLS for instead of the address's host. */
  readonly serverName?: string;
  /** A number from 0 to below 1, which spreads reconnections. */
  readonly random?: () => number;
  /** The wait before the first and the longest wait between attempts. */
  readonly minBackoffMs?: number;
  readonly maxBackoffMs?: number;
  /** How often the peer is asked for a sign of life, and how long it may take. A partition, of one direction too, is known after at most both. */
  readonly keepalive?: { readonly everyMs: number; readonly timeoutMs: number };
  /** How long the peer may take to accept a stream. */
  readonly connectTimeoutMs?: number;
}

type ExchangeCall = ClientDuplexStream<siplink.ExchangeRequest, siplink.ExchangeResponse>;

const defaultKeepalive = { everyMs: 2_000, timeoutMs: 3_000 };
const channelOptions = {
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // A connection for each client: flow control of a connection is shared by its streams, and the classes must not share.
  'grpc.use_local_subchannel_pool': 1,
};

class ClientPipe implements EnvelopePipe {
  readonly #call: ExchangeCall;

  constructor(call: ExchangeCall) {
    this.#call = call;
  }

  write(batch: readonly QueuedItem[], now: number): boolean {
    return this.#call.write({ envelopes: batch.map((queued) => toWire(queued.item, remainingMs(queued, now))) });
  }

  pauseReading(): void {
    this.#call.pause();
  }

  resumeReading(): void {
    this.#call.resume();
  }

  end(abort: boolean): void {
    if (abort) this.#call.cancel();
    else this.#call.end();
  }
}

/** One long-lived stream to one peer, opened again with growing waits whenever it breaks. */
export class SipLinkClient implements SipLinkConnector {
  readonly linkClass: SipLinkClass;
  readonly #options: SipLinkClientOptions;
  #client: siplink.SipLinkServiceClient;
  #channel: SipLinkChannel | undefined;
  #connected = false;
  #closed = false;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #waiting: ((flow: SipLinkFlow) => void)[] = [];

  /** Throws when the address is not `host:port`, or not loopback and there are no credentials. */
  constructor(options: SipLinkClientOptions) {
    const host = parseHostPort(options.address)?.host;
    if (host === undefined) throw new Error(`SipLink address "${options.address}" is not host:port`);
    if (options.credentials === undefined && !isLoopback(host)) {
      throw new Error(
        `SipLink to ${options.address} leaves this machine and has no credentials: ` +
          'give TLS credentials, or insecure ones explicitly',
      );
    }
    this.linkClass = options.linkClass;
    this.#options = options;
    this.#client = clientOf(options);
  }

  get flow(): SipLinkFlow | undefined {
    return this.#channel?.closed === false ? this.#channel : undefined;
  }

  get connected(): boolean {
    return this.#connected && this.flow !== undefined;
  }

  start(): void {
    if (this.#channel === undefined && this.#retry === undefined && !this.#closed) this.#open();
  }

  whenConnected(): Promise<SipLinkFlow> {
    const flow = this.flow;
    if (flow !== undefined && this.#connected) return Promise.resolve(flow);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#channel?.close();
    // Lets the call that was just ended finish; the channel object goes when it has no more calls.
    this.#client.close();
  }

  #open(): void {
    const { address, self, linkClass, events, limits, now, counters } = this.#options;
    const call = this.#client.exchange(streamMetadata(self, linkClass));
    const channel = new SipLinkChannel({
      linkClass,
      peer: { name: address, incarnation: '' },
      local: { host: self.name, port: 0 },
      remote: parseHostPort(address) ?? { host: address, port: 0 },
      events: watchClosing(events, () => this.#broken()),
      limits: { ...defaultSipLinkLimits, ...limits },
      now: now ?? (() => performance.now()),
      pipe: new ClientPipe(call),
      counters,
      peerLeaves: () => this.#peerLeaves(channel),
    });
    this.#channel = channel;
    this.#connected = false;
    const timeout = setTimeout(() => {
      call.cancel();
      // The kernel waits longer from one attempt to the next, up to minutes: a partition that heals must not be waited out.
      if (this.#closed) return;
      this.#client.close();
      this.#client = clientOf(this.#options);
    }, this.#options.connectTimeoutMs ?? 2_000);
    call.on('metadata', (metadata) => {
      clearTimeout(timeout);
      const peer = readAcceptance(metadata);
      if (peer !== undefined) channel.named(peer);
      this.#accepted(channel);
    });
    call.on('data', (response: siplink.ExchangeResponse) => channel.receive(readEnvelopes(response.envelopes)));
    call.on('drain', () => channel.drained());
    call.on('error', (error: Error) => {
      clearTimeout(timeout);
      channel.broken(error.message);
    });
    call.on('end', () => {
      clearTimeout(timeout);
      channel.close();
    });
  }

  #accepted(channel: SipLinkChannel): void {
    this.#connected = true;
    this.#failures = 0;
    for (const resolve of this.#waiting.splice(0)) resolve(channel);
    this.#options.changed?.();
  }

  /** The stream stays for the answers. */
  #peerLeaves(channel: SipLinkChannel): void {
    if (this.#channel !== channel || !this.#connected) return;
    this.#connected = false;
    this.#options.changed?.();
  }

  #broken(): void {
    const wasConnected = this.#connected;
    this.#channel = undefined;
    this.#connected = false;
    if (this.#closed) return;
    if (wasConnected) this.#options.changed?.();
    const longest = Math.min(
      this.#options.maxBackoffMs ?? 2_000,
      (this.#options.minBackoffMs ?? 50) * 2 ** Math.min(this.#failures, 16),
    );
    this.#failures += 1;
    // Half of the wait is random: the clients of a peer that died come back spread out.
    const delayMs = longest * (0.5 + 0.5 * (this.#options.random ?? Math.random)());
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#open();
    }, delayMs);
    this.#retry.unref();
  }
}

function clientOf(options: SipLinkClientOptions): siplink.SipLinkServiceClient {
  const { address, credentials: given, serverName, keepalive = defaultKeepalive } = options;
  return new siplink.SipLinkServiceClient(address, given ?? credentials.createInsecure(), {
    ...channelOptions,
    'grpc.keepalive_time_ms': keepalive.everyMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
    ...(serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName }),
  });
}
