import { conference } from '@ringdown/contracts';
import {
  createClient,
  GrpcChannel,
  type PeerChannel,
  parseEndpoint,
  ServiceError,
  type Tracing,
} from '@ringdown/platform';
import type { OtherPod } from './conference-grpc-service.js';

/** Connections that are kept; of more pods than these the one that was asked longest ago is connected to anew. */
const MAX_PODS = 64;

export interface OtherPodsOptions {
  /** How pods of the focus connect to each other; without one nothing is encrypted. */
  readonly channel: PeerChannel | undefined;
  readonly tracing: Tracing;
}

/** The pods that conferences under way live on, by their addresses. */
export class OtherPods {
  readonly #options: OtherPodsOptions;
  readonly #pods = new Map<string, { readonly channel: GrpcChannel; readonly service: OtherPod }>();

  constructor(options: OtherPodsOptions) {
    this.#options = options;
  }

  at(address: string): OtherPod {
    const pod = this.#pods.get(address) ?? this.#connect(address);
    // A Map keeps the order of insertion: the first is the one that was asked longest ago.
    this.#pods.delete(address);
    this.#pods.set(address, pod);
    if (this.#pods.size > MAX_PODS) this.#forget(this.#pods.keys().next().value!);
    return pod.service;
  }

  close(): void {
    for (const address of this.#pods.keys()) this.#forget(address);
  }

  #connect(address: string) {
    const endpoint = parseEndpoint(address);
    if (endpoint === undefined) throw new ServiceError('internal', `${address} is no address of a pod`);
    const { channel: security, tracing } = this.#options;
    const channel = new GrpcChannel({ addresses: [endpoint], ...security });
    // A command must not be given twice.
    const service = createClient(conference.ConferenceDefinition, channel, { failover: false, tracing });
    return { channel, service };
  }

  #forget(address: string): void {
    this.#pods.get(address)?.channel.close();
    this.#pods.delete(address);
  }
}
