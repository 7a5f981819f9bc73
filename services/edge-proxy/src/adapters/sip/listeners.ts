import { listenError, ServiceError } from '@ringdown/platform';
import {
  type DatagramPort,
  type HostPort,
  openUdpPort,
  TcpPort,
  type TransportEvents,
  UdpAddonMissing,
  type UdpChoice,
} from '@ringdown/sip-transport';
import type { ListeningAddress } from '../../domain/own-addresses.js';
import type { Wires } from './outbound.js';

export interface ListenerOptions {
  readonly host: string;
  /** 0: any port that is free for both UDP and TCP. */
  readonly port: number;
  readonly advertisedHost: string | undefined;
  readonly udp: { readonly choice: UdpChoice; readonly gatherMs: number };
  readonly events: TransportEvents;
  readonly openUdp?: typeof openUdpPort;
}

/** How often another port is tried when the one that TCP got is taken for UDP. */
const maxTries = 20;

/** The edge's sockets: SIP over UDP and over TCP at one address and port. Nothing can be sent before `open`. */
export class Listeners implements Wires {
  #ports: { readonly UDP: DatagramPort; readonly TCP: TcpPort } | undefined;
  #fallbackReason: string | undefined;

  /** Throws a ServiceError that names the setting when the address, or the asked kind of UDP socket, can't be had. */
  async open(options: ListenerOptions): Promise<void> {
    const { host, port, advertisedHost, events, udp, openUdp = openUdpPort } = options;
    for (let attempt = 1; this.#ports === undefined; attempt += 1) {
      const tcp = await TcpPort.open({ host, port, events, advertisedHost }).catch((error: unknown) => {
        throw listenError('SIP over TCP', 'RINGDOWN_SIP', { host, port }, error);
      });
      try {
        const { gatherMs } = udp;
        const opened = await openUdp({ host, port: tcp.address.port, events, advertisedHost, gatherMs }, udp.choice);
        this.#ports = { UDP: opened.port, TCP: tcp };
        this.#fallbackReason = opened.fallbackReason;
      } catch (error) {
        await tcp.close();
        if (error instanceof UdpAddonMissing) throw addonMissing(error);
        if (port !== 0 || attempt === maxTries)
          throw listenError('SIP over UDP', 'RINGDOWN_SIP', { host, port }, error);
      }
    }
  }

  get ports(): { readonly UDP: DatagramPort; readonly TCP: TcpPort } {
    if (this.#ports === undefined) throw new Error('the sockets are not open');
    return this.#ports;
  }

  /** Which socket UDP got, for a person. */
  get udpDescription(): string {
    const { kind } = this.ports.UDP;
    return this.#fallbackReason === undefined ? kind : `${kind} (no add-on for batches: ${this.#fallbackReason})`;
  }

  get addresses(): readonly ListeningAddress[] {
    return (['UDP', 'TCP'] as const).map((transport) => {
      const { host, port } = this.ports[transport].address;
      return { transport, host: host.includes(':') ? `[${host}]` : host, port };
    });
  }

  udp(remote: HostPort) {
    return this.ports.UDP.flowTo(remote);
  }

  tcp(remote: HostPort) {
    return this.ports.TCP.flowTo(remote);
  }

  connection(id: number) {
    return this.ports.TCP.flow(id);
  }

  async close(): Promise<void> {
    if (this.#ports !== undefined) await Promise.all([this.#ports.UDP.close(), this.#ports.TCP.close()]);
  }
}

function addonMissing(cause: UdpAddonMissing): ServiceError {
  return new ServiceError(
    'unavailable',
    `RINGDOWN_UDP is batched, but ${cause.message}. Build again where there is one, or set RINGDOWN_UDP to auto.`,
    { setting: 'RINGDOWN_UDP' },
    cause,
  );
}
