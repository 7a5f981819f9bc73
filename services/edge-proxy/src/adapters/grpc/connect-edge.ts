import { edge } from '@ringdown/contracts';
import {
  createClient,
  type Endpoint,
  GrpcChannel,
  type GrpcMeter,
  type OutageLog,
  type PeerChannel,
  type Tracing,
} from '@ringdown/platform';
import {
  formatHostPort,
  isLoopback,
  SipLinkClient,
  type SipLinkCounters,
  type TransportEvents,
} from '@ringdown/sip-transport';
import type { EdgeConnection } from '../sip/edge-peers.js';

export interface EdgeConnectionOptions {
  readonly self: { readonly id: string; readonly incarnation: string };
  /** How the other edge proves that it is one. Absent: not at all, and only one on this machine is believed. */
  readonly edgeChannel?: PeerChannel;
  readonly events: TransportEvents;
  /** Count what goes over the stream. */
  readonly counters?: SipLinkCounters;
  /** Measures what edges ask each other. */
  readonly grpcMeter?: GrpcMeter;
  readonly tracing: Tracing;
  readonly outages: OutageLog;
  /** Told when the stream opens or breaks. */
  readonly changed: () => void;
}

/** Connects to another edge; undefined, and a line in the log, where nothing would prove that it is one. */
export function connectEdge(endpoint: Endpoint, options: EdgeConnectionOptions): EdgeConnection | undefined {
  const { self, edgeChannel, events, counters, tracing, grpcMeter: meter, outages, changed } = options;
  const address = formatHostPort(endpoint);
  if (edgeChannel === undefined && !isLoopback(endpoint.host)) {
    outages.failed(`edge ${address}`, `an edge at ${address} is left alone: nothing would prove that it is one`);
    return undefined;
  }
  const channel = new GrpcChannel({ addresses: [endpoint], ...edgeChannel });
  const connector = new SipLinkClient({
    ...edgeChannel,
    address,
    linkClass: 'calls',
    self: { name: self.id, incarnation: self.incarnation },
    events,
    changed,
    ...(counters === undefined ? {} : { counters }),
  });
  return {
    connector,
    get answers() {
      return channel.connected;
    },
    service: createClient(edge.EdgeDefinition, channel, { tracing, ...(meter === undefined ? {} : { meter }) }),
    close: () => {
      connector.close();
      channel.close();
    },
  };
}
