export { BatchedUdpFlow, BatchedUdpPort, type BatchedUdpPortOptions } from './batched-udp-port.js';
export type { BatchCounters, DatagramCounters, DatagramPort, DatagramPortKind } from './datagram-port.js';
export { type Flow, nextFlowId, type TransportEvents, type TransportName } from './flow.js';
export { formatHostPort, type HostPort, isLoopback, parseHostPort } from './host-port.js';
export { isNewRequest } from './new-request.js';
export { type OpenedUdpPort, openUdpPort, UdpAddonMissing, type UdpChoice, udpChoices } from './open-udp-port.js';
export { RecentlyUsed } from './recently-used.js';
export { SipLinkAcceptor, type SipLinkAcceptorOptions, type SipLinkCaller } from './siplink-acceptor.js';
export {
  type EnvelopeOutcome,
  type EnvelopePipe,
  isSipLinkFlow,
  type QueuedItem,
  SipLinkChannel,
  type SipLinkChannelOptions,
  type SipLinkCounters,
  type SipLinkFlow,
  type SipLinkPeer,
} from './siplink-channel.js';
export { SipLinkClient, type SipLinkClientOptions } from './siplink-client.js';
export type { SipLinkConnector, SipLinkConnectorOptions } from './siplink-connector.js';
export type {
  AuthenticatedSender,
  Envelope,
  EnvelopeContext,
  IngressTransport,
  LinkItem,
  SipLinkClass,
  TransportErrorCode,
  TransportErrorNotice,
  TrustClass,
} from './siplink-envelope.js';
export { InProcessSipLinkClient, type InProcessSipLinkOptions } from './siplink-in-process.js';
export { defaultSipLinkLimits, type SipLinkLimits } from './siplink-limits.js';
export { serveSipLink } from './siplink-server.js';
export { type ConnectionOwner, TcpConnection } from './tcp-connection.js';
export { defaultTcpLimits, type TcpLimits } from './tcp-limits.js';
export { type TcpCounters, TcpPort, type TcpPortOptions } from './tcp-port.js';
export { loadUdpAddon, type UdpAddon, type UdpAddonResult } from './udp-addon.js';
export { UdpFlow, UdpPort } from './udp-port.js';
export type { UdpPortOptions } from './udp-port-options.js';
