import { type ChannelCredentials, Client, connectivityState, credentials } from '@grpc/grpc-js';
import { Instances, type InstancesOptions } from './instances.js';
import { ServiceError } from './service-error.js';
import type { Endpoint } from './setting-values.js';

const keepalive = {
  // A partition, of one direction too, is known after at most the sum of the two.
  'grpc.keepalive_time_ms': 2_000,
  'grpc.keepalive_timeout_ms': 3_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.service_config_disable_resolution': 1,
  // Every channel has its own connection: two clients of one address must not share an outage or a close.
  'grpc.use_local_subchannel_pool': 1,
} as const;

/** Time for which an address that answered `unavailable` is tried last. */
const restMs = 1_000;

interface Peer {
  readonly client: Client;
  readonly name: string;
  restsUntilMs: number;
}

export interface GrpcChannelOptions extends Pick<InstancesOptions, 'lookup' | 'failed' | 'resolved'> {
  /** Of replicas; a name is one for each of its addresses. */
  readonly addresses: readonly Endpoint[];
  /** Insecure where absent. */
  readonly credentials?: ChannelCredentials;
  /** The name to ask TLS for instead of the address's host. */
  readonly serverName?: string;
  readonly now?: () => number;
}

/**
 * Connections to every replica of a service, which come and go with what a name resolves to. Calls go round those that are connected and haven't just
 * failed, then to those that are not yet connected, then to the rest.
 */
export class GrpcChannel {
  readonly #peers: Peer[] = [];
  readonly #instances: Instances;
  readonly #names: string;
  readonly #now: () => number;
  #next = 0;

  constructor(options: GrpcChannelOptions) {
    const { addresses, lookup, failed, resolved } = options;
    if (addresses.length === 0) throw new Error('A channel needs at least one address');
    this.#names = addresses.map(({ host }) => host).join(', ');
    this.#now = options.now ?? (() => performance.now());
    const secured = options.credentials ?? credentials.createInsecure();
    const channelOptions = { ...keepalive, ...serverNameOption(options.serverName) };
    this.#instances = new Instances({
      endpoints: addresses,
      came: (instance) => {
        const name = nameOf(instance);
        const client = new Client(name, secured, channelOptions);
        this.#peers.push({ client, name, restsUntilMs: Number.NEGATIVE_INFINITY });
      },
      gone: (instance) => this.#drop(nameOf(instance)),
      ...(lookup === undefined ? {} : { lookup }),
      ...(failed === undefined ? {} : { failed }),
      ...(resolved === undefined ? {} : { resolved }),
    });
  }

  /** How many addresses there are to try. */
  get size(): number {
    return this.#peers.length;
  }

  /** Whether an address is connected now. An idle connection is made by asking. */
  get connected(): boolean {
    return this.#peers.some(({ client }) => client.getChannel().getConnectivityState(true) === connectivityState.READY);
  }

  /** The client to use for the next call; `tried` are left out unless nothing else is left. */
  pick(tried: ReadonlySet<Client>): Client {
    const now = this.#now();
    let best: Peer | undefined;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#peers.length; i += 1) {
      const peer = this.#peers[(this.#next + i) % this.#peers.length];
      if (peer === undefined) continue;
      const rank = rankOf(peer, now) + (tried.has(peer.client) ? 10 : 0);
      if (rank < bestRank) {
        best = peer;
        bestRank = rank;
      }
    }
    this.#next = (this.#next + 1) % Math.max(1, this.#peers.length);
    if (best === undefined) throw new ServiceError('unavailable', `no address is known yet for ${this.#names}`);
    return best.client;
  }

  /** Lets an address rest after it could not serve. */
  rest(client: Client): void {
    const peer = this.#peers.find((candidate) => candidate.client === client);
    if (peer !== undefined) peer.restsUntilMs = this.#now() + restMs;
  }

  /** Resolves true once any address is connected, false when none is within `timeoutMs`. */
  async ready(timeoutMs: number): Promise<boolean> {
    if (this.#peers.length === 0) await this.#instances.refresh();
    const attempts = this.#peers.map(
      (peer) =>
        new Promise<void>((resolve, reject) => {
          peer.client.waitForReady(Date.now() + timeoutMs, (error) =>
            error === undefined || error === null ? resolve() : reject(error),
          );
        }),
    );
    return Promise.any(attempts).then(
      () => true,
      () => false,
    );
  }

  close(): void {
    this.#instances.close();
    for (const peer of this.#peers) peer.client.close();
  }

  /** What is under way to it goes on. */
  #drop(name: string): void {
    const at = this.#peers.findIndex((peer) => peer.name === name);
    for (const { client } of at < 0 ? [] : this.#peers.splice(at, 1)) client.close();
  }
}

function nameOf({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The channel option that names the server for TLS. */
export function serverNameOption(serverName: string | undefined): Readonly<Record<string, string>> {
  return serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName };
}

function rankOf(peer: Peer, now: number): number {
  const resting = peer.restsUntilMs > now ? 3 : 0;
  // `true` makes an idle connection connect, so that every replica soon takes its share.
  switch (peer.client.getChannel().getConnectivityState(true)) {
    case connectivityState.READY:
      return resting;
    case connectivityState.IDLE:
    case connectivityState.CONNECTING:
      return resting + 1;
    default:
      return resting + 2;
  }
}
