import type { SipUri } from '@ringdown/sip-message';
import { defaultPort, type OwnRoutes, type RecordRouteSide } from '@ringdown/sip-proxy';

/** An address that this edge listens on, as peers see it. */
export interface ListeningAddress {
  readonly transport: 'UDP' | 'TCP';
  /** As in a URI: IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

/** What this edge knows of itself when it reads and writes routes. */
export class OwnAddresses implements OwnRoutes {
  readonly #byPlace = new Set<string>();
  readonly #hosts = new Set<string>();
  readonly #listening: ListeningAddress[] = [];

  /** To be told of each address before anything is routed. */
  add(address: ListeningAddress): void {
    this.#listening.push(address);
    this.#byPlace.add(`${address.host}:${address.port}`);
    this.#hosts.add(address.host);
  }

  /** Another name of an address that is listened on: known in routes, never written. */
  addAlias(host: string, port: number): void {
    this.#byPlace.add(`${host}:${port}`);
    this.#hosts.add(host);
  }

  /** Whether a URI in a Route names this edge: host and port. A domain of a tenant is no address of an edge. */
  isOwn(uri: SipUri): boolean {
    return this.#byPlace.has(`${uri.host}:${uri.port ?? defaultPort(uri.scheme === 'sips' ? 'TLS' : 'UDP')}`);
  }

  isResponsibleFor(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** The address for Record-Route towards a peer on this transport; the first one where that transport isn't listened on. */
  side(transport: string): RecordRouteSide {
    const address = this.#listening.find((each) => each.transport === transport) ?? this.#listening[0];
    if (address === undefined) throw new Error('an edge listens on at least one address');
    return { scheme: 'sip', host: address.host, port: address.port, transport: address.transport };
  }
}
