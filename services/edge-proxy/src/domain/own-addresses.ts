import type { SipUri } from '@ringdown/sip-message';
import { defaultPort, type OwnRoutes, type RecordRouteSide, type TargetTransport } from '@ringdown/sip-proxy';

/** An address that this edge listens on, as peers see it. */
export interface ListeningAddress {
  readonly transport: TargetTransport;
  /** As in a URI: IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  /** The family that is bound, where the host is a name. */
  readonly family: 4 | 6;
  /** What the flows of this listener have as their local address: the same object with each of them. */
  readonly local?: object;
}

/** The ends of a flow, as far as they tell how a peer sees this edge. */
export interface FlowEnds {
  readonly transport: string;
  readonly local: object;
}

/** One listener's address in Record-Route: for a dialog by sip URIs, and for one by sips URIs (RFC 3261 §16.6 step 4). */
interface Sides {
  readonly sip: RecordRouteSide;
  readonly sips: RecordRouteSide;
}

/** What this edge knows of itself when it reads and writes routes. */
export class OwnAddresses implements OwnRoutes {
  readonly #byPlace = new Set<string>();
  readonly #hosts = new Set<string>();
  readonly #listening: ListeningAddress[] = [];
  readonly #byLocal = new Map<object, Sides>();
  readonly #byKind = new Map<string, Sides>();
  #first: Sides | undefined;

  /** To be told of each address before anything is routed. */
  add(address: ListeningAddress): void {
    this.#listening.push(address);
    this.addAlias(address.host, address.port);
    // Each side may lean on a listener that came later.
    this.#byKind.clear();
    for (const each of this.#listening) {
      const sides = { sip: sipSide(each), sips: this.#sipsSide(each) };
      if (each.local !== undefined) this.#byLocal.set(each.local, sides);
      const kind = kindOf(each.transport, each.family);
      if (!this.#byKind.has(kind)) this.#byKind.set(kind, sides);
      if (each === this.#listening[0]) this.#first = sides;
    }
  }

  /** Another name of an address that is listened on: known in routes, never written. */
  addAlias(host: string, port: number): void {
    this.#byPlace.add(`${host.toLowerCase()}:${port}`);
    this.#hosts.add(host.toLowerCase());
  }

  /** Whether a URI in a Route names this edge: host and port. A domain of a tenant is no address of an edge. */
  isOwn(uri: SipUri): boolean {
    return this.#byPlace.has(`${uri.host}:${uri.port ?? impliedPort(uri)}`);
  }

  isResponsibleFor(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** The address for Record-Route towards the peer at the end of this flow; the first one for a flow of no listener. */
  side(flow: FlowEnds, secure: boolean): RecordRouteSide {
    return this.#chosen(this.#byLocal.get(flow.local), secure);
  }

  /** The address for a peer whose flow another edge holds: the one that has the same transport and family here, or what comes nearest. */
  sideTowards(transport: string, peerHost: string, secure: boolean): RecordRouteSide {
    const family = peerHost.includes(':') ? 6 : 4;
    const sides =
      this.#byKind.get(kindOf(transport, family)) ??
      this.#byKind.get(kindOf(transport, family === 4 ? 6 : 4)) ??
      this.#byKind.get(kindOf('UDP', family));
    return this.#chosen(sides, secure);
  }

  #chosen(sides: Sides | undefined, secure: boolean): RecordRouteSide {
    const chosen = sides ?? this.#first;
    if (chosen === undefined) throw new Error('an edge listens on at least one address');
    return secure ? chosen.sips : chosen.sip;
  }

  /** A sips URI that leads to a listener without TLS would lead nowhere: the nearest with TLS stands for it, where there is one. */
  #sipsSide(address: ListeningAddress): RecordRouteSide {
    if (isSecure(address.transport)) return { ...sipSide(address), scheme: 'sips' };
    const wanted = address.transport === 'WS' ? 'WSS' : 'TLS';
    const others = this.#listening.filter(({ transport }) => isSecure(transport));
    const nearest =
      others.find(({ transport, family }) => transport === wanted && family === address.family) ??
      others.find(({ family }) => family === address.family);
    return nearest === undefined ? sipSide(address) : { ...sipSide(nearest), scheme: 'sips' };
  }
}

function sipSide({ host, port, transport }: ListeningAddress): RecordRouteSide {
  return { scheme: 'sip', host, port, transport };
}

function kindOf(transport: string, family: number): string {
  return `${transport}${family}`;
}

function isSecure(transport: string): boolean {
  return transport === 'TLS' || transport === 'WSS';
}

/** The port that a URI means when it names none, by its scheme and transport. */
function impliedPort(uri: SipUri): number {
  const secure = uri.scheme === 'sips';
  switch (uri.params.get('transport')?.toLowerCase()) {
    case 'tls':
      return defaultPort('TLS');
    case 'ws':
      return defaultPort(secure ? 'WSS' : 'WS');
    case 'wss':
      return defaultPort('WSS');
    default:
      return defaultPort(secure ? 'TLS' : 'UDP');
  }
}
