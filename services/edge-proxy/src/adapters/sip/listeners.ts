import { listenError } from '@ringdown/platform';
import { type HostPort, TcpPort, type TransportEvents, UdpPort } from '@ringdown/sip-transport';
import type { ListeningAddress } from '../../domain/own-addresses.js';
import type { Wires } from './outbound.js';

export interface ListenerOptions {
  readonly host: string;
  /** 0: any port that is free for both UDP and TCP. */
  readonly port: number;
  readonly advertisedHost: string | undefined;
  readonly events: TransportEvents;
}

/** How often another port is tried when the one that TCP got is taken for UDP. */
const maxTries = 20;

/** The edge's sockets: SIP over UDP and over TCP at one address and port. Nothing can be sent before `open`. */
export class Listeners implements Wires {
  #ports: { readonly UDP: UdpPort; readonly TCP: TcpPort } | undefined;

  /** Throws a ServiceError that names the setting when the address can't be had. */
  async open(options: ListenerOptions): Promise<void> {
    const { host, port, advertisedHost, events } = options;
    for (let attempt = 1; this.#ports === undefined; attempt += 1) {
      const tcp = await TcpPort.open({ host, port, events, advertisedHost }).catch((error: unknown) => {
        throw listenError('SIP over TCP', 'RINGDOWN_SIP', { host, port }, error);
      });
      try {
        const udp = await UdpPort.open({ host, port: tcp.address.port, events, advertisedHost });
        this.#ports = { UDP: udp, TCP: tcp };
      } catch (error) {
        await tcp.close();
        if (port !== 0 || attempt === maxTries)
          throw listenError('SIP over UDP', 'RINGDOWN_SIP', { host, port }, error);
      }
    }
  }

  get ports(): { readonly UDP: UdpPort; readonly TCP: TcpPort } {
    if (this.#ports === undefined) throw new Error('the sockets are not open');
    return this.#ports;
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
