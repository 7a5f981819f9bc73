import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { listenError, ServiceError, type SipListener } from '@ringdown/platform';
import {
  type DatagramPort,
  type HostPort,
  openUdpPort,
  TcpPort,
  TlsPort,
  type TransportEvents,
  UdpAddonMissing,
  type UdpChoice,
  WebSocketPort,
} from '@ringdown/sip-transport';
import type { ListenerCertificates } from './listener-certificates.js';

/** What every listener of an edge is opened with. */
export interface ListenerSurroundings {
  readonly events: TransportEvents;
  readonly udp: { readonly choice: UdpChoice; readonly gatherMs: number };
  readonly certificates: Pick<ListenerCertificates, 'of' | 'clientsOf' | 'serverAuthorities'>;
  readonly openUdp?: typeof openUdpPort;
}

/** A listener that listens. */
export type OpenListener = {
  readonly listener: SipListener;
  /** The address that is bound, with the port that it got. */
  readonly bound: HostPort;
  readonly family: 4 | 6;
} & (
  | { readonly transport: 'UDP'; readonly port: DatagramPort; readonly fallbackReason: string | undefined }
  | { readonly transport: 'TCP'; readonly port: TcpPort }
  | { readonly transport: 'TLS'; readonly port: TlsPort }
  | { readonly transport: 'WS' | 'WSS'; readonly port: WebSocketPort }
);

/** `port` is the one to bind. Throws a ServiceError that names the setting when the address, or the asked kind of UDP socket, can't be had. */
export async function openListener(
  listener: SipListener,
  port: number,
  surroundings: ListenerSurroundings,
): Promise<OpenListener> {
  const { transport, advertisedHost, advertisedPort, proxyFrom, origins, maxConnections, maxConnectionsPerHost } =
    listener;
  const { events, udp, certificates, openUdp = openUdpPort } = surroundings;
  try {
    const host = await addressOf(listener.host);
    const common = { host, port, events, advertisedHost, advertisedPort };
    const stream = {
      ...common,
      ...(proxyFrom.length === 0 ? {} : { proxyProtocol: { from: proxyFrom } }),
      limits: {
        ...(maxConnections === undefined ? {} : { maxConnections }),
        ...(maxConnectionsPerHost === undefined ? {} : { maxConnectionsPerHost }),
      },
    };
    const opened = { listener, family: isIP(host) === 6 ? 6 : 4 } as const;
    switch (transport) {
      case 'UDP': {
        const made = await openUdp({ ...common, gatherMs: udp.gatherMs }, udp.choice);
        const { fallbackReason } = made;
        return { ...opened, transport, port: made.port, fallbackReason, bound: bound(host, port, made.port.address) };
      }
      case 'TCP': {
        const made = await TcpPort.open(stream);
        return { ...opened, transport, port: made, bound: bound(host, port, made.address) };
      }
      case 'TLS': {
        const made = await TlsPort.open({
          ...stream,
          certificates: await certificates.of(listener),
          clientCertificates: await certificates.clientsOf(listener),
          ca: await certificates.serverAuthorities(),
        });
        return { ...opened, transport, port: made, bound: bound(host, port, made.address) };
      }
      case 'WS':
      case 'WSS': {
        const secured = transport === 'WSS' ? { certificates: await certificates.of(listener) } : {};
        const made = await WebSocketPort.open({ ...stream, ...secured, origins });
        return { ...opened, transport, port: made, bound: bound(host, port, made.address) };
      }
    }
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    if (error instanceof UdpAddonMissing) throw addonMissing(error);
    throw listenError(`SIP over ${transport}`, listener.settings, { host: listener.host, port }, error);
  }
}

/** A name is bound by the first address that it has: both families of one name are two listeners. */
async function addressOf(host: string): Promise<string> {
  return isIP(host) === 0 ? (await lookup(host)).address : host;
}

/** A listener at any free port advertises none, so its address has the port that it got. */
function bound(host: string, asked: number, address: HostPort): HostPort {
  return { host, port: asked === 0 ? address.port : asked };
}

function addonMissing(cause: UdpAddonMissing): ServiceError {
  return new ServiceError(
    'unavailable',
    `RINGDOWN_UDP is batched, but ${cause.message}. Build again where there is one, or set RINGDOWN_UDP to auto.`,
    { setting: 'RINGDOWN_UDP' },
    cause,
  );
}
