import type { conference, directory, location } from '@ringdown/contracts';
import type { Bus, GrpcMeter, Logger, PeerChannel, SealKey, Settings, SipListener, Tracing } from '@ringdown/platform';
import type { ProxyTimers } from '@ringdown/sip-proxy';
import type { DnsClient } from '@ringdown/sip-runtime';
import type { HostPort, SipLinkConnector, SipLinkConnectorOptions } from '@ringdown/sip-transport';
import type { CaptureLimits } from './adapters/capture/message-capture.js';
import type { MediaNode } from './adapters/rtpengine/media-nodes.js';
import type { ListenerSurroundings } from './adapters/sip/open-listener.js';
import type { DrainTimes } from './domain/draining.js';

/** Makes the connector of one class to one instance of a service: over gRPC, or within the process. */
export type OpenLink = (options: SipLinkConnectorOptions) => SipLinkConnector;

/** Instances that come and go: `came` is told of each, and gives what to call when that one is gone. */
export type LinkSource = (came: (open: OpenLink) => () => void) => void;

/** What an edge asks: the services themselves in the same process, or clients of them. */
export interface EdgeDependencies {
  readonly directory: directory.DirectoryService;
  readonly location: location.LocationService;
  /** Says which pod of the focus has a conference. Absent: there are no conferences. */
  readonly focus?: conference.LocateService | undefined;
  /** By service name (`registrar`, `redirect`, a session service), one for each instance, or word of them. */
  readonly services: Readonly<Record<string, readonly OpenLink[] | LinkSource>>;
  /** The first seals. */
  readonly sealKeys: readonly SealKey[];
  /** Has `changed` called with the keys that hold from then on. Absent: they never change. */
  readonly onSealKeys?: (changed: (keys: readonly SealKey[]) => void) => void;
  /** How connections to other edges are made. Absent: without proof, and to this machine only. */
  readonly edgeChannel?: PeerChannel;
}

export interface EdgeRuntimeOptions extends EdgeDependencies {
  readonly edgeId: string;
  readonly sip: { readonly listeners: readonly SipListener[] };
  readonly tls: Settings['tls'];
  readonly udp: ListenerSurroundings['udp'];
  /** Default: shared. */
  readonly udpPinholes?: 'shared' | 'owned';
  /** The address that SipLink flows name as their local one. */
  readonly grpc: HostPort;
  /** Default: no time of notice, and ten seconds. */
  readonly drain?: DrainTimes;
  /** How long who calls a phone that has lost its connection waits for it; see `LocationCache`. */
  readonly returnMs?: number;
  /** How many of its messages the edge keeps. Default: none. */
  readonly capture?: CaptureLimits;
  /** The capture server that gets a copy of every message. Default: none. */
  readonly hep?: Settings['hep'];
  /** The rtpengines; none: media is not relayed. */
  readonly mediaNodes?: readonly MediaNode[];
  /** Tenants that have metrics of their own; default: none. */
  readonly metricsTenants?: number;
  /** Measures what edges ask each other. */
  readonly grpcMeter?: GrpcMeter;
  /** Where other edges reach this one, once it serves SipLink; undefined where it doesn't. */
  readonly siplinkAddress: () => string | undefined;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly bus: Bus;
  readonly dns?: DnsClient;
  readonly timers?: Partial<ProxyTimers>;
}
