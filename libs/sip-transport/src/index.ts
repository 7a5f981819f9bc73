export { BatchedUdpFlow, BatchedUdpPort, type BatchedUdpPortOptions } from './batched-udp-port.js';
export { certificateNames, isCertifiedFor } from './certificate-names.js';
export type { BatchCounters, DatagramCounters, DatagramPort, DatagramPortKind } from './datagram-port.js';
export { type Flow, nextFlowId, type StreamTransportName, type TransportEvents, type TransportName } from './flow.js';
export { formatHostPort, type HostPort, isLoopback, parseHostPort, reachableHost } from './host-port.js';
export { isNewRequest } from './new-request.js';
export { type OpenedUdpPort, openUdpPort, UdpAddonMissing, type UdpChoice, udpChoices } from './open-udp-port.js';
export { RecentlyUsed } from './recently-used.js';
export {
  type CertificateFiles,
  type CertificatePem,
  type CertificateWatch,
  ServerCertificates,
} from './server-certificates.js';
export { SipLinkAcceptor, type SipLinkAcceptorOptions, type SipLinkCaller } from './siplink-acceptor.js';
export {
  type EnvelopeOutcome,
  type EnvelopePipe,
  isSipLinkFlow,
  newSipLinkCounters,
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
export { defaultStreamLimits, defaultWebSocketLimits, type StreamLimits } from './stream-limits.js';
export type { StreamCounters, StreamPort, StreamPortOptions } from './stream-port.js';
export { TcpPort, type TcpPortOptions } from './tcp-port.js';
export type { ClientCertificates } from './tls-acceptor.js';
export { TlsPort, type TlsPortOptions } from './tls-port.js';
export { loadUdpAddon, type UdpAddon, type UdpAddonResult } from './udp-addon.js';
export { UdpFlow, UdpPort } from './udp-port.js';
export type { UdpPortOptions } from './udp-port-options.js';
export { WebSocketPort, type WebSocketPortOptions } from './web-socket-port.js';
